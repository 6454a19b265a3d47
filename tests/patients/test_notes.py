"""Clinical notes: drafts that come back, signatures that lock, additions, and who sees what."""

import re
import uuid
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Event
from patients import actions
from patients.markup import TooDeep, html_of, shown
from patients.models import Addendum, Note
from patients.presenters import notes_of
from tests import builders


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


@pytest.fixture
def clinician(client, ada):
    client.force_login(ada)
    return client


def typed(patient, text="LH <0.1 today", *, version=0, key=None, **more):
    return {"patient": patient.id, "entry_key": key or uuid.uuid4(), "version": version, "text": text, **more}


def page(client, name, record):
    return client.get(reverse(name, args=[record.id])).content.decode()


def write(client, patient, **form):
    return client.post(reverse("note_new", args=[patient.id]), typed(patient, **form))


def test_a_draft_comes_back_exactly_as_typed(clinician, patient):
    text = "  # Seen\r\n\r\n- <b>LH</b> <0.1 & {{ user }}  "
    answer = write(clinician, patient, text=text, then="write", clinicians_only="on")
    assert answer.url == reverse("note_new", args=[patient.id])
    shown_again = page(clinician, "note_new", patient)
    area = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", shown_again, re.DOTALL)[1]
    assert unescape(area) == text.replace("\r\n", "\n")
    assert re.search(r'name="clinicians_only"[^>]*checked', shown_again)


def test_a_draft_is_seen_by_its_author_alone(client, clinician, patient, ada, ben):
    builders.a_draft_note(patient, by=ada, text="half a thought")
    assert "Finish your draft" in page(clinician, "chart_notes", patient)
    client.force_login(ben)
    assert "half a thought" not in page(client, "note_new", patient)
    assert "Finish your draft" not in page(client, "chart_notes", patient)


def test_autosave_answers_with_the_next_version(clinician, patient):
    key = uuid.uuid4()
    for version, text in ((0, "one"), (1, "one two")):
        answer = clinician.post(
            reverse("note_new", args=[patient.id]),
            typed(patient, text, version=version, key=key),
            headers={"HX-Request": "true"},
        )
        assert f'value="{version + 1}"' in answer.content.decode()
    assert Note.objects.get().text == "one two"


def test_a_second_click_stores_one_draft(clinician, patient):
    form = typed(patient)
    for _ in range(2):
        assert clinician.post(reverse("note_new", args=[patient.id]), form).status_code == 302
    assert Note.objects.get().version == 1


def test_two_windows_of_one_author_show_both_sides(clinician, patient, ada):
    draft = builders.a_draft_note(patient, by=ada, text="from the other window")
    answer = write(clinician, patient, text="from this window", version=0, key=draft.entry_key)
    body = answer.content.decode()
    assert (answer.status_code, Note.objects.get().text) == (409, "from the other window")
    assert "from the other window" in body
    assert "from this window" in body
    assert 'value="1"' in body


@pytest.mark.parametrize("missing", ["version", "entry_key"])
def test_a_form_without_its_keys_is_428(clinician, patient, missing):
    form = typed(patient)
    del form[missing]
    assert clinician.post(reverse("note_new", args=[patient.id]), form).status_code == 428
    assert not Note.objects.exists()


def test_a_form_of_another_patient_is_refused(clinician, patient, ada):
    other = builders.a_patient(ada)
    assert clinician.post(reverse("note_new", args=[patient.id]), typed(other)).status_code == 409
    assert not Note.objects.exists()


def test_signing_locks_what_was_read(clinician, patient, ada):
    draft = builders.a_draft_note(patient, by=ada, text="**strong** words")
    assert "<strong>strong</strong>" in page(clinician, "note_sign", patient)
    form = {"patient": patient.id, "entry_key": draft.entry_key, "version": 1}
    for _ in range(2):
        answer = clinician.post(reverse("note_sign", args=[patient.id]), form)
        assert answer.url == reverse("chart_notes", args=[patient.id])
    note = Note.objects.get()
    assert (note.signed_by, note.text) == (ada, "**strong** words")
    assert Event.objects.filter(action="patients.note.signed").count() == 1
    assert "Signed by Ada" in page(clinician, "chart_notes", patient)


def test_what_changed_after_it_was_read_is_not_signed(clinician, patient, ada):
    draft = builders.a_draft_note(patient, by=ada)
    builders.a_draft_note(patient, by=ada, text="changed", read_version=1)
    form = {"patient": patient.id, "entry_key": draft.entry_key, "version": 1}
    answer = clinician.post(reverse("note_sign", args=[patient.id]), form)
    assert (answer.status_code, "changed" in answer.content.decode()) == (409, True)
    assert Note.objects.get().signed_at is None


def test_a_late_autosave_brings_nothing_back(clinician, patient, ada):
    note = builders.a_note(patient, by=ada, text="signed")
    answer = clinician.post(
        reverse("note_new", args=[patient.id]),
        typed(patient, "late", version=1, key=note.entry_key),
        headers={"HX-Request": "true"},
    )
    assert "signed or discarded already" in answer.content.decode()
    assert Note.objects.get().text == "signed"


@pytest.mark.parametrize("model", [Note, Addendum])
@pytest.mark.parametrize("statement", ["update {} set text = 'other'", "delete from {}"])
def test_the_database_holds_a_signed_note_as_it_is(patient, ada, model, statement):
    note = builders.a_note(patient, by=ada)
    actions.add_to_note(note, text="more", reason="late", by=ada, entry_key=uuid.uuid4())
    with pytest.raises(ProgrammingError, match="locked"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(model._meta.db_table))


