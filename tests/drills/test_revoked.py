"""D3, revoked: a right taken away is gone with the next request, and work queued before leaves nothing."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import change_role, end_membership
from accounts.models import Membership, Person, Role
from audit.models import Event, Outcome
from documents import actions as documents
from documents import tasks
from documents.models import Document, DocumentKind
from patients import actions as patients
from tests import builders
from tests.drills.figures import told
from tests.proof import a_second_factor, proven

WORKLIST = "/worklist/"


@pytest.fixture
def amy(ada, clinic):
    return builders.a_person("amy", clinic=clinic, role="admin")


@pytest.fixture
def zoe(ada, clinic):
    """A clinician, whose rights are taken away below."""
    return builders.a_person("zoe", clinic=clinic, role="clinician")


@pytest.fixture
def patient(ada):
    found = builders.a_patient(ada)
    builders.an_episode(found, by=ada)
    return found


def disabled(person, by):
    Person.objects.filter(pk=person.pk).update(is_active=False)


def left(person, by):
    end_membership(Membership.objects.get(person=person), by=by)


def made_staff(person, by):
    change_role(Membership.objects.get(person=person), role=Role.STAFF, read_version=1, by=by)


def made_admin(person, by):
    change_role(Membership.objects.get(person=person), role=Role.ADMIN, read_version=1, by=by)


def given_another_password(person, by):
    person.set_password("another long pass phrase")
    person.save(update_fields=["password"])


def given_a_second_factor(person, by):
    a_second_factor(person)


# What each leaves of a clinician's pages with the very next request: the worklist, and starting a drug.
REVOCATIONS = {
    "disabled": (disabled, (302, 302)),
    "left the clinic": (left, (404, 404)),
    "made staff": (made_staff, (200, 403)),
    "made admin": (made_admin, (403, 403)),
    "another password": (given_another_password, (302, 302)),
    "another second factor": (given_a_second_factor, (302, 302)),
}


def outlived(person, patient, revoke, by, expected):
    """The sessions of this person that still open what they should not, after a revocation by `by`."""
    sessions = [proven(Client(), person) for _ in range(2)]
    pages = [WORKLIST, reverse("course_start", args=[patient.id])]
    assert [[client.get(url).status_code for url in pages] for client in sessions] == [[200, 200]] * 2
    builders.acting(by)
    revoke(person, by)
    answers = [tuple(client.get(url).status_code for url in pages) for client in sessions]
    return [answer for answer in answers if answer != expected]


@pytest.mark.parametrize("name", REVOCATIONS)
def test_the_very_next_request_of_every_session_feels_it(patient, zoe, amy, name):
    revoke, expected = REVOCATIONS[name]
    assert outlived(zoe, patient, revoke, amy, expected) == []
    told("D3", "sessions", revocations=len(REVOCATIONS), sessions=2 * len(REVOCATIONS), outlived=0)


def test_a_post_that_was_kept_for_a_proof_is_refused_too(patient, zoe, amy):
    """He was asked who he is, lost his role meanwhile, and then showed it."""
    client = proven(Client(), zoe, minutes_ago=6)
    form = {"reason": "wish", "words": "", "carers": [zoe.id]}
    asked = client.post(reverse("restriction_place", args=[patient.id]), form).url
    builders.acting(amy)
    left(zoe, amy)
    assert client.post(asked, {"password": builders.PASSWORD}).status_code == 404
    builders.acting(amy)
    assert patients.restriction_of(patient) is None


def test_changing_ones_own_password_ends_the_other_sessions_alone(patient, zoe):
    here, there = (proven(Client(), zoe) for _ in range(2))
    new = "another long pass phrase"
    form = {"oldpassword": builders.PASSWORD, "password1": new, "password2": new}
    assert here.post(reverse("account_change_password"), form).status_code == 302
    assert (here.get(WORKLIST).status_code, there.get(WORKLIST).status_code) == (200, 302)


def test_a_named_carer_who_is_dropped_sees_nothing_with_the_next_request(patient, zoe, ada):
    builders.acting(ada)
    restriction = builders.a_restriction(patient, by=ada, carers=[ada, zoe])
    client = proven(Client(), zoe)
    url = reverse("chart", args=[patient.id])
    assert client.get(url).status_code == 200
    builders.acting(ada)
    patients.name_carers(restriction, carers=[ada.id], read_version=1, by=ada)
    assert client.get(url).status_code == 404


@pytest.mark.planted
def test_a_standing_that_is_kept_in_the_session_is_caught(patient, zoe, amy, monkeypatch):
    kept = {}
    asked = Membership.standing.fget
    monkeypatch.setattr(Membership, "standing", property(lambda row: kept.setdefault(row.id, asked(row))))
    revoke, expected = REVOCATIONS["made staff"]
    assert outlived(zoe, patient, revoke, amy, expected) == [(200, 200)] * 2


# What happens between asking for a document and making it.
def restricted(person, by, patient):
    builders.a_restriction(patient, by=by)


def glass_mended(person, by, patient):
    """He asked under an emergency access, which is over when the worker comes to it."""
    builders.acting(by)
    builders.a_restriction(patient, by=by)
    access = builders.a_broken_glass(patient, by=person)
    patients.end_emergency(access, by=person)


MEANWHILE = {
    "disabled": lambda person, by, patient: disabled(person, by),
    "left the clinic": lambda person, by, patient: left(person, by),
    "made admin": lambda person, by, patient: Membership.objects.filter(person=person).update(role="admin"),
    "record restricted": restricted,
    "emergency over": glass_mended,
}


def artefacts(patient, person, by, meanwhile):
    """What a worker made of a document that was asked for before his right to it was taken away."""
    builders.acting(by)
    asked = documents.request_document(
        patient, DocumentKind.LAB_PREPARATION, by=person, entry_key=uuid.uuid4()
    )
    meanwhile(person, by, patient)
    for _ in range(4):
        tasks.render_document(asked.id, clinic_id=asked.clinic_id)
    builders.acting(by)
    return list(Document.objects.filter(pk=asked.pk).exclude(pdf=None))


@pytest.mark.parametrize("name", MEANWHILE)
def test_a_document_asked_for_before_is_not_made(patient, ada, zoe, name):
    assert artefacts(patient, zoe, ada, MEANWHILE[name]) == []
    refused = Event.objects.get(action="documents.document.refused")
    assert (refused.outcome, refused.patient_id) == (Outcome.SERIOUS_FAILURE, patient.id)
    assert refused.details["requested_by"] == str(zoe.id)
    told("D3", "queued work", revocations=len(MEANWHILE), artefacts=0, refusals_written_down=len(MEANWHILE))


def test_a_right_that_is_lost_while_the_document_is_made_leaves_none_either(patient, ada, zoe, monkeypatch):
    made = tasks.printing.render

    def slow(html):
        builders.acting(ada)
        builders.a_restriction(patient, by=ada)
        return made(html)

    monkeypatch.setattr("documents.printing.render", slow)
    assert artefacts(patient, zoe, ada, lambda *nothing: None) == []
    assert Event.objects.filter(action="documents.document.refused").count() == 1


def test_without_a_revocation_it_is_made(patient, ada, zoe):
    """Else the documents above were not made for another reason."""
    assert len(artefacts(patient, zoe, ada, lambda *nothing: None)) == 1


@pytest.mark.planted
def test_a_task_that_does_not_ask_again_is_caught(patient, ada, zoe, monkeypatch):
    monkeypatch.setattr("documents.actions.keeping.may_ask", lambda document: True)
    assert len(artefacts(patient, zoe, ada, restricted)) == 1
