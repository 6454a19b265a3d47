"""Amending a panel: a new version with a reason, and never over somebody else's."""

import uuid
from datetime import date

import pytest

from labs import actions
from labs.models import Panel
from tests import builders
from tests.labs.posting import box, chosen, head, rows, sample, words

MISTYPED = "Typed from the wrong column"


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


@pytest.fixture
def panel(ada, patient):
    return builders.a_panel(patient, by=ada, on=date(2026, 3, 2), TT="410", LH="<0.1", FSH="3.10")


def url(panel):
    return f"/panels/{panel.id}/amend/"


def amended(panel, ada, *, version="1", reason=MISTYPED, **values):
    values = values or {"TT": ("401", "ng/dL"), "LH": ("<0.1", "[IU]/L")}
    carried = {"version": version, "reason": reason, "amends": str(panel.id)}
    return {**head(panel.patient, ada), **carried, **rows(**values)}


def test_the_form_starts_with_what_was_typed(client, ada, panel):
    client.force_login(ada)
    page = client.get(url(panel))
    assert box(page, "value-LH") == "<0.1"
    assert box(page, "value-FSH") == "3.10"
    assert chosen(page, "unit-TT") == "ng/dL"
    assert (box(page, "collected_on"), box(page, "collected_time")) == ("2026-03-02", "08:00")
    assert box(page, "version") == "1"


def test_a_semen_analysis_starts_with_its_details(client, ada, patient):
    panel = builders.a_semen_analysis(patient, by=ada)
    client.force_login(ada)
    page = client.get(url(panel))
    assert box(page, "abstinence_days") == "3"
    assert chosen(page, "who_edition") == "6"
    typed = {**amended(panel, ada, SVOL=("2.6", "mL")), **sample(sperm_seen="none")}
    assert client.post(url(panel), typed).status_code == 302


def test_the_new_version_replaces_the_old_which_stays_readable(client, ben, panel):
    client.force_login(ben)
    response = client.post(url(panel), amended(panel, ben))
    builders.acting(ben)
    new = Panel.objects.current().get()
    assert response.url == f"/panels/{new.id}/"
    assert (new.version, new.supersedes, new.amendment_reason) == (2, panel, MISTYPED)
    page = words(client.get(response.url))
    assert f"Reason: {MISTYPED}" in page
    assert "Total testosterone: 410 ng/dL became 401 ng/dL" in page
    assert "Follicle stimulating hormone: 3.10 IU/L became not reported" in page
    old = client.get(f"/panels/{panel.id}/")
    assert "This version was replaced. Read version 2 instead" in words(old)
    assert "<del>" in old.content.decode()
    assert "410" in words(old)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_reason_is_asked_for(client, ada, panel, reason):
    client.force_login(ada)
    response = client.post(url(panel), amended(panel, ada, reason=reason))
    builders.acting(ada)
    assert response.status_code == 422
    assert "Reason for the amendment: found" in words(response)
    assert box(response, "value-TT") == "401"
    assert Panel.objects.count() == 1


def test_a_value_that_cannot_be_is_refused_here_too(client, ada, panel):
    client.force_login(ada)
    response = client.post(url(panel), amended(panel, ada, TT=("40,1", "ng/dL")))
    builders.acting(ada)
    assert response.status_code == 422
    assert 'found "40,1"' in words(response)
    assert Panel.objects.count() == 1


def test_an_unlikely_value_is_asked_about_here_too(client, ada, panel):
    client.force_login(ada)
    typed = amended(panel, ada, TT=("1600", "ng/dL"))
    asked = client.post(url(panel), typed)
    assert asked.status_code == 422
    asks = [doubt.message for doubt in asked.context["page"].asks]
    assert client.post(url(panel), {**typed, "checked": "on", "seen": asks}).status_code == 302


@pytest.mark.parametrize("version", ["", "one", "\u0661"])
def test_a_form_without_its_version_is_refused_and_keeps_what_was_typed(client, ada, panel, version):
    client.force_login(ada)
    response = client.post(url(panel), amended(panel, ada, version=version))
    builders.acting(ada)
    assert response.status_code == 428
    assert "did not say which version" in words(response)
    assert box(response, "value-TT") == "401"
    assert box(response, "version") == "1"
    assert Panel.objects.count() == 1


def test_a_form_for_another_patient_is_refused(client, ada, panel):
    other = builders.a_patient(ada, family_name="Other")
    client.force_login(ada)
    response = client.post(url(panel), {**amended(panel, ada), "patient": str(other.id)})
    builders.acting(ada)
    assert response.status_code == 409
    assert Panel.objects.count() == 1


def test_somebody_elses_version_is_shown_beside_what_was_typed(client, ada, ben, panel):
    new = actions.amend_panel(
        panel,
        by=ben,
        reason="The laboratory phoned",
        read_version=1,
        laboratory=panel.laboratory,
        collection=builders.collection(date(2026, 3, 2)),
        entered=[builders.entered("TT", "399"), builders.entered("LH", "<0.1")],
        entry_key=uuid.uuid4(),
    )
    client.force_login(ada)
    response = client.post(url(panel), amended(panel, ada))
    builders.acting(ada)
    assert response.status_code == 409
    said = words(response)
    assert "Version 2 by Ben" in said
    assert "The laboratory phoned" in said
    assert "Total testosterone 410 ng/dL 399 ng/dL 401 ng/dL" in said
    assert box(response, "value-TT") == "401"
    assert box(response, "version") == "2"
    assert f'action="/panels/{new.id}/amend/"' in response.content.decode()
    assert Panel.objects.count() == 2
    # Having compared, he stores his own on top of the other.
    assert client.post(url(new), amended(new, ada, version="2")).status_code == 302


def test_the_amend_page_of_a_replaced_version_leads_to_the_newest(client, ada, panel):
    client.force_login(ada)
    new_url = client.post(url(panel), amended(panel, ada)).url
    response = client.get(url(panel))
    assert response.url == f"{new_url}amend/"


def test_checking_while_amending_keeps_to_the_amendment(client, ada, panel):
    client.force_login(ada)
    typed = {**amended(panel, ada, TT=("14.5", "ng/dL")), "meant": "TT nmol/L"}
    response = client.post(f"/patients/{panel.patient_id}/panels/check/blood/", typed)
    assert response.status_code == 200
    assert f'action="/panels/{panel.id}/amend/"' in response.content.decode()
    assert chosen(response, "unit-TT") == "nmol/L"
    assert box(response, "reason") == MISTYPED


def test_what_the_patient_was_shown_before_is_said_while_amending_and_afterwards(client, ada, panel):
    actions.release_panel(panel, by=ada)
    client.force_login(ada)
    assert "The patient has been shown this version" in words(client.get(url(panel)))
    new_url = client.post(url(panel), amended(panel, ada)).url
    assert "The patient was shown version 1 on" in words(client.get(new_url))
