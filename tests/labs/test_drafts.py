"""A draft keeps what was typed, exactly, and never brings back what is stored."""

import pytest

from labs.models import EntryDraft, Panel
from tests import builders
from tests.labs.posting import box, chosen, head, new_url, rows, sample, words

ODD = {"TT": ("16,8 ", "nmol/L"), "LH": ("<0.1", ""), "GGT": (" 1e3", "U/L")}


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


def draft_url(patient, kind="blood"):
    return new_url(patient, kind).replace("/new/", "/draft/")


def test_a_draft_comes_back_exactly_as_typed_also_after_a_new_log_in(client, ada, patient):
    client.force_login(ada)
    typed = head(patient, ada, collected_on="31 Feb 2026", collected_time="8", note='"quoted" & <odd>')
    saved = client.post(draft_url(patient), {**typed, **rows(**ODD), "before_testosterone": "on"})
    assert saved.url == new_url(patient)
    client.logout()
    client.force_login(ada)
    page = client.get(new_url(patient))
    for key, (text, unit) in ODD.items():
        assert box(page, f"value-{key}") == text
        assert chosen(page, f"unit-{key}") == unit
    assert box(page, "collected_time") == "8"
    assert box(page, "entry_key") == typed["entry_key"]
    assert "&quot;quoted&quot; &amp; &lt;odd&gt;" in page.content.decode()
    assert "is back, exactly as typed" in words(page)
    assert page.context["page"].form.head["before_testosterone"].value() is True


def test_a_day_that_is_none_is_still_shown_after_it_was_refused(client, ada, patient):
    client.force_login(ada)
    response = client.post(new_url(patient), head(patient, ada, collected_on="31 Feb 2026"))
    assert box(response, "collected_on") == "31 Feb 2026"
    assert '<input type="text" name="collected_on"' in response.content.decode()


def test_an_autosave_answers_with_its_own_line_only(client, ada, patient):
    client.force_login(ada)
    response = client.post(
        draft_url(patient), {**head(patient, ada), **rows(**ODD)}, headers={"HX-Request": "true"}
    )
    assert words(response).startswith("Draft saved at")
    assert 'id="draft-state"' in response.content.decode()
    assert "<html" not in response.content.decode()


def test_an_autosave_that_comes_after_the_entry_was_stored_keeps_nothing(client, ada, patient):
    client.force_login(ada)
    typed = {**head(patient, ada), **rows(TT=("410", "ng/dL"))}
    client.post(new_url(patient), typed)
    late = client.post(draft_url(patient), typed, headers={"HX-Request": "true"})
    assert "This entry is stored already" in words(late)
    builders.acting(ada)
    assert not EntryDraft.objects.exists()
    assert "stored already" in words(client.post(draft_url(patient), typed, follow=True))


def test_a_draft_is_ones_own_and_one_for_each_kind(client, ada, ben, patient):
    for person, text in ((ada, "410"), (ben, "12")):
        client.force_login(person)
        client.post(draft_url(patient), {**head(patient, ada), **rows(TT=(text, ""))})
        builders.acting(ada)
    client.post(draft_url(patient, "semen"), {**head(patient, ada), **sample(minutes_to_analysis="forty")})
    assert box(client.get(new_url(patient)), "value-TT") == "12"
    assert box(client.get(new_url(patient, "semen")), "minutes_to_analysis") == "forty"
    builders.acting(ada)
    assert EntryDraft.objects.count() == 3
    assert not Panel.objects.exists()


def test_a_discarded_draft_is_gone(client, ada, patient):
    client.force_login(ada)
    typed = {**head(patient, ada), **rows(TT=("410", ""))}
    client.post(draft_url(patient), typed)
    drawn = {**typed, "draft_version": box(client.get(new_url(patient)), "draft_version")}
    page = client.post(draft_url(patient) + "discard/", drawn, follow=True)
    assert box(page, "value-TT") == ""
    assert "The draft is discarded." in words(page)


def test_a_draft_of_another_patient_is_refused(client, ada, patient):
    other = builders.a_patient(ada, family_name="Other")
    client.force_login(ada)
    for url in (draft_url(patient), draft_url(patient) + "discard/"):
        assert client.post(url, head(other, ada)).status_code == 409
    builders.acting(ada)
    assert not EntryDraft.objects.exists()


def test_a_draft_with_a_letter_that_no_database_has_is_refused(client, ada, patient):
    client.force_login(ada)
    assert client.post(draft_url(patient), head(patient, ada, note="a\0b")).status_code == 400
    assert not EntryDraft.objects.exists()
