"""Asking for a document: everything is frozen once, and refused where the record lacks its subject."""

import json
import uuid
from datetime import date

import pytest
import time_machine

from audit.models import Event
from documents import actions
from documents.actions.freezing import CODE_LETTERS, code_of
from documents.models import Document, DocumentKind
from monitoring.actions import evaluate_episode
from patients.models import Goal
from protocols import actions as protocols
from tests import builders


def test_what_the_document_says_is_frozen_with_the_record_version(patient, course, ask):
    document = ask(patient)
    course.episode.refresh_from_db()
    assert document.record_version == course.episode.record_version
    assert document.inputs["patient"] == {
        "name": "Daniel Okafor",
        "born_on": "1988-05-17",
        "mrn": "H00417",
    }
    assert document.inputs["clinic"]["phone"] == "020 7946 0000"
    assert document.inputs["asked_by"] == "Ada"
    assert document.inputs["drug"]["doses"] == [
        {"text": "25 mg every other day", "starts_on": "2026-01-26", "ends_on": None}
    ]
    assert document.inputs["drug"]["off_label"].startswith("Not FDA-approved")
    assert document.inputs["words"]["sections"][0]["heading"] == "Your dose"


def test_the_same_form_sent_twice_asks_once(patient, course, ask):
    key = uuid.uuid4()
    assert ask(patient, entry_key=key) == ask(patient, entry_key=key)
    assert Document.objects.count() == 1
    assert Event.objects.filter(action="documents.document.requested").count() == 1


def test_a_key_that_another_document_used_is_refused(patient, course, ask, ada):
    key = uuid.uuid4()
    ask(patient, entry_key=key)
    with pytest.raises(actions.NotPossible, match="already sent"):
        ask(patient, entry_key=key, kind=DocumentKind.LAB_PREPARATION)
    with pytest.raises(actions.NotPossible, match="already sent"):
        ask(builders.a_patient(ada), entry_key=key)


def test_asking_is_in_the_audit_record_without_names(patient, course, ask):
    document = ask(patient)
    event = Event.objects.get(action="documents.document.requested")
    assert (event.object_id, event.patient_id) == (str(document.id), patient.id)
    assert "Okafor" not in json.dumps(event.details)


