"""Audit rows are only added, by anybody, and stand or fall with the deed."""

import os

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from audit.models import Event
from patients.models import Patient
from recovery_clinic.roles import OWNER, role_url
from tests import builders


@pytest.fixture
def event(ada):
    builders.a_patient(ada)
    return Event.objects.latest("id")


def test_a_deed_says_who_did_what_to_which_record(event, ada):
    assert (event.action, event.actor_id, event.actor_role) == (
        "patients.patient.registered",
        ada.id,
        "clinician",
    )
    assert (event.object_kind, event.object_id) == ("patients.patient", str(event.patient_id))


@pytest.mark.parametrize(
    "statement", ["update audit_event set action = 'x'", "delete from audit_event", "truncate audit_event"]
)
def test_the_owner_is_refused_by_the_trigger(db, statement):
    url = role_url(os.environ["TEST_ADMIN_DSN"], OWNER, connection.settings_dict["NAME"])
    with psycopg.connect(url) as owner:
        owner.execute(
            "insert into audit_event (actor_role, action, object_kind, object_id, details)"
            " values ('system', 'planted', 'test', '1', '{}')"
        )
        owner.execute("set constraints all immediate")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only added"):
            owner.execute(statement)


def test_a_deed_that_fails_leaves_neither_itself_nor_its_row(ada):
    before = Event.objects.count()

    @transaction.atomic
    def half_a_deed():
        builders.a_patient(ada)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_a_deed()
    assert (Patient.objects.count(), Event.objects.count()) == (0, before)


def test_a_row_that_cannot_be_written_undoes_the_deed(ada, monkeypatch):
    def refuses(*args, **kwargs):
        raise DatabaseError("audit is down")

    monkeypatch.setattr(Event.objects, "create", refuses)
    with pytest.raises(DatabaseError), transaction.atomic():
        builders.a_patient(ada)
    assert Patient.objects.count() == 0


def test_another_clinic_does_not_see_the_rows(event, mallory):
    builders.acting(mallory)
    assert not Event.objects.filter(pk=event.pk).exists()
