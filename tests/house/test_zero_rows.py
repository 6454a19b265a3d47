"""The database itself shows and gives nothing of a clinic to anybody who does not stand in it."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from accounts.models import Membership, Person, Role
from accounts.tenancy import act_for
from audit.models import Event
from tests import builders
from tests.house.everything import everything_of, execute, fingerprint, owned_models, rows_of


@pytest.fixture
def made(ada):
    return everything_of(ada)


def seen_of(clinic):
    return {label: count for label, count in rows_of(clinic.id).items() if count}


def test_everything_is_everything(made, clinic):
    """A table that stays empty here is a table whose wall these tests never touch."""
    empty = [label for label, count in rows_of(clinic.id).items() if not count]
    assert empty == [], f"Let tests/house/everything.py make a row of: {', '.join(empty)}."


def test_a_stranger_clinician_counts_zero(made, mallory, clinic):
    builders.acting(mallory)
    assert seen_of(clinic) == {}


def test_a_stranger_patient_counts_zero(made, mallory, clinic):
    builders.acting(mallory)
    elsewhere = mallory.memberships.get().clinic
    builders.acting(builders.a_portal_patient("max", clinic=elsewhere, by=mallory))
    assert seen_of(clinic) == {}


def test_nobody_counts_zero(made, clinic):
    act_for(clinic_id=None)
    assert seen_of(clinic) == {}


def test_a_connection_that_never_said_a_clinic_counts_zero(made, clinic):
    with connection.cursor() as cursor:
        cursor.execute("reset app.clinic_id")
        cursor.execute("reset app.person_id")
    assert seen_of(clinic) == {}


def test_a_stranger_can_neither_change_nor_remove_a_row(made, ada, mallory, clinic):
    before = fingerprint(clinic.id)
    builders.acting(mallory)
    for model in owned_models():
        changed = execute("update {} set clinic_id = clinic_id where clinic_id = %s", model, clinic.id)
        removed = execute("delete from {} where clinic_id = %s", model, clinic.id)
        assert (model, changed.rowcount, removed.rowcount) == (model, 0, 0)
    builders.acting(ada)
    assert fingerprint(clinic.id) == before


def test_no_row_is_given_to_another_clinic(made, mallory, ada):
    elsewhere = mallory.standing.clinic_id
    builders.acting(ada)
    for model in owned_models():
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            execute("update {} set clinic_id = %s", model, elsewhere)


def test_nobody_gives_himself_a_role_in_another_clinic(ada, mallory, clinic):
    """A person finds his own memberships before a clinic is chosen; to read is not to write."""
    builders.acting(mallory)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Membership.objects.create(clinic=clinic, person=mallory, role=Role.CLINICIAN)


def test_a_role_elsewhere_is_read_and_not_changed(ada, mallory, clinic):
    builders.acting(mallory)
    there = Membership.objects.filter(person=mallory)
    act_for(clinic_id=clinic.id, person_id=mallory.id)
    assert there.count() == 1
    assert there.update(role=Role.ADMIN) == 0
    assert execute("delete from {} where person_id = %s", Membership, mallory.id).rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "truncate patients_patient cascade",
        "alter table patients_patient no force row level security",
        "drop policy clinic_wall on patients_patient",
        "set row_security = off; select count(*) from patients_patient",
        "set role recovery_owner",
    ],
)
def test_the_product_cannot_take_the_wall_down(made, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_visible_to_is_the_first_wall_alone(made, ada, mallory, clinic):
    """While the transaction still acts for the clinic, so that the database would show the rows."""
    stranger = builders.acting(mallory)
    without_record = builders.a_person("eve", clinic=clinic, role="patient")
    builders.acting(ada)
    for model in [*owned_models(), Event]:
        assert model._base_manager.exists()
        for person in (Person(), stranger, without_record):
            assert (model, model.objects.visible_to(person).count()) == (model, 0)
