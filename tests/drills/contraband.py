"""What is smuggled into forms: ids and keys of records that they must not reach, and names of columns."""

import json
import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import models
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Person, Role
from documents import actions as documents
from documents.models import DocumentKind
from patients import actions as patients
from patients.models import Patient
from tests import builders
from tests.drills.smuggling import Outcome, Sender, compared_models, rows_of
from tests.house.deeds import DEEDS, address
from tests.house.doors import DOORS, our_routes
from tests.house.everything import everything_of
from tests.house.source import APPS
from tests.proof import proven

FOREIGN = {"elsewhere", "other", "hidden"}
# Distinct, so that each is found wherever it comes to lie.
TEXT, NUMBER, DAY, ID = "SMUGGLED", 987654, "1987-06-05", "5a5a5a5a-5a5a-4a5a-8a5a-5a5a5a5a5a5a"


def hostile(field: Any) -> object:
    """A value for a column that would hurt, and that is known again where it was stored."""
    if field.choices:
        values = [str(value) for value, _ in field.flatchoices]
        return "admin" if "admin" in values else values[-1]
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.IntegerField | models.DecimalField):
        return NUMBER
    if isinstance(field, models.DateField):
        return DAY
    return ID if isinstance(field, models.UUIDField | models.ForeignKey) else TEXT


def every_column() -> dict[str, object]:
    """Each name of a field or column of the product's tables, with a value that would hurt there."""
    fields = [
        field
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for field in model._meta.concrete_fields
    ]
    return {name: hostile(field) for field in fields for name in (field.name, field.attname)}


def a_man(by: Any, *, named: str) -> Any:
    """Another patient of the same clinic, with one of everything whose id or key a form could carry."""
    patient = builders.a_patient(by, given_name=named, family_name=named)
    today = timezone.localdate()
    episode = builders.an_episode(patient, by=by, stopped=today - timedelta(days=90))
    course = builders.a_course(episode, by=by, starts_on=today - timedelta(days=60))
    builders.protocols.hold_course(
        course, on=today, reason=named, by=by, read_version=1, entry_key=uuid.uuid4()
    )
    builders.a_panel(patient, by=by, on=today - timedelta(days=9))
    note = builders.a_note(patient, by=by, text=named)
    patients.add_to_note(note, text=named, reason=named, by=by, entry_key=uuid.uuid4())
    documents.request_document(patient, DocumentKind.LAB_PREPARATION, by=by, entry_key=uuid.uuid4())
    return patient