def test_asking_wakes_a_worker_once_it_is_committed(
    patient, course, ask, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(
        "celery.current_app.send_task", lambda name, args, **how: sent.append((name, args)), raising=False
    )
    with django_capture_on_commit_callbacks(execute=True):
        document = ask(patient)
    assert sent == [("documents.render", [str(document.clinic_id), str(document.id)])]


def test_no_course_of_clomiphene_is_no_handout(patient, ask, ada):
    builders.an_episode(patient, by=ada)
    with pytest.raises(actions.NotPossible, match="no active course of clomiphene"):
        ask(patient)
    assert Document.objects.count() == 0


def test_no_episode_is_no_handout(patient, ask):
    with pytest.raises(actions.NotPossible, match="no active course"):
        ask(patient)


def test_a_course_of_another_drug_is_no_handout(patient, ask, ada):
    builders.a_course(builders.an_episode(patient, by=ada), by=ada, drug="enclomiphene")
    with pytest.raises(actions.NotPossible, match="no active course of clomiphene"):
        ask(patient)


def test_a_course_on_hold_is_no_handout(patient, course, ask, ada):
    protocols.hold_course(course, on=date(2026, 2, 2), reason="Headache", by=ada, read_version=1)
    with pytest.raises(actions.NotPossible, match="on hold"):
        ask(patient)


def test_a_stopped_course_is_no_handout(patient, course, ask, ada):
    protocols.stop_course(course, on=date(2026, 2, 2), reason="Goal reached", by=ada, read_version=1)
    with pytest.raises(actions.NotPossible, match="no active course"):
        ask(patient)


def test_a_dose_ordered_for_later_stands_beside_the_dose_in_force(patient, course, ask, ada):
    protocols.adjust_dose(
        course,
        dose=builders.a_dose("25", "daily"),
        starts_on=date(2026, 3, 9),
        reason="LH still low",
        by=ada,
        read_version=1,
        entry_key=uuid.uuid4(),
    )
    with time_machine.travel("2026-03-02T09:00Z", tick=False):
        before = ask(patient).inputs["drug"]["doses"]
    with time_machine.travel("2026-03-09T09:00Z", tick=False):
        after = ask(patient).inputs["drug"]["doses"]
    assert [(dose["text"], dose["starts_on"], dose["ends_on"]) for dose in before] == [
        ("25 mg every other day", "2026-01-26", "2026-03-09"),
        ("25 mg daily", "2026-03-09", None),
    ]
    assert [dose["text"] for dose in after] == ["25 mg daily"]


def test_what_was_frozen_does_not_move_with_the_record(patient, course, ask, ada):
    document = ask(patient)
    protocols.adjust_dose(
        course,
        dose=builders.a_dose("25", "daily"),
        starts_on=date(2026, 2, 9),
        reason="LH still low",
        by=ada,
        read_version=1,
        entry_key=uuid.uuid4(),
    )
    document.refresh_from_db()
    assert document.inputs["drug"]["doses"][0]["text"] == "25 mg every other day"
    assert ask(patient).record_version > document.record_version


def test_the_next_tests_are_those_of_the_record(patient, course, ask):
    with time_machine.travel("2026-02-02T09:00Z", tick=False):
        evaluate_episode(course.episode_id, clinic_id=course.clinic_id)
        tests = ask(patient).inputs["tests"]
    assert tests
    assert all(test["earliest_on"] <= test["target_on"] <= test["latest_on"] for test in tests)
    assert tests[0]["what"] == (
        "Total testosterone, SHBG, LH, FSH, estradiol, prolactin, hematocrit, ALT, AST"
    )
    days = [(test["earliest_on"], test["target_on"], test["latest_on"]) for test in tests]
    assert len(set(days)) == len(days)
    assert [test["target_on"] for test in tests] == sorted(test["target_on"] for test in tests)


def test_the_lab_sheet_leaves_out_semen_and_later_visits(patient, ask, ada):
    episode = builders.an_episode(patient, by=ada, goal=Goal.FERTILITY)
    builders.a_course(episode, by=ada)
    with time_machine.travel("2026-02-02T09:00Z", tick=False):
        evaluate_episode(episode.id, clinic_id=episode.clinic_id)
        handout = ask(patient).inputs["tests"]
        sheet = ask(patient, kind=DocumentKind.LAB_PREPARATION).inputs["tests"]
    assert "emen volume" in str(handout)
    assert "emen" not in str(sheet)
    assert "perm" not in str(sheet)
    assert all(test["earliest_on"] <= sheet[0]["latest_on"] for test in sheet)


def test_a_window_that_has_passed_is_said_to_be_late(patient, course, ask):
    with time_machine.travel("2026-02-02T09:00Z", tick=False):
        evaluate_episode(course.episode_id, clinic_id=course.clinic_id)
    with time_machine.travel("2027-02-02T09:00Z", tick=False):
        assert ask(patient).inputs["tests"][0]["is_late"]


def test_the_lab_sheet_needs_no_course_and_no_episode(patient, ask):
    document = ask(patient, kind=DocumentKind.LAB_PREPARATION)
    assert document.inputs["drug"] is None
    assert document.inputs["tests"] == []
    assert document.record_version == patient.version


def test_the_code_comes_from_the_hash_of_what_was_frozen(patient, course, ask):
    document = ask(patient)
    assert document.code == code_of(document.content_hash)
    assert set(document.code.replace("-", "")) <= set(CODE_LETTERS)


@time_machine.travel("2026-03-02T09:00Z", tick=False)
def test_two_copies_of_the_same_moment_have_two_codes(patient, course, ask):
    assert ask(patient).code != ask(patient).code


def test_code_of_a_known_hash():
    assert code_of("0" * 64) == "00000-00000"
    assert code_of("f" * 64) == "ZZZZZ-ZZZZZ"
    assert code_of("8" + "0" * 63) == "G0000-00000"


def test_a_patient_of_another_clinic_is_out_of_reach(patient, course, mallory):
    builders.acting(mallory)
    with pytest.raises(Exception, match=r"no active course|row-level security"):
        actions.request_document(patient, DocumentKind.CLOMIPHENE, by=mallory, entry_key=uuid.uuid4())
    with pytest.raises(Exception, match="row-level security"):
        actions.request_document(patient, DocumentKind.LAB_PREPARATION, by=mallory, entry_key=uuid.uuid4())
