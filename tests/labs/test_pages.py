"""The page of a panel, who may do what on it, and what every laboratory page must hold."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from labs import actions
from labs.models import Panel
from tests import builders
from tests.labs.posting import box, head, new_url, rows, words


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


@pytest.fixture
def panel(ada, patient):
    return builders.a_panel(patient, by=ada, on=date(2026, 3, 2), TT="410", LH="<0.1")


def judged(panel, deed, **fields):
    keys = {"patient": str(panel.patient_id), "entry_key": str(uuid.uuid4()), "version": panel.judgement}
    return {**keys, f"{deed}-comment": "", **fields}


def test_a_censored_value_reads_the_same_on_every_laboratory_page(client, ada, patient):
    client.force_login(ada)
    typed = {**head(patient, ada), **rows(LH=("<0.1", "[IU]/L"))}
    client.post(new_url(patient).replace("/new/", "/draft/"), typed)
    assert box(client.get(new_url(patient)), "value-LH") == "<0.1"
    client.post(new_url(patient), typed)
    builders.acting(ada)
    panel = Panel.objects.get()
    assert "<0.1 IU/L" in words(client.get(f"/panels/{panel.id}/"))
    assert box(client.get(f"/panels/{panel.id}/amend/"), "value-LH") == "<0.1"
    assert "<0.1 IU/L 2 Mar 2026" in words(client.get(new_url(patient)))
    amend = {**typed, "version": "1", "reason": "Unit checked", "entry_key": str(uuid.uuid4())}
    new = client.post(f"/panels/{panel.id}/amend/", {**amend, **rows(LH=("<=0.10", "[IU]/L"))}).url
    assert "<=0.10 IU/L" in words(client.get(new))
    assert "<0.1 IU/L became <=0.10 IU/L" in words(client.get(new))


def test_the_states_of_a_result_never_look_alike(client, ada, patient):
    panel = builders.a_panel(patient, by=ada, TT="410", SHBG="60", LH="<2", HCT="30")
    actions.record_panel(
        patient,
        by=ada,
        laboratory=panel.laboratory,
        kind=panel.kind,
        collection=builders.collection(date(2026, 3, 3)),
        entered=[builders.entered("GGT", "30", "U/L")],
        entry_key=uuid.uuid4(),
    )
    client.force_login(ada)
    page = client.get(f"/panels/{panel.id}/")
    said = words(page)
    assert "410 ng/dL Within range 264 to 916 ng/dL Default: Travison 2017" in said
    assert "60 nmol/L above range" in said
    assert "30 % below range" in said
    assert "Cannot be placed: <2 IU/L may lie on either side of a limit of 1.7 to 8.6 IU/L." in said
    builders.acting(ada)
    unranged = client.get(f"/panels/{Panel.objects.latest('collected_at').id}/")
    assert "No range on file" in words(unranged)
    assert [part in page.content.decode() for part in ("state-within", "state-failed", "place-above")] == [
        True
    ] * 3
    assert "state-no-rule" in unranged.content.decode()


def test_a_laboratorys_own_range_is_shown_with_source_version_and_method(client, ada, patient):
    limits = actions.Limits(Decimal("8.64"), Decimal(29), "nmol/L", "leaflet of 2025", method="LC-MS/MS")
    actions.set_interval(builders.a_laboratory(ada), analyte="TT", limits=limits, by=ada)
    panel = builders.a_panel(patient, by=ada, TT="410")
    client.force_login(ada)
    said = words(client.get(f"/panels/{panel.id}/"))
    assert "8.64 to 29 nmol/L City Laboratory: leaflet of 2025, version 1" in said
    assert "Method: LC-MS/MS" in said
    assert "8.64 to 29 nmol/L City Laboratory: leaflet of 2025, version 1" in words(
        client.get(new_url(patient))
    )


def test_what_was_confirmed_on_entry_stays_on_the_page(client, ada, patient):
    panel = builders.a_panel(patient, by=ada, TT="1600")
    client.force_login(ada)
    assert "Confirmed on entry: Total testosterone (TT): found 1600 ng/dL" in words(
        client.get(f"/panels/{panel.id}/")
    )


def test_only_a_clinician_reviews_and_releases(client, ada, ben, panel):
    client.force_login(ben)
    for deed in ("review", "release"):
        assert client.post(f"/panels/{panel.id}/{deed}/", judged(panel, deed)).status_code == 403
    said = words(client.get(f"/panels/{panel.id}/"))
    assert "Not reviewed yet. A clinician reviews it." in said
    assert "Mark as reviewed" not in said
    client.force_login(ada)
    told = judged(panel, "review", **{"review-comment": "Axis still silent"})
    assert client.post(f"/panels/{panel.id}/review/", told).status_code == 302
    builders.acting(ada)
    panel.refresh_from_db()
    words_for_him = judged(panel, "release", **{"release-comment": "As expected so soon."})
    assert client.post(f"/panels/{panel.id}/release/", words_for_him).status_code == 302
    builders.acting(ada)
    panel.refresh_from_db()
    assert (panel.reviewed_by, panel.review_comment) == (ada, "Axis still silent")
    assert (panel.released_by, panel.release_comment) == (ada, "As expected so soon.")
    said = words(client.get(f"/panels/{panel.id}/"))
    assert "Reviewed by Ada" in said
    assert "As expected so soon." in said


def test_a_judgement_on_another_patient_or_version_changes_nothing(client, ada, panel):
    other = builders.a_patient(ada, family_name="Other")
    client.force_login(ada)
    for deed in ("review", "release"):
        url = f"/panels/{panel.id}/{deed}/"
        assert client.post(url, judged(panel, deed, patient=str(other.id))).status_code == 409
        assert client.post(url, judged(panel, deed, version="")).status_code == 428
        assert client.post(url, judged(panel, deed, version="2")).status_code == 409
        long = client.post(url, judged(panel, deed, **{f"{deed}-comment": "x" * 1001}))
        assert long.status_code == 422
        assert "found 1001 characters. Accepted: up to" in words(long)
        assert "x" * 1001 in words(long)
    builders.acting(ada)
    panel.refresh_from_db()
    assert (panel.reviewed_at, panel.released_at) == (None, None)


def test_a_replaced_version_is_not_released(client, ada, panel):
    actions.amend_panel(
        panel,
        by=ada,
        reason="Retyped",
        read_version=1,
        laboratory=panel.laboratory,
        collection=builders.collection(date(2026, 3, 2)),
        entered=[builders.entered("TT", "411")],
        entry_key=uuid.uuid4(),
    )
    client.force_login(ada)
    response = client.post(f"/panels/{panel.id}/release/", judged(panel, "release"))
    assert response.status_code == 409
    assert "1, replaced by 2" in words(response)
    assert "Retyped" in words(response)


def test_staff_may_enter_and_a_patient_or_a_stranger_finds_nothing(client, ada, ben, cal, mallory, panel):
    patient = panel.patient
    reads = [
        new_url(patient),
        new_url(patient, "semen"),
        f"/panels/{panel.id}/",
        f"/panels/{panel.id}/amend/",
    ]
    writes = [
        new_url(patient).replace("/new/", "/draft/"),
        new_url(patient).replace("/new/", "/draft/") + "discard/",
        new_url(patient).replace("/new/", "/check/"),
        f"/panels/{panel.id}/review/",
        f"/panels/{panel.id}/release/",
        new_url(patient),
        f"/panels/{panel.id}/amend/",
    ]
    client.force_login(ben)
    assert [client.get(url).status_code for url in reads] == [200] * 4
    for stranger in (mallory, cal):
        client.force_login(stranger)
        posted = {"patient": str(patient.id), "entry_key": str(uuid.uuid4()), "version": "1"}
        assert {client.get(url).status_code for url in reads} == {404}
        assert {client.post(url, posted).status_code for url in writes} == {404}
    client.logout()
    assert {client.get(url).status_code for url in reads} == {302}
    assert client.get(f"/patients/{patient.id}/panels/new/urine/").status_code == 404
    builders.acting(ada)
    assert Panel.objects.count() == 1


def test_looking_at_a_page_is_recorded(client, ada, panel):
    client.force_login(ada)
    urls = (new_url(panel.patient), f"/panels/{panel.id}/", f"/panels/{panel.id}/amend/")
    for url in urls:
        client.get(url)
    builders.acting(ada)
    looks = Event.objects.filter(action__endswith=".viewed", patient_id=panel.patient_id, actor_id=ada.id)
    assert set(looks.values_list("action", flat=True)) == {
        "labs.panel_new.viewed",
        "labs.panel.viewed",
        "labs.panel_amend.viewed",
    }


def queries_of(client, ada, url, method="get", **posted):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = getattr(client, method)(url, posted)
    assert response.status_code in {200, 422}
    builders.acting(ada)
    return len(captured)


def test_pages_ask_the_database_as_often_for_ten_panels_as_for_one(client, ada):
    client.force_login(ada)
    # The first request of a session also writes when it began.
    client.get(reverse("worklist"))
    builders.acting(ada)
    counts = []
    for panels in (1, 10):
        patient = builders.a_patient(ada)
        for day in range(panels):
            on = date(2026, 3, 2) + timedelta(days=day)
            few = {"TT": "410"}
            many = {**few, "LH": "4", "FSH": "3", "E2": "30", "SHBG": "33", "PRL": "9", "HCT": "45"}
            panel = builders.a_panel(patient, by=ada, on=on, **(few if panels == 1 else many))
        posted = {**head(patient, ada), **rows(TT=("16,8", "ng/dL"))}
        counts.append(
            [
                queries_of(client, ada, new_url(patient)),
                queries_of(client, ada, f"/panels/{panel.id}/"),
                queries_of(client, ada, f"/panels/{panel.id}/amend/"),
                queries_of(client, ada, new_url(patient), "post", **posted),
            ]
        )
    assert counts[0] == counts[1]


def test_a_live_check_says_only_what_changed_and_does_not_scold_what_is_still_open(client, ada, patient):
    builders.a_panel(patient, by=ada, on=date(2026, 2, 2), TT="312")
    client.force_login(ada)
    check = new_url(patient).replace("/new/", "/check/")
    typed = {"patient": str(patient.id), **rows(TT=("14.5", "ng/dL"), LH=("4.2", ""), FSH=("3,1", "[IU]/L"))}
    response = client.post(check, typed, headers={"HX-Request": "true"})
    said = words(response)
    assert response.status_code == 200
    assert "Did you mean 14.5 nmol/L" in said
    assert "\u2212297.5 ng/dL" in said
    assert 'found "3,1"' in said
    assert "No unit was given" not in said
    assert "Collected on" not in said
    assert 'id="notes-TT" hx-swap-oob="true"' in response.content.decode()
    builders.acting(ada)
    assert Panel.objects.count() == 1
