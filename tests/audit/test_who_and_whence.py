"""Each event says who, as what, from where, in which request; refusals are written down too."""

import re
import uuid

import pytest
from django.contrib.auth import authenticate
from django.db import DatabaseError, transaction
from django.test import RequestFactory
from django.urls import reverse

from accounts.actions import end_membership
from accounts.models import Membership
from audit.context import address_of
from audit.models import Event, Outcome
from audit.verbs import code_of, is_listed
from tests import builders
from tests.audit.own_database import own_database
from tests.house.source import APPS, ROOT


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada, family_name="Canary")


def newest(action):
    return Event.objects.filter(action=action).latest("id")


def test_a_look_has_every_field_of_the_profile(client, patient, ada, settings):
    settings.AUDIT_TRUSTED_PROXIES = 1
    client.force_login(ada)
    headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
    client.get(reverse("chart", args=[patient.id]), headers=headers)
    look = newest("workspace.chart.viewed")
    assert (look.actor_id, look.actor_role, look.clinic_id) == (ada.id, "clinician", patient.clinic_id)
    assert (look.patient_id, look.object_kind, look.object_id) == (
        patient.id,
        "patients.patient",
        str(patient.id),
    )
    assert (look.code, look.outcome, look.purpose) == ("R", Outcome.SUCCESS, "TREATMENT")
    assert look.source == "203.0.113.9"
    assert uuid.UUID(look.request_id).version == 4
    assert look.happened_at.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "found"),
    [
        ("10.0.0.1", "6.6.6.6", 0, "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 2, "10.0.0.1"),
        ("::1", "", 1, "::1"),
        ("", "", 0, None),
        ("10.0.0.1", "<script>", 1, None),
    ],
)
def test_an_address_is_believed_only_where_our_own_proxy_wrote_it(remote, forwarded, proxies, found):
    assert address_of(remote, forwarded, trusted_proxies=proxies) == found


def test_work_of_the_software_has_no_address(patient):
    event = newest("patients.patient.registered")
    assert (event.code, event.source) == ("C", None)


def test_another_clinics_patient_asked_for_is_written_down_in_the_asking_clinic(client, patient, mallory):
    client.force_login(mallory)
    assert client.get(reverse("chart", args=[patient.id])).status_code == 404
    builders.acting(mallory)
    refused = newest("accounts.access.refused")
    assert (refused.actor_id, refused.clinic_id) == (mallory.id, mallory.standing.clinic_id)
    assert (refused.object_kind, refused.object_id) == ("patients.patient", str(patient.id))
    assert (refused.patient_id, refused.outcome) == (patient.id, Outcome.SERIOUS_FAILURE)
    assert refused.details == {"route": "chart", "method": "GET", "status": 404}
    assert refused.source == "127.0.0.1"


def test_a_role_that_may_not_is_written_down(client, patient, ben):
    client.force_login(ben)
    assert client.get(reverse("course_start", args=[patient.id])).status_code == 403
    builders.acting(ben)
    assert newest("accounts.access.refused").details["status"] == 403


def test_an_unknown_id_and_a_foreign_one_leave_the_same_row(client, patient, mallory):
    client.force_login(mallory)
    told = []
    for asked in (patient.id, uuid.uuid4()):
        client.get(reverse("chart", args=[asked]))
        builders.acting(mallory)
        row = newest("accounts.access.refused")
        told.append((row.object_kind, row.details, row.outcome, row.object_id == str(asked)))
    assert told[0] == told[1]


def test_somebody_without_a_clinic_is_written_down_outside_any(client, patient, ada):
    client.force_login(ada)
    end_membership(Membership.objects.get(person=ada), by=ada)
    assert client.get(reverse("chart", args=[patient.id])).status_code == 404
    refused = newest("accounts.access.refused")
    assert (refused.clinic_id, refused.actor_id, refused.actor_role) == (None, ada.id, "none")


def test_a_page_that_does_not_exist_and_a_stranger_leave_no_row(client, patient, ada):
    client.get(reverse("chart", args=[patient.id]))
    client.force_login(ada)
    client.get("/nowhere/")
    builders.acting(ada)
    assert not Event.objects.filter(action="accounts.access.refused").exists()


@pytest.mark.parametrize(("email", "is_known"), [("ada@harbour.example", True), ("who@else.example", False)])
def test_a_failed_log_in_says_who_was_tried_but_keeps_no_unknown_address(ada, email, is_known):
    request = RequestFactory().post("/")
    assert authenticate(request, email=email, password="wrong") is None
    row = newest("accounts.log_in.refused")
    assert row.object_id == (str(ada.id) if is_known else "")
    assert (row.outcome, row.clinic_id, row.details) == (Outcome.SERIOUS_FAILURE, None, {})


@pytest.mark.parametrize("page", ["chart", "chart_labs", "chart_access", "worklist", "patients"])
def test_without_the_record_nothing_is_shown(client, patient, ada, page, monkeypatch):
    def refuses(*args, **kwargs):
        raise DatabaseError("audit is down")

    builders.an_episode(patient, by=ada)
    client.force_login(ada)
    client.raise_request_exception = False
    monkeypatch.setattr("django.db.models.query.QuerySet.bulk_create", refuses)
    looks_at_a_patient = page not in ("worklist", "patients")
    answer = client.get(reverse(page, args=[patient.id] if looks_at_a_patient else []))
    assert answer.status_code == 500
    assert "Canary" not in answer.content.decode()


DOWN_AT_COMMIT = """
create function down() returns trigger language plpgsql as $$ begin raise exception 'down'; end $$;
create constraint trigger aaa_down after insert on audit_event deferrable initially deferred
for each row execute function down()
"""


@pytest.mark.parametrize(
    ("break_it", "mend_it"),
    [
        ("revoke insert on audit_event from recovery_app", "grant insert on audit_event to recovery_app"),
        (DOWN_AT_COMMIT, "drop function down() cascade"),
    ],
    ids=["no insert", "no seal at commit"],
)
def test_where_the_database_refuses_the_row_nothing_is_shown(
    client, django_db_setup, django_db_blocker, worker_id, break_it, mend_it
):
    client.raise_request_exception = False
    with django_db_blocker.unblock(), own_database(worker_id, "down") as database:
        url = a_committed_chart(client)
        assert "Canary" in client.get(url).content.decode()
        database.as_owner(break_it)
        answer = client.get(url)
        assert answer.status_code == 500
        assert "Canary" not in answer.content.decode()
        database.as_owner(mend_it)
        assert client.get(url).status_code == 200


def a_committed_chart(client):
    with transaction.atomic():
        clinic = builders.a_clinic("Harbour Clinic")
        ada = builders.acting(builders.a_person("ada", clinic=clinic, role="clinician"))
        patient = builders.a_patient(ada, family_name="Canary")
    client.force_login(ada)
    return reverse("chart", args=[patient.id])


def test_every_verb_in_the_source_says_which_letter_it_is():
    spoken = re.compile(rf'"((?:{"|".join(APPS)})\.[a-z_]+\.[a-z_]*(?:ed|set|out|in))"')
    found = {
        verb
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if path.name != "verbs.py"
        for verb in spoken.findall(path.read_text())
    }
    assert len(found) > 25
    assert sorted(verb for verb in found if not is_listed(verb)) == []
    assert code_of("labs.panel.recorded") == "C"
    assert code_of("documents.document.rendered") == "E"
