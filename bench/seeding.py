"""The clinic that is measured: one man's record made by the product's actions, and thousands of copies."""

import hashlib
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from django.db import connection, models, transaction
from django.test import Client
from django.utils import timezone
from psycopg import sql

from accounts.models import Clinic, Person
from accounts.tenancy import act_for
from labs import actions as labs
from labs.models import Panel, Result
from monitoring.actions import evaluate_episode
from monitoring.models import Evaluation, Flag, Milestone, Retest
from patients.actions import search_key
from patients.models import Episode, Exposure, Patient
from protocols.models import Course, DoseStep
from tests import builders

# In the order in which rows refer to one another.
OF_A_PATIENT: Sequence[type[models.Model]] = (
    Exposure,
    Episode,
    Course,
    DoseStep,
    Panel,
    Result,
    Evaluation,
    Retest,
    Milestone,
)
# Keys that name the copy and not the original, beside primary and foreign keys.
OF_THE_COPY = {"entry_key", "satisfied_by"}
BATCH = 4_000
# Of 20,000 men 200 have an open flag, 50 an unread panel, and 50 are due.
FLAG_IN = 100
UNREAD_IN = DUE_IN = 400

ONSETS = ("Ba", "Ca", "Da", "Fe", "Ga", "Ho", "Ja", "Ka", "Li", "Ma", "Ne", "Or", "Pe", "Ra", "Sa", "To")
MIDDLES = ("bel", "den", "fri", "gan", "hur", "lam", "mor", "nis", "ple", "ros", "sti", "ver")
ENDS = ("er", "i", "man", "o", "sen", "son", "ski", "ton", "u", "well")
GIVEN = (
    "Adam",
    "Boris",
    "Carlos",
    "Daniel",
    "Emil",
    "Farid",
    "Georg",
    "Hugo",
    "Ivan",
    "Jonas",
    "Karim",
    "Luis",
)
VALUES = {"TT": "310", "LH": "4.8", "FSH": "5.1", "E2": "31", "SHBG": "33", "HCT": "54.6"}


@dataclass(frozen=True, slots=True)
class World:
    """A clinic with its clinician, and its patients in the order in which they were made."""

    clinic: Clinic
    ada: Person
    patient_ids: Sequence[uuid.UUID]

    def enter(self) -> None:
        """Act for the clinic until the open transaction ends."""
        act_for(clinic_id=self.clinic.id, person_id=self.ada.id)

    def client(self) -> Client:
        """A browser in which the clinician is logged in."""
        client = Client(SERVER_NAME="localhost")
        client.force_login(self.ada)
        return client

    def patient(self, number: int) -> Patient:
        """One of the copies, in turn for ever."""
        with transaction.atomic():
            self.enter()
            return Patient.objects.get(pk=self.patient_ids[number % len(self.patient_ids)])


@transaction.atomic
def seed(name: str, *, patients: int) -> World:
    """A clinic in which everybody has an episode, a course, six results and a next retest."""
    clinic = builders.a_clinic(name)
    ada = builders.acting(builders.a_person("ada", clinic=clinic, role="clinician"))
    first = _first_man(ada)
    rows = _rows_of(first)
    flags = list(Flag.objects.filter(patient=first).open().worst_first())
    # Written directly, which only actions may do in the product: 20,000 registrations by actions would
    # take minutes, and every row is a copy of one that actions wrote.
    ids = [copy_of(first.id, number) for number in range(patients)]
    for start in range(0, patients, BATCH):
        numbers = range(start, min(start + BATCH, patients))
        Patient.objects.bulk_create(_named(first, number) for number in numbers)
        for of_a_table in rows:
            _copy(of_a_table, numbers)
        for number in numbers[::FLAG_IN]:
            _copy([flags[number // FLAG_IN % len(flags)]], range(number, number + 1))
    Panel.objects.filter(patient__in=ids[1::UNREAD_IN]).update(reviewed_at=None, reviewed_by=None)
    soonest = Retest.objects.waiting().filter(patient=first)[0]
    _plan(Retest.objects.filter(patient__in=ids[2::DUE_IN], key=soonest.key), in_days=-1)
    return World(clinic, ada, ids)


def copy_of(key: uuid.UUID, number: int) -> uuid.UUID:
    """The key of a row's copy with this number, as the database makes it too."""
    return uuid.UUID(hashlib.md5(f"{key}{number}".encode(), usedforsecurity=False).hexdigest())


def _first_man(ada: Person) -> Patient:
    """A patient in mid-recovery whose record actions wrote and rules judged, with his next retest to come."""
    today = timezone.localdate()
    patient = builders.a_patient(ada, family_name="Template")
    episode = builders.an_episode(patient, by=ada, stopped=today - timedelta(days=120))
    builders.a_course(episode, by=ada, starts_on=today - timedelta(days=90))
    panel = builders.a_panel(patient, by=ada, on=today - timedelta(days=10), **VALUES)
    labs.review_panel(panel, by=ada)
    evaluate_episode(episode.id, clinic_id=episode.clinic_id)
    builders.acting(ada)
    _plan(Retest.objects.filter(patient=patient), in_days=37)
    return Patient.objects.get(pk=patient.pk)


def _rows_of(patient: Patient) -> list[list[models.Model]]:
    whose = {Result: "panel__patient"}
    return [
        list(model._default_manager.filter(**{whose.get(model, "patient"): patient}))
        for model in OF_A_PATIENT
    ]


def _copy(rows: Sequence[models.Model], numbers: range) -> None:
    """Copies of rows of one table, with keys of their own that refer to one another as the first ones do."""
    if not rows:
        return
    fields = rows[0]._meta.concrete_fields
    columns = [sql.Identifier(field.column) for field in fields]
    copied = [
        sql.SQL("md5({}::text || number)::uuid").format(column) if _is_of_the_copy(field) else column
        for field, column in zip(fields, columns, strict=True)
    ]
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {copied} FROM {table}, generate_series(%s, %s) number"
        " WHERE id = ANY(%s)"
    ).format(
        table=sql.Identifier(rows[0]._meta.db_table),
        columns=sql.SQL(", ").join(columns),
        copied=sql.SQL(", ").join(copied),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [numbers.start, numbers.stop - 1, [row.pk for row in rows]])


def _is_of_the_copy(field: Any) -> bool:
    return field.primary_key or field.name in OF_THE_COPY or field.related_model in {Patient, *OF_A_PATIENT}


def _named(first: Patient, number: int) -> Patient:
    patient = Patient(
        id=copy_of(first.id, number),
        clinic_id=first.clinic_id,
        mrn=f"B{number:06d}",
        family_name=ONSETS[number % 16] + MIDDLES[number // 16 % 12] + ENDS[number // 192 % 10],
        given_name=GIVEN[number // 7 % 12],
        date_of_birth=date(1960, 1, 1) + timedelta(days=number * 37 % 14_000),
        registered_by_id=first.registered_by_id,
    )
    patient.search_key = search_key(patient)
    return patient


def _plan(retests: models.QuerySet[Retest], *, in_days: int) -> None:
    target = timezone.localdate() + timedelta(days=in_days)
    week = timedelta(days=7)
    retests.update(earliest_on=target - week, target_on=target, latest_on=target + week)


def settle() -> None:
    """What the server does by itself within a minute of such a load: tidy the tables and count their rows.

    Done by the tables' owner, the one role that may.
    """
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owned = "SELECT tablename FROM pg_tables WHERE tableowner = current_user AND schemaname = 'public'"
        for (table,) in owner.execute(owned).fetchall():
            owner.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