def test_an_addition_stands_below_with_its_reason(clinician, patient, ada):
    note = builders.a_note(patient, by=ada, text="before")
    form = typed(patient, "the result came", reason="it was late")
    for _ in range(2):
        assert clinician.post(reverse("note", args=[note.id]), form).status_code == 302
    body = page(clinician, "note", note)
    assert "it was late" in body
    assert body.index("before") < body.index("the result came")
    assert Addendum.objects.count() == 1
    answer = clinician.post(reverse("note", args=[note.id]), {**form, "text": "other words"})
    assert (answer.status_code, Addendum.objects.count()) == (422, 1)


def test_an_addition_without_a_reason_is_refused_and_kept_on_the_page(clinician, patient, ada):
    note = builders.a_note(patient, by=ada)
    answer = clinician.post(reverse("note", args=[note.id]), typed(patient, "the result came", reason=""))
    assert (answer.status_code, "the result came" in answer.content.decode()) == (422, True)


def test_staff_see_nothing_that_is_for_clinicians(client, patient, ada, ben):
    hidden = builders.a_note(patient, by=ada, text="between us", clinicians_only=True)
    builders.a_note(patient, by=ada, text="for everybody")
    builders.acting(ben)
    assert [note.text for note in Note.objects.visible_to(ben)] == ["for everybody"]
    client.force_login(ben)
    body = page(client, "chart_notes", patient)
    assert ("between us" in body, "for everybody" in body) == (False, True)
    assert client.get(reverse("note", args=[hidden.id])).status_code == 404


def test_staff_write_notes_and_cannot_hide_them(client, patient, ben):
    builders.acting(ben)
    with pytest.raises(PermissionDenied):
        builders.a_draft_note(patient, by=ben, clinicians_only=True)
    client.force_login(ben)
    assert "clinicians_only" not in page(client, "note_new", patient)
    write(client, patient, text="he called", clinicians_only="on", then="sign")
    builders.acting(ben)
    assert Note.objects.get().clinicians_only is False


def test_a_patient_sees_no_note(client, cal, ada):
    note = builders.a_note(cal.patient, by=ada, text="not for him")
    builders.acting(cal)
    assert (Note.objects.visible_to(cal).count(), Addendum.objects.visible_to(cal).count()) == (0, 0)
    client.force_login(cal)
    assert client.get(reverse("note", args=[note.id])).status_code == 404
    assert "not for him" not in client.get(reverse("my_recovery")).content.decode()


def test_a_draft_waits_on_its_authors_worklist(clinician, patient, ada, ben):
    builders.a_draft_note(patient, by=ada, text="secret words")
    body = clinician.get(reverse("worklist")).content.decode()
    assert ("Notes to sign" in body, "secret words" in body) == (True, False)
    clinician.force_login(ben)
    assert "Your note is not signed yet" not in clinician.get(reverse("worklist")).content.decode()


def test_the_timeline_says_that_a_note_was_signed_and_not_what_it_says(clinician, patient, ada):
    builders.an_episode(patient, by=ada)
    note = builders.a_note(patient, by=ada, text="secret words")
    body = page(clinician, "chart_timeline", patient)
    assert reverse("note", args=[note.id]) in body
    assert ("Note signed" in body, "secret words" in body) == (True, False)


def test_a_discarded_draft_is_gone(clinician, patient, ada):
    builders.a_draft_note(patient, by=ada)
    clinician.post(reverse("note_discard", args=[patient.id]), {"patient": patient.id})
    assert not Note.objects.exists()


def test_queries_do_not_grow_with_notes(patient, ada, django_assert_num_queries):
    def fill(times):
        for _ in range(times):
            note = builders.a_note(patient, by=ada)
            for _ in range(2):
                actions.add_to_note(note, text="more", reason="late", by=ada, entry_key=uuid.uuid4())

    for notes in (1, 11):
        fill(notes)
        with django_assert_num_queries(4):
            shown_notes = notes_of(patient, ada).notes
            assert {each.addenda[1].by for each in shown_notes} == {"Ada"}
    assert len(shown_notes) == 12


MARKS = [
    "# ",
    "- ",
    "3. ",
    "> ",
    "*",
    "**",
    "_",
    "`",
    "```",
    "~~",
    "\\",
    "|",
    "[",
    "](x)",
    "![",
    "<",
    "&lt;",
    "\n",
    "  ",
]
WORDS = ["alpha", "4.8", "<0.1", ">5", "LH", "<b>", "http://a.example"]


@given(st.lists(st.sampled_from(MARKS + WORDS), max_size=30).map("".join))
def test_no_word_and_no_sign_of_a_note_is_lost(text):
    try:
        html = html_of(text)
    except TooDeep:
        return
    numbered = re.sub(r'<li value="(\d+)">', r"\1 ", html)
    plain = unescape(re.sub(r"</?(p|br|hr|strong|em|ul|ol|li|code|h4)>", "", numbered))
    for word in re.findall(r"[<>]?[A-Za-z0-9.]*[A-Za-z0-9]", text):
        assert word in plain


def test_lists_too_deep_to_show_are_refused(clinician, patient):
    answer = write(clinician, patient, text="- " * 30 + "word")
    assert (answer.status_code, Note.objects.exists()) == (422, False)
    assert "levels deep" in answer.content.decode()


def test_html_that_was_stored_is_cleaned_once_more():
    assert shown('<p hx-get="/x" onclick="a()">a<script>b</script></p>') == "<p>a</p>"
