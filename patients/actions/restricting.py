"""Restricting a record to named carers, changing who they are, and lifting it."""

import uuid
from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import CARE_TEAM, Membership, Person, Role
from audit import actions as audit
from audit.models import Purpose
from patients.models import EmergencyAccess, NamedCarer, Patient, Restriction, RestrictionReason


class NotPossible(Exception):
    """The record's state does not allow this; the sentence says why."""


class Overtaken(NotPossible):
    """Somebody else changed it after the form was drawn."""


def may_restrict(patient: Patient, person: Person) -> bool:
    """The clinic's admin, or a clinician who sees the record without having broken its glass.

    Else an hour of emergency access could be made into sight for good.
    """
    if person.role == Role.ADMIN:
        return patient.clinic_id == person.acting.clinic_id
    if person.role != Role.CLINICIAN or not Patient.objects.visible_to(person).filter(pk=patient.pk).exists():
        return False
    restriction = restriction_of(patient)
    return restriction is None or restriction.carers.current().filter(person=person).exists()


def restriction_of(patient: Patient) -> Restriction | None:
    """The restriction in force."""
    return Restriction.objects.in_force().filter(clinic_id=patient.clinic_id, patient=patient).first()


@transaction.atomic
def restrict(
    patient: Patient, *, reason: RestrictionReason, words: str, carers: Collection[uuid.UUID], by: Person
) -> Restriction:
    """Let only these people see the record from now on. Raises NotPossible where it is restricted already,
    or where no clinician would be left."""
    refuse_unless(may_restrict(patient, by))
    Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    if restriction_of(patient):
        raise Overtaken("This record is restricted already; the page shows how.")
    restriction = Restriction.objects.create(
        clinic_id=patient.clinic_id, patient=patient, reason=reason, note=words.strip(), placed_by=by
    )
    _name(restriction, _known_carers(patient.clinic_id, carers), by=by)
    note("patients.restriction.added", restriction, by=by, reason=reason.value)
    return restriction


@transaction.atomic
def name_carers(
    restriction: Restriction, *, carers: Collection[uuid.UUID], read_version: int, by: Person
) -> Restriction:
    """Let exactly these people see the record. Raises Overtaken; NotPossible where no clinician is left."""
    restriction = _lock(restriction, read_version=read_version, by=by)
    wanted = _known_carers(restriction.clinic_id, carers)
    now = set(restriction.carers.current().values_list("person_id", flat=True))
    dropped = restriction.carers.current().exclude(person_id__in=wanted)
    gone = sorted(str(each) for each in dropped.values_list("person_id", flat=True))
    dropped.update(dropped_at=Now(), dropped_by=by)
    _name(restriction, wanted - now, by=by)
    _raise_version(restriction)
    named = sorted(str(each) for each in wanted - now)
    note("patients.restriction.changed", restriction, by=by, named=named, dropped=gone)
    return restriction


@transaction.atomic
def lift_restriction(restriction: Restriction, *, reason: str, read_version: int, by: Person) -> Restriction:
    """Let the whole care team see the record again; whoever had broken its glass needs that no more."""
    restriction = _lock(restriction, read_version=read_version, by=by)
    restriction.carers.current().update(dropped_at=Now(), dropped_by=by)
    restriction.emergencies.open().update(ends_at=Now(), ended_by=by)
    lifted = Restriction.objects.filter(pk=restriction.pk)
    lifted.update(lifted_at=Now(), lifted_by=by, lift_reason=reason.strip())
    _raise_version(restriction)
    restriction.refresh_from_db()
    note("patients.restriction.removed", restriction, by=by)
    return restriction


def refuse_unless(may: bool) -> None:
    """Raises PermissionDenied where the person may not."""
    if not may:
        raise PermissionDenied("This is not yours to do for this record.")


def _lock(restriction: Restriction, *, read_version: int, by: Person) -> Restriction:
    refuse_unless(may_restrict(restriction.patient, by))
    restriction = Restriction.objects.select_for_update(of=("self",)).get(pk=restriction.pk)
    if restriction.version != read_version or restriction.lifted_at is not None:
        raise Overtaken("Somebody else changed this restriction in the meantime; the page shows it as it is.")
    return restriction


def _raise_version(restriction: Restriction) -> None:
    Restriction.objects.filter(pk=restriction.pk).update(version=F("version") + 1)
    restriction.refresh_from_db(fields=["version"])


def _known_carers(clinic_id: uuid.UUID, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of them who are clinicians or staff of the clinic now."""
    members = Membership.objects.current().filter(
        clinic_id=clinic_id, person_id__in=people, role__in=CARE_TEAM
    )
    known = dict(members.values_list("person_id", "role"))
    if Role.CLINICIAN not in known.values():
        raise NotPossible("Carers: found no clinician among them. Accepted: at least one clinician.")
    return set(known)


def _name(restriction: Restriction, people: Collection[uuid.UUID], *, by: Person) -> None:
    NamedCarer.objects.bulk_create(
        NamedCarer(clinic_id=restriction.clinic_id, restriction=restriction, person_id=each, named_by=by)
        for each in sorted(people, key=str)
    )


def note(action: str, row: Restriction | EmergencyAccess, *, by: Person, **details: Any) -> None:
    """Write it down; what an admin does here is running the clinic."""
    audit.record(
        action,
        by=by,
        clinic_id=row.clinic_id,
        object_kind=row._meta.label_lower,
        object_id=row.pk,
        patient_id=row.patient_id,
        details=details,
        purpose=Purpose.OPERATIONS if by.role == Role.ADMIN else Purpose.TREATMENT,
    )
