"""D4, bare database: PostgreSQL itself shows and gives nothing of a clinic to whoever does not stand in it.

Whatever the product forgets to ask. Everything here is asked as the product's own unprivileged role.
"""

import os
import subprocess
import sys
import uuid

import psycopg
import pytest
from django.db import close_old_connections, connection, transaction
from django.db.utils import DatabaseError, IntegrityError, ProgrammingError
from django.test import Client
from django.urls import reverse
from psycopg_pool import ConnectionPool

from accounts.actions import admit
from accounts.models import Membership, Person, Role
from accounts.tenancy import act_for, in_clinic, refuse_privileged_role
from audit.models import Event
from documents import tasks as documents
from documents.actions import request_document
from documents.models import Document, DocumentKind
from labs import actions as labs
from labs.models import Laboratory
from patients.actions import give_portal_access
from patients.models import Patient
from protocols.models import DoseStep
from recovery_clinic import servers
from recovery_clinic.roles import APP, AUDITOR, OWNER, role_url
from tests import builders
from tests.drills.bare import TABLES, as_role, holes, of_this_connection
from tests.drills.figures import told
from tests.house.everything import execute, fingerprint, owned_models, rows_of
from tests.proof import proven

SETTING = "select current_setting('app.clinic_id', true), current_setting('app.person_id', true)"


@pytest.fixture
def committed(django_db_setup, django_db_blocker, worker_id):
    """A database in which transactions really end, entered by the connection that the product uses."""
    name, admin = f"bare_{worker_id}", os.environ["TEST_ADMIN_DSN"]
    servers.drop(admin, name)
    servers.clone(admin, "test_template", name)
    usual = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["NAME"] = name
        try:
            yield name
        finally:
            connection.close()
            connection.settings_dict["NAME"] = usual
    servers.drop(admin, name)


def test_nothing_in_the_catalogue_is_open(db):
    refuse_privileged_role()
    assert of_this_connection("select current_user") == [("recovery_app",)]
    assert list(holes(of_this_connection)) == []
    tables = of_this_connection(TABLES)
    assert {name for _, name, *_ in tables} == {model._meta.db_table for model in [*owned_models(), Event]}, (
        "Inherit ClinicOwned in every model with a clinic."
    )
    told("D4", "catalogue", tables_behind_the_wall=len(tables), holes=0)


PLANTED = {
    "drop policy clinic_wall on labs_panel": ["labs_panel lacks clinic_wall"],
    "alter table labs_panel disable row level security": ["labs_panel does not ENABLE row security"],
    "alter table labs_panel no force row level security": ["labs_panel does not FORCE row security"],
    "alter policy clinic_wall on labs_panel with check (true)": [
        "labs_panel lacks clinic_wall",
        "labs_panel opens clinic_wall",
    ],
    "create policy for_support on labs_panel using (true)": ["labs_panel opens for_support"],
    "create table labs_planted (id uuid primary key, clinic_id uuid)": [
        "labs_planted does not ENABLE row security",
        "labs_planted does not FORCE row security",
        "labs_planted lacks clinic_wall",
    ],
    "create view labs_all as select * from labs_panel": ["labs_all reads with its owner's rights"],
    "create unique index one_mrn on patients_patient (mrn)": [
        "patients_patient: one_mrn tells of other clinics' mrn"
    ],
}


@pytest.mark.planted
@pytest.mark.parametrize("statement", PLANTED)
def test_a_hole_that_was_planted_is_seen(db, statement):
    with as_role(OWNER, connection.settings_dict["NAME"]) as owner:
        owner.execute("set lock_timeout = '5s'")
        owner.execute(statement)
        assert list(holes(lambda question: owner.execute(question).fetchall())) == PLANTED[statement]
        owner.rollback()


@pytest.mark.planted
def test_rows_are_counted_where_the_wall_is_down(made, mallory, clinic):
    """Else the zeros of these tests might be zeros of a count that cannot count."""
    act_for(clinic_id=clinic.id)
    assert all(seen_of(clinic).values())
    assert len(seen_of(clinic)) == len(owned_models()) + 1


