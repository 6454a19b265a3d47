"""The clinic that is measured: one man's record made by the product's actions, and thousands of copies."""

import copy
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from django.db import models, transaction
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

# In the order in which rows refer to one another; rows that belong to a patient.
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
BATCH = 1_000
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
    ids: list[uuid.UUID] = []
    # Written directly, which only actions may do in the product: 20,000 registrations by actions would
    # take minutes, and every row is a copy of one that actions wrote.
    for start in range(0, patients, BATCH):
        made: dict[type[models.Model], list[Any]] = {}
        for number in range(start, min(start + BATCH, patients)):
            for row in _another_man(first, number, today=timezone.localdate()):
                made.setdefault(type(row), []).append(row)
        for model, rows in made.items():
            model._base_manager.bulk_create(rows)
        ids += [patient.id for patient in made[Patient]]
    return World(clinic, ada, ids)


def _first_man(ada: Person) -> Sequence[models.Model]:
    """The rows of a patient in mid-recovery, as actions and the evaluation left them, and his flags."""
    today = timezone.localdate()
    patient = builders.a_patient(ada, family_name="Template")
    episode = builders.an_episode(patient, by=ada, stopped=today - timedelta(days=120))
    builders.a_course(episode, by=ada, starts_on=today - timedelta(days=90))
    panel = builders.a_panel(
        patient,
        by=ada,
        on=today - timedelta(days=10),
        TT="310",
        LH="4.8",
        FSH="5.1",
        E2="31",
        SHBG="33",
        HCT="54.6",
    )
    labs.review_panel(panel, by=ada)
    evaluate_episode(episode.id, clinic_id=episode.clinic_id)
    builders.acting(ada)
    rows: list[models.Model] = [Patient.objects.get(pk=patient.pk)]
    for model in OF_A_PATIENT:
        whose = "panel__patient" if model is Result else "patient"
        rows += model._default_manager.filter(**{whose: patient})
    return [*rows, *Flag.objects.filter(patient=patient).open().worst_first()]


def _another_man(first: Sequence[models.Model], number: int, *, today: date) -> Iterator[models.Model]:
    """A copy of the first man's rows under another name; one in FLAG_IN has an open flag."""
    renamed = {row.pk: uuid.uuid4() for row in first}
    flags = [row for row in first if isinstance(row, Flag)]
    flag = flags[number // FLAG_IN % len(flags)] if number % FLAG_IN == 0 else None
    for row in first:
        if isinstance(row, Flag) and row is not flag:
            continue
        twin = _twin(row, renamed)
        match twin:
            case Patient():
                _name(twin, number)
            case Panel() if number % UNREAD_IN == 1:
                twin.reviewed_at = twin.reviewed_by = None
            case Retest():
                _plan(twin, today, is_due=number % DUE_IN == 2)
        yield twin


def _twin(row: models.Model, renamed: dict[Any, uuid.UUID]) -> models.Model:
    twin = copy.copy(row)
    twin._state = models.base.ModelState()
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.attname == "entry_key":
            twin.entry_key = uuid.uuid4()  # type: ignore[attr-defined]
        elif isinstance(value, uuid.UUID) and value in renamed:
            setattr(twin, field.attname, renamed[value])
    return twin


def _name(patient: Patient, number: int) -> None:
    patient.mrn = f"B{number:06d}"
    patient.family_name = (
        ONSETS[number % len(ONSETS)] + MIDDLES[number // 16 % len(MIDDLES)] + ENDS[number // 192 % len(ENDS)]
    )
    patient.given_name = GIVEN[number // 7 % len(GIVEN)]
    patient.date_of_birth = date(1960, 1, 1) + timedelta(days=number * 37 % 14_000)
    patient.search_key = search_key(patient)


def _plan(retest: Retest, today: date, *, is_due: bool) -> None:
    """Due since yesterday, or not before next month."""
    target = today + timedelta(days=-1 if is_due else 37)
    retest.earliest_on, retest.latest_on = target - timedelta(days=7), target + timedelta(days=7)
    retest.target_on = target


def settle() -> None:
    """What the server does by itself within a minute of such a load: tidy the tables and count their rows.

    Done by the tables' owner, the one role that may.
    """
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owned = "SELECT tablename FROM pg_tables WHERE tableowner = current_user AND schemaname = 'public'"
        for (table,) in owner.execute(owned).fetchall():
            owner.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
