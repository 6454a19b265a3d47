"""Every address asked by everybody whom it does not concern: by GET, and with a form that would be valid."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path, reverse

from accounts.actions import end_membership
from accounts.models import Role
from accounts.permissions import care_team_required
from tests import builders
from tests.house.deeds import DEEDS, STORES_NOTHING, address, is_api, sent
from tests.house.doors import ANYONE, DOORS, EVERYBODY, PATIENT, our_routes
from tests.house.everything import CANARY, everything_of, fingerprint
from tests.proof import proven


def leaky(request, patient_id):
    """What somebody writes who forgets both the decorator and the one door."""
    return HttpResponse(f"nobody asked who you are: {CANARY}")


@care_team_required
def guarded(request):
    return HttpResponse("guarded")


# The project's own roads with three planted ones, nested and unnamed, for the walker to find.
urlpatterns = [
    path(
        "planted/",
        include(
            [
                path("deep/", include([path("<uuid:patient_id>/", leaky, name="leaky")])),
                path("unnamed/", guarded),
            ]
        ),
    ),
    path("", include("recovery_clinic.urls")),
]


@pytest.fixture
def made(ada):
    builders.acting(ada)
    return everything_of(ada)


@pytest.fixture
def elsewhere(mallory):
    builders.acting(mallory)
    return mallory.memberships.get().clinic


@pytest.fixture
def person(request, ada, clinic, mallory, elsewhere):
    """Somebody by his name."""
    name = request.param
    if name in {"max", "ruth"}:
        builders.acting(mallory)
        if name == "ruth":
            return builders.a_person("ruth", clinic=elsewhere, role="admin")
        return builders.a_portal_patient("max", clinic=elsewhere, by=mallory)
    builders.acting(ada)
    if name == "gone":
        gone = builders.a_person("gone", clinic=clinic, role="clinician")
        end_membership(gone.memberships.get(), by=ada)
        return builders.acting(gone)
    if name == "amy":
        return builders.a_person("amy", clinic=clinic, role="admin")
    return None if name == "nobody" else request.getfixturevalue(name)


def browser(person):
    """Freshly proven: who is refused below is refused for who he is."""
    client = Client()
    return client if person is None else proven(client, person)


def body(answer):
    return answer.content.decode(errors="replace").lower()


def is_refused(answer, person, door, route_name=""):
    """The login for nobody, or 401; 403 for a member whose role may not, whatever he asks for; else 404."""
    if person is None and is_api(route_name):
        return answer.status_code == 401
    if person is None:
        return answer.status_code == 302 and answer.url.startswith(reverse("account_login"))
    is_member = person.standing is not None and person.standing.role != Role.PATIENT
    by_role = is_member and door.audience != PATIENT and person.standing.role not in door.audience
    return answer.status_code == (403 if by_role else 404)


def complaints(person, made, by, *, passes=frozenset()):
    """What is wrong with the answers that this person gets; routes in `passes` may be his own."""
    found, client = [], browser(person)
    for route in our_routes():
        if route.name is None:
            found.append(f"unnamed: {route.pattern}")
            continue
        door = DOORS.get(route.name)
        if door is None:
            found.append(f"not in the table: {route.name}")
        for method, answer in both(client, route, made, by):
            if CANARY.lower() in body(answer):
                found.append(f"{method} {route.name} shows the record")
            is_free = door is not None and (door.audience == ANYONE or route.name in passes)
            is_closed = answer.status_code == 405 and door is not None and method not in door.methods
            if not (is_free or is_closed or (door and is_refused(answer, person, door, route.name))):
                found.append(f"{method} {route.name} answers {answer.status_code}")
    return found


def both(client, route, made, by):
    """The answers to a GET and to a POST with the form that would be valid, made as `by` would fill it."""
    url = address(route, made)
    builders.acting(by)
    form = DEEDS[route.name](made, by) if route.name in DEEDS else {}
    return [("GET", client.get(url)), ("POST", client.post(url, **sent(route.name, form)))]


# Pages without a record in their address: a member's show him his own clinic's, a patient's show himself.
OWN_LISTS = {
    "clinic_choose",
    "worklist",
    "worklist_rows",
    "patients",
    "patient_register",
    "unfinished",
    "api_patients",
    "api_patient_search",
    "api_laboratories",
    "api_schema",
}
OWN_CLINIC = {
    "clinic_choose",
    "clinic_settings",
    "members",
    "unfinished",
    "invitation_new",
    "access_search",
    "tokens",
    "token_create",
    "emergencies",
    "api_schema",
}
PORTAL = {name for name, door in DOORS.items() if door.audience in (PATIENT, EVERYBODY)}


@pytest.mark.parametrize(
    ("person", "passes"),
    [
        ("nobody", set()),
        ("gone", set()),
        ("mallory", OWN_LISTS),
        ("max", PORTAL),
        ("cal", PORTAL),
        ("ruth", OWN_CLINIC),
    ],
    indirect=["person"],
    ids=["nobody", "gone", "mallory", "max", "cal", "ruth"],
)
def test_a_stranger_reads_nothing_and_changes_nothing(person, passes, made, ada, clinic):
    """A member who left, a clinician, a patient and an admin of elsewhere, a patient of here, and nobody."""
    before = fingerprint(clinic.id)
    assert complaints(person, made, ada, passes=passes) == []
    builders.acting(ada)
    assert fingerprint(clinic.id) == before


def test_a_fragment_leaves_the_page_when_nobody_is_logged_in(made, ada):
    client = browser(None)
    for route in our_routes():
        if DOORS[route.name].audience == ANYONE or is_api(route.name):
            continue
        for answer in (
            client.get(address(route, made), headers={"HX-Request": "true"}),
            client.post(address(route, made), {}, headers={"HX-Request": "true"}),
        ):
            assert (route.name, answer.status_code) == (route.name, 401)
            assert answer.headers["HX-Redirect"].startswith(reverse("account_login"))


@pytest.mark.parametrize("method", ["head", "put", "patch", "delete", "options"])
def test_no_other_method_gets_past(made, mallory, method):
    client = browser(mallory)
    for route in our_routes():
        if DOORS[route.name].audience == ANYONE:
            continue
        answer = getattr(client, method)(address(route, made), headers={"X-HTTP-Method-Override": "GET"})
        assert answer.status_code in {403, 404, 405}, (route.name, answer.status_code)
        assert CANARY.lower() not in body(answer)


# Forms that are open to nobody in particular ask for a link of their own, and are tested where they are made.
FORMS = sorted(name for name, door in DOORS.items() if "POST" in door.methods and door.audience != ANYONE)


@pytest.mark.parametrize("name", FORMS)
def test_the_form_is_valid_for_whoever_may(made, ada, clinic, name):
    """Else the strangers above were refused for what they typed, and not for who they are."""
    assert name in DEEDS, f"Add a valid form for {name} to tests/house/deeds.py."
    role = DOORS[name].audience
    by = ada if Role.CLINICIAN in role else builders.a_person("amy", clinic=clinic, role="admin")
    builders.acting(ada)
    before = fingerprint(clinic.id)
    [route] = [route for route in our_routes() if route.name == name]
    url, form = address(route, made), DEEDS[name](made, ada)
    answer = browser(by).post(url, **sent(name, form))
    assert answer.status_code in {200, 201, 302}, body(answer)
    builders.acting(ada)
    assert (fingerprint(clinic.id) == before) == (name in STORES_NOTHING)


def test_staff_are_told_whose_deed_it_is_and_nothing_is_done(made, ada, ben, clinic):
    client, told = browser(ben), []
    before = fingerprint(clinic.id)
    for route in our_routes():
        if DOORS[route.name].audience != {Role.CLINICIAN}:
            continue
        told.append(route.name)
        for _, answer in both(client, route, made, ada):
            assert (route.name, answer.status_code) == (route.name, 403)
            assert "this page is for: clinician." in body(answer)
            assert 'href="/"' in body(answer)
            assert CANARY.lower() not in body(answer)
    assert "dose_adjust" in told
    builders.acting(ada)
    assert fingerprint(clinic.id) == before


def test_the_walk_finds_what_was_planted(made, ada, mallory):
    with override_settings(ROOT_URLCONF=__name__):
        found = complaints(mallory, made, ada, passes=OWN_LISTS)
    assert found == [
        "not in the table: leaky",
        "GET leaky shows the record",
        "GET leaky answers 200",
        "POST leaky shows the record",
        "POST leaky answers 200",
        "unnamed: unnamed/",
    ]