@pytest.mark.planted
def test_start_up_refuses_the_owner_of_the_tables(db):
    url = role_url(os.environ["TEST_ADMIN_DSN"], OWNER, connection.settings_dict["NAME"])
    command = [sys.executable, "-c", "import recovery_clinic.wsgi"]
    refused = subprocess.run(
        command, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0
    assert "Connect as recovery_app" in refused.stderr


def pid():
    return of_this_connection("select pg_backend_pid()")


def test_the_clinic_does_not_outlive_its_transaction(committed):
    """After a commit, an exception, a request, a task; on one connection, so that nothing else cleaned it."""
    clinic = builders.a_clinic()
    ada = builders.a_person("ada", clinic=clinic, role="clinician")
    backend = pid()
    with in_clinic(clinic.id):
        patient = builders.a_patient(builders.acting(ada))
        assert of_this_connection(SETTING)[0][0] == str(clinic.id)
    left = {"commit": of_this_connection(SETTING)}
    with pytest.raises(ZeroDivisionError), in_clinic(clinic.id, person_id=ada.id):
        raise ZeroDivisionError
    left["exception"] = of_this_connection(SETTING)
    client = proven(Client(), ada)
    assert client.get(reverse("chart", args=[patient.id])).status_code == 200
    left["request"] = of_this_connection(SETTING)
    assert client.get(reverse("chart", args=[uuid.uuid4()])).status_code == 404
    left["refused request"] = of_this_connection(SETTING)
    with in_clinic(clinic.id):
        document = a_document(patient, ada)
    documents.render.apply(args=[str(clinic.id), str(document.id)], throw=True)
    left["task"] = of_this_connection(SETTING)
    with in_clinic(clinic.id):
        assert Document.objects.get().pages == 1
    # As a worker or a web process does between two pieces of work, within CONN_MAX_AGE.
    close_old_connections()
    left["reused connection"] = of_this_connection(SETTING)
    assert pid() == backend
    assert [where for where, settings in left.items() if any(settings[0])] == []
    assert Patient.objects.count() == 0
    told("D4", "setting", ends=len(left), left_over=0)


def a_document(patient, by, **fields):
    fields = {"entry_key": uuid.uuid4(), **fields}
    return request_document(patient, DocumentKind.LAB_PREPARATION, by=by, **fields)


def test_a_pool_hands_on_no_clinic(committed):
    """The next borrower of a pooled connection sees nothing, whatever the one before had set."""
    clinic = builders.a_clinic()
    with in_clinic(clinic.id):
        builders.a_patient(builders.acting(builders.a_person("ada", clinic=clinic, role="clinician")))
    counts, backends = [], set()
    address = role_url(os.environ["TEST_ADMIN_DSN"], APP, committed)
    with ConnectionPool(address, min_size=1, max_size=1, open=True) as pool:
        for clinic_id in (str(clinic.id), "", str(uuid.uuid4()), ""):
            with pool.connection() as borrowed:
                backends.add(borrowed.info.backend_pid)
                if clinic_id:
                    borrowed.execute("select set_config('app.clinic_id', %s, true)", [clinic_id])
                counts += borrowed.execute("select count(*) from patients_patient").fetchone()
    assert counts == [1, 0, 0, 0]
    assert len(backends) == 1


def test_a_setting_that_outlives_its_transaction_would_be_seen(committed):
    """The mistake that `set_config(..., false)` is: the drill's own reading sees it."""
    clinic = builders.a_clinic()
    execute("select set_config('app.clinic_id', %s, false) from {} limit 1", type(clinic), str(clinic.id))
    assert of_this_connection(SETTING)[0][0] == str(clinic.id)


@pytest.mark.parametrize("setting", ["", "not-a-uuid"])
def test_without_a_clinic_nothing_is_added(made, clinic, setting):
    """Unset the row is refused; what is no id at all is an error, and never a clinic."""
    execute("select set_config('app.clinic_id', %s, true) from {} limit 1", type(clinic), setting)
    for model in owned_models():
        with (
            pytest.raises(DatabaseError, match=r"row-level security|invalid input syntax"),
            transaction.atomic(),
        ):
            execute("insert into {} (id, clinic_id) values (gen_random_uuid(), %s)", model, clinic.id)


def test_what_another_clinic_holds_may_be_given_here_too(made, ada, mallory, clinic):
    """A number, a name, a key or a login that is taken elsewhere is free here, and nobody learns of it."""
    builders.acting(mallory)
    elsewhere = mallory.memberships.get().clinic
    builders.acting(ada)
    step = DoseStep.objects.filter(course=made.course).first()
    builders.acting(mallory)
    patient = builders.a_patient(mallory, mrn=made.patient.mrn)
    assert labs.register_laboratory(made.laboratory.name, by=mallory).name == made.laboratory.name
    course = builders.a_course(builders.an_episode(patient, by=mallory), by=mallory, entry_key=step.entry_key)
    document = a_document(patient, mallory, entry_key=made.document.entry_key)
    builders.acting(ada)
    max_ = builders.a_portal_patient("max", clinic=clinic, by=ada)
    admit(elsewhere, email=max_.email, full_name="Max", role=Role.PATIENT, by=None, password=None)
    builders.acting(mallory)
    assert give_portal_access(patient, person=max_, by=mallory).portal_person == max_
    # A key that was used here would give back what is stored under it.
    assert {course.patient_id, document.patient_id} == {patient.id}


def test_the_id_of_a_foreign_row_is_refused_without_a_word_of_it(made, mallory):
    """Ids are made by the server alone; whoever guessed one would still read nothing of the row."""
    builders.acting(mallory)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        execute(
            "insert into {} (id, clinic_id, name) values (%s, %s, 'x')",
            Laboratory,
            made.laboratory.id,
            mallory.standing.clinic_id,
        )
    assert "CNRY" not in str(refused.value)
    assert str(made.laboratory.id) not in str(refused.value)


def test_the_auditor_reads_and_writes_nothing(committed):
    """Not in his own read-only habit alone: he has no right to, on any table."""
    clinic = builders.a_clinic()
    with in_clinic(clinic.id):
        builders.a_patient(builders.acting(builders.a_person("ada", clinic=clinic, role="clinician")))
    with as_role(AUDITOR, committed) as auditor:
        auditor.execute("set transaction read write")
        auditor.execute("select set_config('app.clinic_id', %s, true)", [str(clinic.id)])
        assert auditor.execute("select count(*) from patients_patient").fetchone() == (1,)
        assert auditor.execute("select count(*) from audit_event").fetchone()[0] > 0
        rights = auditor.execute(
            "select relname, held from pg_class,"
            " unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) held"
            " where relnamespace = 'public'::regnamespace and relkind = 'r'"
            " and has_table_privilege(oid, held)"
        ).fetchall()
        assert rights == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            auditor.execute("delete from patients_patient")


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
