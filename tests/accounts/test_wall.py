"""The wall between clinics, asked from the database itself as the product's own role."""

import uuid
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError

from accounts.models import Membership
from accounts.tenancy import act_for, in_clinic
from patients.models import Patient
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
