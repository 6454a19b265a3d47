"""Every URL asked by everybody who must not pass: a 404 or the login, and not one word of the record."""

import uuid

import pytest
from django.http import HttpResponse
from django.urls import URLResolver, include, path, reverse
from django.urls.resolvers import RegexPattern

from accounts.models import Role
from accounts.permissions import care_team_required
from tests import builders
from tests.house.doors import ACCOUNT_PAGES, ANYONE, CANARY, DOORS, PATIENT, a_full_record, routes

RECORDS = {name: door for name, door in DOORS.items() if door.audience != ANYONE}


@pytest.fixture
def made(ada):
    return a_full_record(ada)


@pytest.fixture
def stranger_patient(mallory):
    builders.acting(mallory)
    elsewhere = mallory.standing
    from accounts.models import Clinic

    return builders.a_portal_patient("max", clinic=Clinic.objects.get(pk=elsewhere.clinic_id), by=mallory)


def ask(client, method, name, door, made, **headers):
    url = reverse(name, args=door.arguments(made))
    return client.get(url, headers=headers) if method == "GET" else client.post(url, {}, headers=headers)


def test_every_route_is_in_the_table_and_the_table_holds_no_other():
    named = [route.name for route in routes()]
    ours = [name for name in named if name and not name.startswith(ACCOUNT_PAGES)]
    assert None not in named
    assert sorted(ours) == sorted(set(ours))
    assert set(ours) == set(DOORS)


def test_the_table_says_what_the_view_enforces():
    enforced = {route.name: getattr(route.callback, "allowed_roles", ()) for route in routes()}
    assert {name: frozenset(enforced[name]) for name in DOORS} == {
        name: frozenset(door.audience) for name, door in DOORS.items()
    }


@pytest.mark.parametrize("name", sorted(RECORDS))
@pytest.mark.parametrize("who", ["nobody", "mallory", "stranger_patient"])
def test_a_stranger_gets_the_login_or_a_404(client, made, request, name, who):
    door = RECORDS[name]
    if who != "nobody":
        client.force_login(request.getfixturevalue(who))
    for method in door.methods.split():
        answer = ask(client, method, name, door, made)
        assert CANARY not in answer.content.decode(errors="replace")
        if who == "nobody":
            assert answer.status_code == 302
            assert answer.url.startswith(reverse("account_login"))
        elif door.arguments(made) or PATIENT & door.audience:
            own = who == "stranger_patient" and PATIENT & door.audience
            assert answer.status_code in ({200, 404} if own else {404}), (name, method, answer.status_code)


@pytest.mark.parametrize(
    "name", sorted(name for name, door in RECORDS.items() if not PATIENT & door.audience)
)
def test_a_patient_of_the_same_clinic_gets_a_404(client, made, cal, name):
    client.force_login(cal)
    door = RECORDS[name]
    for method in door.methods.split():
        answer = ask(client, method, name, door, made)
        assert answer.status_code == 404
        assert CANARY not in answer.content.decode(errors="replace")


@pytest.mark.parametrize(
    "name", sorted(name for name, door in RECORDS.items() if door.audience == {Role.CLINICIAN})
)
def test_staff_are_told_whose_deed_it_is(client, made, ben, name):
    client.force_login(ben)
    door = RECORDS[name]
    for method in door.methods.split():
        answer = ask(client, method, name, door, made)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "name", sorted(name for name, door in RECORDS.items() if Role.CLINICIAN in door.audience)
)
def test_a_clinician_of_the_clinic_passes(client, made, ada, name):
    client.force_login(ada)
    door = RECORDS[name]
    answer = ask(client, door.methods.split()[0], name, door, made)
    not_yet_made = name == "document_pdf"
    assert answer.status_code not in ({403, 500} if not_yet_made else {403, 404, 500})


def test_a_foreign_id_and_a_missing_one_are_told_apart_by_nothing(client, made, mallory):
    client.force_login(mallory)
    foreign = client.get(reverse("chart", args=[made.patient.id]))
    missing = client.get(reverse("chart", args=[uuid.uuid4()]))
    assert (foreign.status_code, foreign.headers.items()) == (missing.status_code, missing.headers.items())

    def without_token(answer):
        import re

        return re.sub(rb'X-CSRFToken[^}]*|csrfmiddlewaretoken" value="[^"]*', b"", answer.content)

    assert without_token(foreign) == without_token(missing)


def test_a_fragment_asked_without_a_session_leaves_the_page(client, made):
    answer = ask(client, "GET", "chart_flags", DOORS["chart_flags"], made, **{"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith(reverse("account_login"))


def test_the_walker_sees_nested_and_unnamed_routes_and_a_leaky_view():
    def leaky(request, pk):
        return HttpResponse(CANARY)

    @care_team_required
    def guarded(request):
        return HttpResponse()

    nested = [path("deep/", include([path("leak/<uuid:pk>/", leaky), path("ok/", guarded, name="ok")]))]
    seen = list(routes(URLResolver(RegexPattern(r"^/"), nested)))
    assert [route.name for route in seen] == [None, "ok"]
    assert not hasattr(seen[0].callback, "allowed_roles")
    assert set(seen[1].callback.allowed_roles) == {Role.CLINICIAN, Role.STAFF}
