"""Plain functions that make records by the product's own actions: no test stands on an unreachable state."""

import itertools
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.actions import admit, found_clinic, take_standing
from accounts.models import Clinic, Person, Role
from accounts.tenancy import act_for
from clinical.readings import parse_reading
from clinical.rulebook import load_rulebook
from labs import actions as labs
from labs.models import Laboratory, Panel, PanelKind, SpermSeen, YesNoUnknown
from patients import actions as patients
from patients.models import (
    EmergencyAccess,
    EmergencyReason,
    Episode,
    Goal,
    Note,
    Patient,
    Restriction,
    RestrictionReason,
)
from protocols import actions as protocols
from protocols.models import Course, ProtocolVersion, VersionState

PASSWORD = "correct horse battery staple"
UNITS = {
    "TT": "ng/dL",
    "LH": "[IU]/L",
    "FSH": "[IU]/L",
    "E2": "pg/mL",
    "SHBG": "nmol/L",
    "PRL": "ng/mL",
    "HCT": "%",
    "SVOL": "mL",
    "SCONC": "10*6/mL",
    "SMOT": "%",
    "SPR": "%",
    "SMORPH": "%",
}
_numbers = itertools.count(1)


def a_clinic(name: str = "Harbour Clinic", *, time_zone: str = "Europe/London") -> Clinic:
    return found_clinic(name, time_zone=time_zone, address="1 Quay Street", phone="020 7946 0000")


def a_person(name: str, *, clinic: Clinic, role: str, password: str = PASSWORD) -> Person:
    person = admit(
        clinic,
        email=f"{name}@{clinic.name.split()[0].lower()}.example",
        full_name=name.title(),
        role=Role(role),
        by=None,
        password=None,
    )
    person.password = _hash_of(password)
    person.save(update_fields=["password"])
    return person


@cache
def _hash_of(password: str) -> str:
    """Once for a run: a hash is costly on purpose, and nearly every test has people."""
    return make_password(password)


def acting(person: Person) -> Person:
    """Let the test's transaction act for this person's clinic."""
    return take_standing(person)


def act_for_clinic(clinic: Clinic) -> None:
    act_for(clinic_id=clinic.id)


def a_patient(by: Person, **fields: Any) -> Patient:
    number = next(_numbers)
    defaults = {
        "mrn": f"H{number:05d}",
        "family_name": "Okafor",
        "given_name": "Daniel",
        "date_of_birth": date(1988, 5, 17),
    }
    return patients.register_patient(by=by, **{**defaults, **fields})


def a_portal_patient(name: str, *, clinic: Clinic, by: Person) -> Person:
    """Somebody with portal access; `person.patient` is his record."""
    person = a_person(name, clinic=clinic, role="patient")
    patient = a_patient(by, given_name=name.title(), family_name="Bright", email=person.email)
    person.patient = patients.give_portal_access(patient, person=person, by=by)
    return person


def a_restriction(patient: Patient, *, by: Person, carers: Any = None, words: str = "") -> Restriction:
    """Only `carers` see the record from now on; `by` himself where nobody is named."""
    people = [each.id for each in carers or [by]]
    return patients.restrict(patient, reason=RestrictionReason.COLLEAGUE, words=words, carers=people, by=by)


def a_broken_glass(
    patient: Patient, *, by: Person, explanation: str = "collapsed in the waiting room", is_over: bool = False
) -> EmergencyAccess:
    """An emergency access that begins now; one that `is_over` was ended at once."""
    access = patients.break_glass(
        patient, reason=EmergencyReason.EMERGENCY, explanation=explanation, entry_key=uuid.uuid4(), by=by
    )
    return patients.end_emergency(access, by=by) if is_over else access


def an_episode(
    patient: Patient,
    *,
    by: Person,
    stopped: date | None = date(2026, 1, 12),
    goal: Goal = Goal.TESTOSTERONE,
    formulation: str = "testosterone_cypionate",
) -> Episode:
    """An episode whose last dose was on `stopped`; None is still on testosterone."""
    exposure = patients.record_exposure(
        patient,
        by=by,
        formulation=formulation,
        dose="160 mg a week",
        started_on=date(2024, 1, 8),
        last_dose_on=stopped,
    )
    return patients.open_episode(patient, exposure=exposure, goal=goal, by=by)


