"""The table of doors is the list of roads, and each view enforces what the table says of it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.urls import include, path

from accounts.declared import every_route_says_who_may_pass, refuse_undeclared_routes
from accounts.denials import KINDS
from accounts.models import Role
from tests import builders
from tests.house.deeds import DEEDS, STORES_NOTHING, address, sent
from tests.house.doors import ANYONE, DOORS, THEIRS, our_routes, routes
from tests.house.everything import fingerprint
from tests.proof import proven

pytestmark = pytest.mark.usefixtures("everything")


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


def nobody_said(request):
    return HttpResponse("seen")


urlpatterns = [
    path("planted/", include([path("deep/", nobody_said)])),
    path("", include("recovery_clinic.urls")),
]


def test_a_route_that_does_not_say_who_may_pass_keeps_the_product_from_starting(settings):
    assert every_route_says_who_may_pass(None) == []
    settings.ROOT_URLCONF = __name__
    [error] = every_route_says_who_may_pass(None)
    assert error.msg == "/planted/deep/ does not say who may pass."
    with pytest.raises(ImproperlyConfigured, match="/planted/deep/"):
        refuse_undeclared_routes()


# Forms that are open to nobody in particular ask for a link of their own, and are tested where they are made.
FORMS = sorted(name for name, door in DOORS.items() if "POST" in door.methods and door.audience != ANYONE)


@pytest.mark.parametrize("name", FORMS)
def test_the_form_is_valid_for_whoever_may(client, made, ada, clinic, name):
    """Else strangers were refused for what they typed, and not for who they are."""
    assert name in DEEDS, f"Add a valid form for {name} to tests/house/deeds.py."
    role = DOORS[name].audience
    by = ada if Role.CLINICIAN in role else builders.a_person("amy", clinic=clinic, role="admin")
    builders.acting(ada)
    before = fingerprint(clinic.id)
    [route] = [route for route in our_routes() if route.name == name]
    url, form = address(route, made), DEEDS[name](made, ada)
    answer = proven(client, by).post(url, **sent(name, form))
    assert answer.status_code in {200, 201, 302}, answer.content
    builders.acting(ada)
    assert (fingerprint(clinic.id) == before) == (name in STORES_NOTHING)
