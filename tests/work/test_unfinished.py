"""The list of unfinished work: every piece of it, nothing of a patient, one button each."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from audit.models import Event
from documents import actions as documents
from documents.models import REVOKED, Document, DocumentKind
from monitoring.models import DryRun, Evaluation
from patients.models import Episode
from recovery_clinic import health
from recovery_clinic.work import unfinished_of
from tests import builders
from tests.house.everything import CANARY

LONG_AGO = timedelta(minutes=4)


@pytest.fixture
def amy(ada, clinic):
    return builders.a_person("amy", clinic=clinic, role=Role.ADMIN)


def asked(person, name="unfinished", *arguments, **form):
    client = Client()
    client.force_login(person)
    return client.post(reverse(name, args=arguments), form) if form else client.get(reverse(name))


def pieces(person):
    builders.acting(person)
    return {kind.key: list(kind.pieces) for kind in unfinished_of(person)}


def test_given_up_work_of_every_kind_is_listed_with_its_reason(made, ada):
    found = pieces(ada)
    [evaluation], [document] = found["evaluations"], found["documents"]
    assert (evaluation.attempts, evaluation.is_given_up) == (3, True)
    assert evaluation.reason == "ZeroDivisionError: the record could not be judged"
    assert (document.name, document.attempts) == (f"Clomiphene handout {made.failed.code}", 3)
    assert document.reason == "It failed each time. The page of the document says why."


def test_what_waits_for_long_is_listed_and_what_waits_a_moment_is_not(ada):
    episode = builders.an_episode(builders.a_patient(ada), by=ada)
    document = documents.request_document(
        episode.patient, DocumentKind.LAB_PREPARATION, by=ada, entry_key=uuid.uuid4()
    )
    assert pieces(ada) == {"evaluations": [], "documents": [], "dry_runs": []}
    Episode.objects.filter(pk=episode.pk).update(changed_at=timezone.now() - LONG_AGO)
    Document.objects.filter(pk=document.pk).update(requested_at=timezone.now() - LONG_AGO)
    found = pieces(ada)
    assert [(each.attempts, each.is_given_up) for kind in found.values() for each in kind] == [(0, False)] * 2


def test_the_list_and_the_health_page_count_the_same(made, ada):
    _, given_up = health._pending()
    builders.acting(ada)
    assert given_up == sum(each.is_given_up for kind in pieces(ada).values() for each in kind) == 3


def test_a_document_that_is_refused_for_good_is_no_work(made, ada):
    Document.objects.filter(pk=made.failed.pk).update(error=REVOKED)
    assert pieces(ada)["documents"] == []


@pytest.mark.parametrize("name", ["ada", "ben", "amy"])
def test_no_word_of_a_patient_stands_on_it(made, name, request):
    """The document's own reason is a canary here: free text is shown only where the patient is."""
    person = request.getfixturevalue(name)
    page = asked(person).content.decode()
    assert CANARY not in page
    assert made.failed.code in page
    assert page.count("Try again") == 3
    # The admin sees no record, so no link leads him to one.
    assert (f'/documents/{made.failed.id}/"' in page) == (name != "amy")


def test_anybody_of_the_clinic_may_have_it_tried_again(made, ben, amy):
    for person in (ben, amy):
        builders.acting(person)
        Evaluation.objects.filter(pk=made.given_up.pk).update(attempts=3)
        Document.objects.filter(pk=made.failed.pk).update(attempts=3)
        DryRun.objects.filter(pk=made.stopped_run.pk).update(attempts=3)
        answer = asked(person, "evaluation_retry", made.given_up.episode_id, back="unfinished")
        assert answer.url == reverse("unfinished")
        answer = asked(person, "document_retry", made.failed.id, back="unfinished")
        assert answer.url == reverse("unfinished")
        answer = asked(person, "dry_run_retry", made.stopped_run.id, back="unfinished")
        assert answer.url == reverse("unfinished")
        builders.acting(person)
        assert DryRun.objects.get(pk=made.stopped_run.pk).attempts == 0
        assert Evaluation.objects.get(pk=made.given_up.pk).attempts == 0
        assert Document.objects.get(pk=made.failed.pk).attempts == 0
        deeds = Event.objects.filter(actor_id=person.id, action__endswith=".retried")
        assert sorted(deeds.values_list("action", flat=True)) == [
            "documents.document.retried",
            "monitoring.dry_run.retried",
            "monitoring.evaluation.retried",
        ]


def test_a_retried_evaluation_wakes_a_worker(made, ada, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as woken:
        asked(ada, "evaluation_retry", made.given_up.episode_id, back="unfinished")
    assert len(woken) == 1


def test_its_queries_do_not_grow_with_the_rows(made, ada):
    def count():
        builders.acting(ada)
        with CaptureQueriesContext(connection) as queries:
            unfinished_of(ada)
        return len(queries)

    before = count()
    for _ in range(5):
        episode = builders.an_episode(builders.a_patient(ada), by=ada)
        Episode.objects.filter(pk=episode.pk).update(changed_at=timezone.now() - LONG_AGO)
        asked_for = documents.request_document(
            made.patient, DocumentKind.LAB_PREPARATION, by=ada, entry_key=uuid.uuid4()
        )
        documents.note_failure(asked_for.id, because="planted", give_up=True)
    assert (count(), before) == (12, 12)
