"""The table of doors is the list of roads, and each view enforces what the table says of it."""

import uuid

import pytest
from django.urls import reverse

from accounts.denials import KINDS
from accounts.models import Role
from tests.house.deeds import address
from tests.house.doors import DOORS, THEIRS, our_routes, routes
from tests.house.everything import everything_of
from tests.house.masking import masked


@pytest.fixture
def made(ada):
    return everything_of(ada)


def test_every_route_is_in_the_table_and_the_table_holds_no_other():
    ours = [route.name or f"unnamed: {route.pattern}" for route in our_routes()]
    assert sorted(ours) == sorted(DOORS), "Say in tests/house/doors.py who may pass, and no more than that."
    theirs = {route.name or f"unnamed: {route.pattern}" for route in routes()} - set(ours)
    assert theirs == set(THEIRS), "Say in tests/house/doors.py, THEIRS, who may pass django-allauth's."


def test_the_table_says_which_record_an_address_names():
    """What `patient_id` in a pattern means is known to whoever writes down a refusal, too."""
    named = {
        route.name: [KINDS[name] for name in route.pattern.converters if name in KINDS]
        for route in our_routes()
    }
    assert named == {name: [door.of.lower()] if door.of else [] for name, door in DOORS.items()}


def test_the_table_says_what_the_view_enforces():
    enforced = {route.name: getattr(route.callback, "allowed_roles", ()) for route in our_routes()}
    assert {name: frozenset(enforced[name]) for name in DOORS} == {
        name: frozenset(door.audience) for name, door in DOORS.items()
    }


def test_each_of_the_care_team_passes_where_the_table_says(client, made, ada, ben):
    """Without this, a page that is broken for everybody would look well guarded."""
    for person, role in ((ada, Role.CLINICIAN), (ben, Role.STAFF)):
        client.force_login(person)
        for route in our_routes():
            door = DOORS.get(route.name)
            if door and role in door.audience and "GET" in door.methods.split():
                answer = client.get(address(route, made))
                assert (route.name, answer.status_code in {200, 302}) == (route.name, True)


def test_a_foreign_id_and_a_missing_one_are_told_apart_by_nothing(client, made, mallory):
    client.force_login(mallory)
    foreign = client.get(reverse("chart", args=[made.patient.id]))
    missing = client.get(reverse("chart", args=[uuid.uuid4()]))
    assert masked(foreign) == masked(missing)