def a_laboratory(by: Person, name: str = "City Laboratory") -> Laboratory:
    found = Laboratory.objects.filter(clinic_id=by.acting.clinic_id, name=name).first()
    return found or labs.register_laboratory(name, by=by)


def entered(analyte: str, text: str, unit: str | None = None) -> labs.Entered:
    unit = unit or UNITS[analyte]
    return labs.Entered(parse_reading(analyte, text, unit), text, unit)


def collection(on: date | datetime, **fields: Any) -> labs.Collection:
    """Collected at 08:00 London time on a day, fasting."""
    if not isinstance(on, datetime):
        on = datetime(on.year, on.month, on.day, 8, tzinfo=UTC)
    return labs.Collection(
        **{"collected_at": on, "zone": "Europe/London", "fasting": YesNoUnknown.YES, **fields}
    )


def a_panel(
    patient: Patient, *, by: Person, on: date = date(2026, 3, 2), confirmed: bool = True, **values: str
) -> Panel:
    """A blood panel: `a_panel(patient, by=ada, TT="410", LH="<0.1")`, in the usual units."""
    return labs.record_panel(
        patient,
        by=by,
        laboratory=a_laboratory(by),
        kind=PanelKind.BLOOD,
        collection=collection(on),
        entered=[entered(analyte, text) for analyte, text in (values or {"TT": "410", "LH": "4.8"}).items()],
        entry_key=uuid.uuid4(),
        confirmed=confirmed,
    )


def a_semen_analysis(
    patient: Patient,
    *,
    by: Person,
    on: date = date(2026, 3, 2),
    seen: SpermSeen = SpermSeen.COUNTED,
    **values: str,
) -> Panel:
    return labs.record_panel(
        patient,
        by=by,
        laboratory=a_laboratory(by),
        kind=PanelKind.SEMEN,
        collection=collection(on),
        entered=[
            entered(analyte, text)
            for analyte, text in (values or {"SVOL": "2.4", "SCONC": "19", "SMOT": "46", "SPR": "35"}).items()
        ],
        entry_key=uuid.uuid4(),
        semen=labs.SemenDetails(sperm_seen=seen, abstinence_days=Decimal(3)),
        confirmed=True,
    )


def a_dose(amount: str = "25", frequency: str = "every_other_day", unit: str = "mg") -> protocols.Dose:
    return protocols.Dose(Decimal(amount), unit, frequency)


def a_course(
    episode: Episode,
    *,
    by: Person,
    drug: str = "clomiphene",
    starts_on: date = date(2026, 1, 26),
    **fields: Any,
) -> Course:
    defaults = {"dose": a_dose(), "reason": "Start of protocol", "entry_key": uuid.uuid4()}
    return protocols.start_course(episode, drug=drug, starts_on=starts_on, by=by, **{**defaults, **fields})


def a_draft_protocol(by: Person, *, copied: str = "serm", **content: Any) -> ProtocolVersion:
    """A draft of the clinic, copied from the shipped library: `a_draft_protocol(ada, name="Ours")`."""
    shipped = load_rulebook().protocols.by_key[copied]
    return protocols.begin_protocol(
        replace(shipped.content, **content),
        copied_from=f"{shipped.key} {shipped.version}",
        by=by,
        entry_key=uuid.uuid4(),
    )


def a_published_protocol(by: Person, *, reviewer: Person, words: str = "", **content: Any) -> ProtocolVersion:
    """A protocol of the clinic, written by one person and published by another."""
    draft = a_draft_protocol(acting(by), **content)
    waiting = protocols.move_version(
        draft, to=VersionState.IN_REVIEW, words=words, read_version=draft.version, by=by
    )
    return protocols.publish_version(waiting, words=words, read_version=waiting.version, by=acting(reviewer))


def a_draft_note(patient: Patient, *, by: Person, text: str = "He feels better.", **fields: Any) -> Note:
    """The author's own draft about this patient; he must not have one yet."""
    typed = {"clinicians_only": False, "read_version": 0, "entry_key": uuid.uuid4(), **fields}
    draft = patients.save_note_draft(patient, text=text, by=by, **typed)
    assert draft is not None
    return draft


def a_note(patient: Patient, *, by: Person, text: str = "He feels better.", **fields: Any) -> Note:
    """A note that its author has signed."""
    draft = a_draft_note(patient, by=by, text=text, **fields)
    return patients.sign_note(draft, read_version=draft.version, by=by)


def days_ago(days: int, *, today: date) -> date:
    return today - timedelta(days=days)
