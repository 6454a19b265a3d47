"""The wall between clinics, asked from the database itself as the product's own role."""

import os
import subprocess
import sys
import uuid
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from accounts.models import Membership
from accounts.tenancy import act_for, in_clinic, refuse_privileged_role
from patients.models import Patient
from recovery_clinic.roles import OWNER, role_url
from tests import builders


def test_unset_clinic_means_no_rows(ada):
    builders.a_patient(ada)
    assert Patient.objects.count() == 1
    act_for(clinic_id=None)
    assert Patient.objects.count() == 0
    assert Membership.objects.count() == 0


def test_another_clinics_rows_do_not_exist(ada, mallory):
    builders.acting(ada)
    builders.a_patient(ada)
    builders.acting(mallory)
    assert Patient.objects.count() == 0


def test_a_row_for_another_clinic_is_refused_by_the_database(ada, mallory):
    builders.acting(ada)
    patient = builders.a_patient(ada)
    builders.acting(mallory)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Patient.objects.create(
            clinic_id=patient.clinic_id,
            mrn="X",
            family_name="X",
            given_name="X",
            date_of_birth=patient.date_of_birth,
            search_key="",
        )


def test_in_clinic_gives_back_what_was_set_before(ada, mallory):
    builders.acting(ada)
    builders.a_patient(ada)
    with in_clinic(mallory.standing.clinic_id):
        assert Patient.objects.count() == 0
    assert Patient.objects.count() == 1


def test_the_clinic_is_only_set_inside_a_transaction(monkeypatch, db):
    monkeypatch.setattr("accounts.tenancy.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError, match="per transaction"):
        act_for(clinic_id=uuid.uuid4())


def test_tests_connect_as_the_unprivileged_role(db):
    refuse_privileged_role()
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("recovery_app",)


def test_start_up_refuses_the_owner_of_the_tables(db):
    admin = os.environ["TEST_ADMIN_DSN"]
    url = role_url(admin, OWNER, connection.settings_dict["NAME"])
    command = [sys.executable, "-c", "import recovery_clinic.wsgi"]
    refused = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0
    assert "Connect as recovery_app" in refused.stderr


def test_every_clinic_owned_table_is_behind_the_wall(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname, c.relrowsecurity, c.relforcerowsecurity,"
            " exists(select 1 from pg_policy p where p.polrelid = c.oid and p.polwithcheck is not null)"
            " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'clinic_id'"
            " where c.relkind = 'r'"
        )
        tables = cursor.fetchall()
    assert len(tables) >= 20
    assert [name for name, *guards in tables if not all(guards)] == []
