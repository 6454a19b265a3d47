"""Before a sensitive deed the person shows anew that it is he, and what he had typed is carried out then."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.http import HttpResponse
from django.test.utils import override_settings
from django.urls import include, path, reverse
from django.utils import timezone

from accounts.actions import end_membership
from accounts.permissions import admin_required, recent_proof_required
from audit.models import Event
from tests import builders
from tests.proof import a_second_factor, code_of, proven

carried_out = []


@admin_required
@recent_proof_required()
def deed(request, patient_id):
    """Something that only a freshly proven admin may do; says what it was told."""
    told = (request.method, request.POST.get("reason"), request.GET.get("tab"))
    carried_out.append(told)
    return HttpResponse(f"done {told}")


urlpatterns = [path("deed/<uuid:patient_id>/", deed, name="deed"), path("", include("recovery_clinic.urls"))]


@pytest.fixture(autouse=True)
def clock():
    """Stands still: a code of an authenticator app lives for thirty seconds."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def amy(ada, clinic):
    return builders.acting(builders.a_person("amy", clinic=clinic, role="admin"))


@pytest.fixture
def url(amy):
    carried_out.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield f"/deed/{builders.a_patient(amy).id}/"


@pytest.mark.parametrize(("minutes", "passes"), [(0, True), (4.9, True), (5.1, False), (-1, False)])
def test_a_proof_is_fresh_for_five_minutes(client, amy, url, minutes, passes):
    answer = proven(client, amy, minutes_ago=minutes).get(url)
    assert (answer.status_code == 200) is passes
    assert bool(carried_out) is passes


def test_logging_in_is_a_proof(client, amy, url):
    client.post(reverse("account_login"), {"login": amy.email, "password": builders.PASSWORD})
    assert client.get(url).status_code == 200


def test_another_persons_proof_in_the_same_session_is_none(client, amy, ada, url):
    proven(client, ada)
    records = dict(client.session)
    client.force_login(amy)
    session = client.session
    session.update({key: value for key, value in records.items() if key.startswith("account_")})
    session.save()
    assert client.get(url).status_code == 302


def test_a_post_that_was_interrupted_is_carried_out_with_what_was_typed(client, amy, url):
    secret = a_second_factor(amy)
    proven(client, amy, minutes_ago=6)
    answer = client.post(f"{url}?tab=people", {"reason": "two words"})
    assert urlsplit(answer.url).path == reverse("mfa_reauthenticate")
    assert carried_out == []
    before = client.session.session_key
    answer = client.post(answer.url, {"code": code_of(secret)})
    assert answer.content == b"done ('POST', 'two words', 'people')"
    assert carried_out == [("POST", "two words", "people")]
    assert client.session.session_key != before


def test_a_get_is_taken_up_at_its_address(client, amy, url):
    secret = a_second_factor(amy)
    answer = proven(client, amy, minutes_ago=6).get(f"{url}?tab=people")
    answer = client.post(answer.url, {"code": code_of(secret)})
    assert answer.url == f"{url}?tab=people"
    assert client.get(answer.url).status_code == 200


def test_a_wrong_code_carries_nothing_out_and_loses_nothing(client, amy, url):
    secret = a_second_factor(amy)
    proven(client, amy, minutes_ago=6)
    asked = client.post(url, {"reason": "two words"}).url
    answer = client.post(asked, {"code": "000000" if code_of(secret) != "000000" else "111111"})
    assert answer.status_code == 200
    assert carried_out == []
    assert client.post(asked, {"code": code_of(secret)}).status_code == 200
    assert carried_out == [("POST", "two words", None)]


def test_whoever_has_a_second_factor_shows_it_and_not_his_password(client, amy, url):
    a_second_factor(amy)
    proven(client, amy, minutes_ago=6)
    client.post(url, {"reason": "x"})
    answer = client.post(reverse("account_reauthenticate"), {"password": builders.PASSWORD})
    assert urlsplit(answer.url).path == reverse("mfa_reauthenticate")
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()
    assert client.get(url).status_code == 302
    assert carried_out == []


def test_without_a_second_factor_the_password_is_asked(client, amy, url):
    proven(client, amy, minutes_ago=6)
    asked = client.post(url, {"reason": "x"}).url
    assert urlsplit(asked).path == reverse("account_reauthenticate")
    assert client.post(asked, {"password": "not his password"}).status_code == 200
    assert carried_out == []
    assert client.post(asked, {"password": builders.PASSWORD}).status_code == 200


def test_whoever_has_nothing_to_show_is_refused(client, amy, url):
    amy.set_unusable_password()
    amy.save()
    assert proven(client, amy, minutes_ago=6).get(url).status_code == 403


def test_a_fragment_leaves_its_page_to_ask(client, amy, url):
    answer = proven(client, amy, minutes_ago=6).post(url, {"reason": "x"}, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    asked = urlsplit(answer.headers["HX-Redirect"])
    assert (asked.path, parse_qs(asked.query)) == (reverse("account_reauthenticate"), {"next": [url]})


def test_a_post_that_was_given_up_is_not_carried_out_by_the_next_proof(client, amy, url):
    proven(client, amy, minutes_ago=6)
    client.post(url, {"reason": "given up"})
    asked = client.get(url).url
    answer = client.post(asked, {"password": builders.PASSWORD})
    assert answer.url == url
    assert carried_out == []


def test_a_role_that_ended_while_he_was_asked_is_refused_and_the_refusal_names_the_deed(
    client, amy, ada, url
):
    proven(client, amy, minutes_ago=6)
    asked = client.post(url, {"reason": "x"}).url
    builders.a_person("dora", clinic=amy.memberships.get().clinic, role="admin")
    builders.acting(ada)
    end_membership(amy.memberships.get(), by=ada)
    assert client.post(asked, {"password": builders.PASSWORD}).status_code == 404
    assert carried_out == []
    refused = Event.objects.get(action="accounts.access.refused")
    assert refused.details["route"] == "deed"


def test_the_access_report_leaves_the_house_only_with_a_proof(client, amy):
    patient = builders.a_patient(amy)
    report = reverse("access_report_csv", args=[patient.id])
    assert proven(client, amy, minutes_ago=6).get(report).status_code == 302
    assert not Event.objects.filter(action="workspace.access_report.exported").exists()
    assert proven(client, amy).get(report).status_code == 200
