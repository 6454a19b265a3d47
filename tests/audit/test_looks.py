"""Whoever sees a patient's data leaves a row for exactly the patients whom the page shows."""

import pytest

from accounts.models import Role
from audit.models import Event
from tests import builders
from tests.house.deeds import address
from tests.house.doors import DOORS, our_routes
from tests.proof import proven

pytestmark = pytest.mark.usefixtures("everything")

# Pages that show nothing of any patient, each with its reason.
SHOWS_NOBODY = {
    "clinic_settings": "people and laboratories",
    "protocols": "the protocols themselves",
    "protocol_shipped": "the protocol itself",
    "protocol_edit": "the protocol itself",
    "protocol_review": "the protocol itself",
    "protocol_version": "the protocol itself",
    "patient_register": "an empty form",
    "access_search": "an empty form",
    "member": "a colleague's role",
    "api_laboratories": "laboratories",
    "api_schema": "what the API is",
    "emergency_open": "it asks whom somebody means, and names nobody",
    "document_status": "how far a document is, and not whose it is",
    "dry_run_status": "how far a dry run is; whom it touches stands in its report",
}
GETS = [
    route.name
    for route in our_routes()
    if DOORS[route.name].audience and "GET" in DOORS[route.name].methods.split()
]


@pytest.fixture
def made(made, ada):
    """Everything of one man, and another man of the same clinic of whom no page of his may speak."""
    builders.a_patient(ada, mrn="OTHER-1", given_name="Otto", family_name="Elsewhere")
    return made


@pytest.fixture
def people(ada, cal, clinic):
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    builders.acting(ada)
    builders.an_episode(cal.patient, by=ada)
    return {Role.CLINICIAN: ada, Role.ADMIN: amy, Role.PATIENT: cal}


def reader_of(name, people):
    return next(person for role, person in people.items() if role in DOORS[name].audience)


def looks_since(last, by):
    builders.acting(by)
    rows = Event.objects.filter(id__gt=last).exclude(patient_id=None)
    return [(row.patient_id, row.actor_id) for row in rows]


def patients_in(made):
    return type(made.patient).objects.all()


@pytest.mark.parametrize("name", GETS)
def test_a_page_notes_exactly_the_patients_it_shows(client, made, people, ada, name):
    person = reader_of(name, people)
    [route] = [route for route in our_routes() if route.name == name]
    url = address(route, made)
    builders.acting(ada)
    last = Event.objects.latest("id").id
    everybody = {patient.mrn: patient.id for patient in patients_in(made)}
    answer = proven(client, person).get(url)
    assert answer.status_code == 200, url
    noted = looks_since(last, ada)
    assert {actor for _, actor in noted} <= {person.id}
    looked = {patient for patient, _ in noted}
    shown = {everybody[mrn] for mrn in everybody if mrn in answer.content.decode(errors="replace")}
    whose = subject_of(route, made, person)
    if name in SHOWS_NOBODY:
        assert (shown, looked) == (set(), set())
    elif whose is None:
        assert looked == shown
    else:
        assert shown <= looked
        assert looked == {whose}


def subject_of(route, made, person):
    """The one man of whom an address speaks; None where it is a list."""
    if DOORS[route.name].audience == {Role.PATIENT}:
        return person.patient.id
    if not route.pattern.converters:
        return None
    others = {"episode_open": made.newcomer, "emergency": made.guarded}
    return others.get(route.name, made.patient).id


@pytest.mark.parametrize("name", ["worklist", "patients"])
def test_a_list_shows_somebody(client, made, ada, name):
    """Else the lists above would agree by being empty."""
    client.force_login(ada)
    [route] = [route for route in our_routes() if route.name == name]
    assert made.patient.mrn in client.get(address(route, made)).content.decode()


def test_a_search_notes_only_whom_it_found(client, made, ada):
    builders.acting(ada)
    last = Event.objects.latest("id").id
    client.force_login(ada)
    page = client.get("/patients/", {"q": "otto"}).content.decode()
    assert "OTHER-1" in page
    assert made.patient.mrn not in page
    assert [patient for patient, _ in looks_since(last, ada)] == [patients_in(made).get(mrn="OTHER-1").id]


def test_a_page_whose_look_cannot_be_noted_is_not_shown(client, made, ada, monkeypatch):
    def refuses(*args, **kwargs):
        raise RuntimeError("audit is down")

    monkeypatch.setattr("audit.actions.record_looks", refuses)
    client.force_login(ada)
    client.raise_request_exception = False
    answer = client.get(f"/patients/{made.patient.id}/")
    assert answer.status_code == 500
    assert made.patient.mrn not in answer.content.decode()


def test_a_stranger_leaves_no_look(client, made, mallory, ada):
    builders.acting(ada)
    last = Event.objects.latest("id").id
    client.force_login(mallory)
    assert client.get(f"/patients/{made.patient.id}/").status_code == 404
    builders.acting(ada)
    assert not Event.objects.filter(id__gt=last, action__endswith=".viewed").exists()
