"""A program acts as one member, in his present role, no further than its scopes, and for no page."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import end_membership, issue_token, revoke_token
from accounts.middleware import REFUSED_AT_MOST
from accounts.models import ApiToken, Membership, Role
from audit.models import Event
from tests import builders
from tests.proof import proven


def a_token(person, **may):
    """A token of this person and its secret."""
    admin = builders.acting(person)
    membership = Membership.objects.get(person=person, clinic_id=admin.standing.clinic_id)
    scopes = {"may_read": True, "may_write": True, **may}
    return issue_token(membership, name="laboratory", days=30, entry_key=uuid.uuid4(), by=person, **scopes)


def program(secret):
    return Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


@pytest.fixture
def amy(ada, clinic):
    return builders.a_person("amy", clinic=clinic, role=Role.ADMIN)


def test_a_token_reads_what_its_person_may_and_the_record_says_so(ada, patient):
    token, secret = a_token(ada)
    answer = program(secret).get(reverse("api_patient", args=[patient.id]))
    assert (answer.status_code, answer.json()["mrn"]) == (200, patient.mrn)
    builders.acting(ada)
    looked = Event.objects.get(action="patients.api_patient.viewed")
    assert (looked.actor_id, looked.patient_id, looked.details) == (
        ada.id,
        patient.id,
        {"token": str(token.id)},
    )
    assert ApiToken.objects.get(pk=token.pk).last_used_at is not None


def test_a_token_of_elsewhere_finds_no_such_patient(ada, mallory, patient):
    _, secret = a_token(mallory)
    foreign = program(secret).get(reverse("api_patient", args=[patient.id]))
    missing = program(secret).get(reverse("api_patient", args=[uuid.uuid4()]))
    assert foreign.status_code == 404
    assert foreign.json() == missing.json()


def test_a_token_stands_in_its_own_clinic_only(ada, patient):
    """Also where its person works in another one whose name comes first."""
    _, secret = a_token(ada)
    other = builders.a_clinic("Another Clinic")
    builders.act_for_clinic(other)
    Membership.objects.create(clinic=other, person=ada, role=Role.CLINICIAN)
    answer = program(secret).get(reverse("api_patients"))
    assert [row["mrn"] for row in answer.json()["rows"]] == [patient.mrn]


@pytest.mark.parametrize("what", ["revoked", "expired", "left", "disabled", "unknown", "no_bearer", "empty"])
def test_a_token_that_opens_nothing_is_refused_and_written_down(ada, patient, what):
    token, secret = a_token(ada)
    header = {"unknown": "Bearer rct_nothing", "no_bearer": f"Basic {secret}", "empty": "Bearer"}
    if what == "revoked":
        revoke_token(token, by=ada)
    elif what == "expired":
        ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    elif what == "left":
        end_membership(token.membership, by=ada)
    elif what == "disabled":
        ada.is_active = False
        ada.save()
    client = Client(headers={"Authorization": header.get(what, f"Bearer {secret}")})
    answer = client.get(reverse("api_patient", args=[patient.id]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert "invalid_token" in answer.headers["WWW-Authenticate"]
    assert answer.json()["type"] == "urn:recovery-clinic:problem:token-refused"
    assert Event.objects.filter(action="accounts.token.refused").count() == 1


def test_a_role_that_was_lowered_counts_at_the_next_request(ada, patient, clinic):
    bob = builders.a_person("bob", clinic=clinic, role=Role.CLINICIAN)
    token, secret = a_token(bob)
    url = reverse("api_patient", args=[patient.id])
    assert program(secret).get(url).status_code == 200
    builders.acting(ada)
    Membership.objects.filter(pk=token.membership_id).update(role=Role.ADMIN)
    assert program(secret).get(url).status_code == 403


def test_a_scope_that_is_missing_is_named(ada, patient):
    _, secret = a_token(ada, may_write=False)
    answer = program(secret).post(reverse("api_panels", args=[patient.id]), {}, "application/json")
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:recovery-clinic:problem:scope"
    assert 'scope="write"' in answer.headers["WWW-Authenticate"]
    _, secret = a_token(ada, may_read=False)
    assert program(secret).get(reverse("api_patients")).status_code == 403
    searched = program(secret).post(reverse("api_patient_search"), {"words": "x"}, "application/json")
    assert searched.status_code == 403


def test_a_token_opens_no_page(ada, patient, settings):
    settings.MFA_MANDATORY = True
    _, secret = a_token(ada)
    assert program(secret).get(reverse("api_patients")).status_code == 200
    page = program(secret).get(reverse("chart", args=[patient.id]))
    assert (page.status_code, page.url.split("?")[0]) == (302, reverse("account_login"))


def test_a_session_without_its_second_factor_opens_no_api(client, ada, settings):
    settings.MFA_MANDATORY = True
    client.force_login(ada)
    answer = client.get(reverse("api_patients"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")


def test_a_bad_token_is_not_helped_by_a_good_session(client, ada):
    client.force_login(ada)
    assert client.get(reverse("api_patients")).status_code == 200
    answer = client.get(reverse("api_patients"), headers={"Authorization": "Bearer rct_nothing"})
    assert answer.status_code == 401


def test_a_sessions_post_needs_its_token_and_a_programs_does_not(ada, patient):
    url, body = reverse("api_patient_search"), {"words": patient.mrn}
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    refused = browser.post(url, body, "application/json")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:recovery-clinic:problem:forged")
    _, secret = a_token(ada)
    strict = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"})
    assert strict.post(url, body, "application/json").status_code == 200
    nobody = Client(enforce_csrf_checks=True)
    assert nobody.post(url, body, "application/json").status_code == 401


def test_a_broken_program_is_told_to_wait_and_fills_no_record(ada, patient):
    broken = program("rct_nothing")
    answers = [broken.get(reverse("api_patients")) for _ in range(REFUSED_AT_MOST + 2)]
    assert [each.status_code for each in answers[-3:]] == [401, 429, 429]
    assert answers[-1].headers["Retry-After"]
    assert Event.objects.filter(action="accounts.token.refused").count() == REFUSED_AT_MOST
    _, secret = a_token(ada)
    assert program(secret).get(reverse("api_patients")).status_code == 200, "a neighbour's token still opens"


def test_the_secret_is_nowhere_in_the_database(ada):
    token, secret = a_token(ada)
    row = str(ApiToken.objects.filter(pk=token.pk).values().get())
    assert secret not in row
    assert len(secret) >= 43


def form_of(made_for, **changes):
    return {
        "name": "results from a laboratory",
        "membership": made_for.memberships.get().id,
        "may_write": "on",
        "days": "30",
        "entry_key": uuid.uuid4(),
        **changes,
    }


def test_an_admin_creates_a_token_and_sees_its_secret_once(client, ada, amy, patient):
    builders.acting(ada)
    form = form_of(ada, may_read="on")
    proven(client, amy)
    page = client.post(reverse("token_create"), form).content.decode()
    [secret] = re.findall(r'value="(rct_[^"]+)"', page)
    assert program(secret).get(reverse("api_patient", args=[patient.id])).status_code == 200
    assert secret not in client.get(reverse("tokens")).content.decode()
    again = client.post(reverse("token_create"), form)
    assert again.status_code == 302
    builders.acting(ada)
    assert ApiToken.objects.count() == 1
    [created] = Event.objects.filter(action="accounts.token.created")
    assert created.details["scopes"] == ["read", "write"]


def test_an_admin_proves_himself_before_he_creates_one(client, ada, amy):
    builders.acting(ada)
    form = form_of(ada)
    proven(client, amy, minutes_ago=6)
    answer = client.post(reverse("token_create"), form)
    assert (answer.status_code, reverse("account_reauthenticate") in answer.url) == (302, True)


@pytest.mark.parametrize("changes", [{"may_write": ""}, {"days": "9999"}, {"name": ""}, {"membership": ""}])
def test_a_token_that_makes_no_sense_is_refused_with_its_reason(client, ada, amy, changes):
    builders.acting(ada)
    form = form_of(ada, **changes)
    proven(client, amy)
    answer = client.post(reverse("token_create"), form)
    assert (answer.status_code, "Accepted:" in answer.content.decode()) == (422, True)


def test_an_admin_gives_no_token_of_elsewhere(client, ada, amy, mallory):
    builders.acting(mallory)
    theirs = mallory.memberships.get().id
    builders.acting(ada)
    proven(client, amy)
    answer = client.post(reverse("token_create"), form_of(ada, membership=theirs))
    assert "one of the clinic" in answer.content.decode()


def test_a_token_that_is_revoked_on_the_page_opens_nothing(client, ada, amy, patient):
    token, secret = a_token(ada)
    proven(client, amy)
    assert client.post(reverse("token_revoke", args=[token.id])).status_code == 302
    assert program(secret).get(reverse("api_patients")).status_code == 401
    assert "Revoked" in client.get(reverse("tokens")).content.decode()