class World:
    """Two clinics full of records, and in the first two more men: one to be seen, one hidden from ada.

    Where it is not `thorough`, the hidden man stands for every other one of the clinic.
    """

    def __init__(self, ada: Any, ben: Any, cal: Any, mallory: Any, *, thorough: bool) -> None:
        self.thorough = thorough
        self.ada = ada
        clinic = Membership.objects.get(person=ada).clinic
        self.amy = builders.a_person("amy", clinic=clinic, role=Role.ADMIN)
        dora = builders.a_person("dora", clinic=clinic, role=Role.CLINICIAN)
        self.made = everything_of(ada)
        self.other, self.hidden = a_man(ada, named="OTHERMAN"), a_man(ada, named="HIDDENMAN")
        # A key of his own record by somebody else's hand.
        builders.a_note(self.made.patient, by=builders.acting(ben), text="by ben")
        builders.acting(ada)
        builders.a_restriction(self.hidden, by=ada, carers=[dora])
        builders.acting(mallory)
        with mock.patch("tests.house.everything.CANARY", "ELSEWHERE"):
            everything_of(mallory)
        elsewhere = mallory.memberships.get().clinic
        builders.acting(ada)
        self.clinics = (clinic, elsewhere)
        self.portal = Membership.objects.get(person=cal)
        clients = {person: proven(Client(), person) for person in (self.ada, self.amy)}
        builders.acting(ada)
        self.before = rows_of(*self.clinics)
        self.senders = {
            person: Sender(client, self.clinics, self.before) for person, client in clients.items()
        }
        self.rows = {key: json.loads(text) for key, text in self.before.items()}

    def sender(self, name: str) -> Sender:
        """Somebody who may send this route's form."""
        audience = DOORS[name].audience if name in DOORS else {Role.CLINICIAN}
        return self.senders[self.ada if Role.CLINICIAN in audience else self.amy]

    def form(self, name: str) -> tuple[str, dict[str, Any]]:
        """The form that is valid for this route, with its address."""
        builders.acting(self.ada)
        [route] = [route for route in our_routes() if route.name == name]
        form = DEEDS[name](self.made, self.ada) if name in DEEDS else {"patient": self.made.patient.id}
        return address(route, self.made), form

    def model_of(self, found: str) -> type[Model] | None:
        """The model of the record with this id."""
        tables = {table for table, key in self.rows if key == found}
        return next((model for model in compared_models() if model._meta.db_table in tables), None)

    def whose(self, row: dict[str, Any]) -> str:
        """Of whom a row is: `elsewhere`, or one of the three men."""
        if row.get("clinic_id") == str(self.clinics[1].id):
            return "elsewhere"
        patient = row.get("patient_id")
        if row.get("note_id"):
            patient = self.rows["patients_note", row["note_id"]]["patient_id"]
        men = {self.other.id: "other", self.hidden.id: "hidden", self.made.patient.id: "himself"}
        return {str(key): name for key, name in men.items()}.get(patient or row["id"], "")

    def foreign(self, model: type[Model]) -> dict[str, str]:
        """Ids of this kind of record that the form must not reach, each by whose it is."""
        found: dict[str, str] = {}
        for (table, key), row in self.rows.items():
            whose = self.whose(row) if "id" in row else ""
            if table == model._meta.db_table and whose in FOREIGN:
                found.setdefault(whose, key)
        if model is Patient:
            return {whose: found[whose] for whose in self.others}
        if model is Membership:
            found["a patient's"] = str(self.portal.id)
        if model is Person:
            found["a patient"] = str(self.portal.person_id)
        if model._meta.db_table == "accounts_clinic":
            found["elsewhere"] = str(self.clinics[1].id)
        found["of another kind"] = str(self.other.id)
        return found

    def keys(self, tables: Collection[str]) -> list[tuple[str, str, str]]:
        """Keys under which forms became records: (whose, of what kind, key).

        Where this is not thorough, keys of what a form writes in `tables`, or of all where it writes nothing.
        """
        found: dict[tuple[str, str, str | None], str] = {}
        for (table, _), row in self.rows.items():
            if "entry_key" in row and self.whose(row):
                found.setdefault((self.whose(row), table, row.get("written_by_id")), row["entry_key"])
        keyed = {table for _, table, _ in found}
        wanted = keyed if self.thorough else (keyed & {*tables} or keyed)
        keys = [(whose, table, key) for (whose, table, _), key in found.items()]
        return sorted(each for each in keys if each[1] in wanted and self._is_asked(*each[:2]))

    def _is_asked(self, whose: str, table: str) -> bool:
        # What another clinic holds is not there for the database either: two kinds are enough.
        if whose == "elsewhere":
            return table in {"labs_panel", "protocols_dosestep"}
        return self.thorough or whose != "other"

    @property
    def others(self) -> tuple[str, ...]:
        """Whose ids are tried in fields that many forms share."""
        return ("elsewhere", "other", "hidden") if self.thorough else ("hidden",)

    def is_foreign(self, table: str, key: str) -> bool:
        """Whether a row that stood before belongs to another clinic or to another man of this one."""
        row = self.rows.get((table, key), {})
        return "id" in row and self.whose(row) in FOREIGN

    def shown_of(self, outcome: Outcome, *, but: Collection[str] = ()) -> set[str]:
        """What an answer shows of a man or a clinic whom the form is not about."""
        text = outcome.shown + outcome.leads_to
        words = {word for word in ("OTHERMAN", "HIDDENMAN", "ELSEWHERE") if word in text}
        foreign = {key for table, key in self.rows if key in text and self.is_foreign(table, key)}
        return words | foreign - set(but)
