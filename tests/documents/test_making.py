"""Making the PDF: once, after a lost nudge too, given up after three tries, never for somebody revoked."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from accounts.actions import end_membership
from accounts.models import Membership
from audit.models import Event
from documents import actions, printing, tasks
from documents.models import LONGEST_TRY, MOST_ATTEMPTS, Document, DocumentKind
from documents.presenters import State, status_of
from tests import builders


@pytest.fixture
def document(patient, course, ask):
    return ask(patient)


def make(document):
    tasks.render(str(document.clinic_id), str(document.id))
    document.refresh_from_db()
    return document


def crash(*args, **how):
    raise RuntimeError("Daniel Okafor does not fit")


def test_a_task_makes_the_pdf(document):
    assert status_of(document).state == State.WAITING
    make(document)
    assert bytes(document.pdf).startswith(b"%PDF-1.7")
    assert (document.attempts, document.error, document.pages) == (1, "", 2)
    assert status_of(document).state == State.READY
    assert Event.objects.filter(action="documents.document.rendered", object_id=document.id).count() == 1


def test_twice_is_once(document):
    first = bytes(make(document).pdf)
    assert bytes(make(document).pdf) == first
    assert document.attempts == 1
    assert Event.objects.filter(action="documents.document.rendered").count() == 1


def test_whoever_is_second_to_store_changes_nothing(document):
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert actions.store_pdf(document.id, pdf=b"first", pages=1, printed_at=now)
    assert not actions.store_pdf(document.id, pdf=b"second", pages=2, printed_at=now)
    document.refresh_from_db()
    assert (bytes(document.pdf), document.pages) == (b"first", 1)


def test_a_document_in_another_workers_hands_is_left_alone(document):
    assert actions.begin_rendering(document.id).started_at
    assert actions.begin_rendering(document.id) is None
    document.refresh_from_db()
    assert status_of(document).state == State.RENDERING
    assert tasks.sweep() == 0


def test_a_sweep_makes_what_a_lost_nudge_left(document, patient, ask):
    ask(patient, kind=DocumentKind.LAB_PREPARATION)
    assert tasks.sweep() == 2
    assert tasks.sweep() == 0
    builders.act_for_clinic(document.clinic)
    assert set(Document.objects.values_list("kind", "pages")) == {("clomiphene", 2), ("lab_preparation", 1)}


def test_a_sweep_whose_time_is_up_leaves_the_rest_to_the_next(document, monkeypatch):
    monkeypatch.setattr(tasks, "SWEEP_SECONDS", 0)
    assert tasks.sweep() == 0
    monkeypatch.undo()
    assert tasks.sweep() == 1


def test_a_sweep_takes_over_what_a_dead_worker_left(document):
    actions.begin_rendering(document.id)
    with time_machine.travel(datetime.now(UTC) + LONGEST_TRY + timedelta(seconds=1)):
        assert status_of(Document.objects.get()).state == State.WAITING
        assert tasks.sweep() == 1
    document.refresh_from_db()
    assert (document.attempts, document.error) == (2, "")


def test_three_tries_that_kill_their_worker_are_the_end(document):
    now = datetime.now(UTC)
    for attempt in range(MOST_ATTEMPTS + 2):
        with time_machine.travel(now + attempt * (LONGEST_TRY + timedelta(seconds=1))):
            actions.begin_rendering(document.id)
    document.refresh_from_db()
    assert document.attempts == MOST_ATTEMPTS
    with time_machine.travel(now + timedelta(minutes=10)):
        status = status_of(document)
        assert (status.state, status.why) == (State.FAILED, "The worker stopped while it was making the PDF.")
        assert tasks.sweep() == 0


def test_three_failures_are_the_end_and_quote_nothing(document, monkeypatch):
    monkeypatch.setattr(printing, "render", crash)
    for attempt in range(MOST_ATTEMPTS):
        assert status_of(document).state == State.WAITING
        assert make(document).attempts == attempt + 1
    assert status_of(document).state == State.FAILED
    assert document.error == "RuntimeError while it was made."
    monkeypatch.undo()
    assert make(document).pdf is None


def test_what_would_fail_again_is_given_up_at_once(document, monkeypatch):
    def refuse(html):
        raise printing.FetchRefused("The document asked for something that is not packaged with it.")

    monkeypatch.setattr(printing, "render", refuse)
    make(document)
    assert (document.attempts, document.pdf) == (MOST_ATTEMPTS, None)
    assert "not packaged" in status_of(document).why


def test_a_retry_gives_the_tries_back(document, monkeypatch, ben):
    monkeypatch.setattr(printing, "render", crash)
    for _ in range(MOST_ATTEMPTS):
        make(document)
    monkeypatch.undo()
    actions.retry_document(document, by=ben)
    assert make(document).pages == 2
    assert actions.retry_document(document, by=ben).attempts == 1


def test_whoever_lost_the_role_gets_no_pdf(document, patient, ask, ada, ben):
    asked = ask(patient, by=ben)
    end_membership(Membership.objects.get(person=ben), by=ada)
    make(asked)
    assert asked.pdf is None
    assert "may not see this patient any more" in status_of(asked).why
    assert make(document).pages == 2
    with pytest.raises(actions.NotPossible, match="Ask for a new one"):
        actions.retry_document(asked, by=ada)


def test_somebody_who_became_a_clinic_admin_gets_no_pdf(patient, course, ask, ben):
    asked = ask(patient, by=ben)
    Membership.objects.filter(person=ben).update(role="admin")
    assert make(asked).pdf is None


def test_a_worker_acting_for_another_clinic_finds_nothing(document, mallory):
    tasks.render(str(mallory.standing.clinic_id), str(document.id))
    document.refresh_from_db()
    assert (document.pdf, document.attempts) == (None, 0)


def test_an_unknown_document_is_no_error(document):
    tasks.render(str(document.clinic_id), str(uuid.uuid4()))
    document.refresh_from_db()
    assert (document.pdf, document.attempts) == (None, 0)


def test_no_transaction_is_open_while_it_is_rendered(document, monkeypatch):
    depths = []
    outside = len(connection.savepoint_ids)
    real = printing.render

    def watch(html):
        depths.append(len(connection.savepoint_ids) - outside)
        return real(html)

    monkeypatch.setattr(printing, "render", watch)
    make(document)
    assert depths == [0]


def test_names_that_are_markup_stay_text(ada, ask, printed):
    odd = builders.a_patient(ada, given_name="<img src=x>", family_name="O'Connor & Šćepanović")
    reader = printed(ask(odd, kind=DocumentKind.LAB_PREPARATION))
    assert "<img src=x> O'Connor & Šćepanović" in reader.pages[0].extract_text()
