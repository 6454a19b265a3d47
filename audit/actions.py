"""Adding to the audit record."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from audit.context import address, request_id, token
from audit.models import Event, Outcome, Purpose
from audit.verbs import code_of

SYSTEM = "system"


class Actor(Protocol):
    """Whoever acts: a person with an id and a role in the clinic."""

    @property
    def id(self) -> uuid.UUID: ...

    @property
    def role(self) -> str: ...


def record(
    action: str,
    *,
    by: Actor | None,
    clinic_id: uuid.UUID | None,
    object_kind: str,
    object_id: object,
    patient_id: uuid.UUID | None = None,
    details: Mapping[str, Any] | None = None,
    outcome: Outcome = Outcome.SUCCESS,
    purpose: Purpose = Purpose.TREATMENT,
) -> None:
    """Write one row in the caller's transaction, so that a deed without its record cannot be committed.

    `by` is None where the software acts by itself. `details` holds ids, field names and versions, never
    a clinical value or a name.
    """
    Event.objects.create(
        **_who_and_what(action, by=by, clinic_id=clinic_id, patient_id=patient_id),
        object_kind=object_kind,
        object_id=str(object_id),
        details={**(details or {}), **token()},
        outcome=outcome,
        purpose=purpose,
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to which record; `details` as in `record`."""

    clinic_id: uuid.UUID
    object_kind: str
    object_id: uuid.UUID
    patient_id: uuid.UUID | None
    details: Mapping[str, Any]


def record_each(action: str, *, by: Actor | None, deeds: Iterable[Deed]) -> None:
    """One row for each of several deeds of one kind, in one statement, in the caller's transaction."""
    Event.objects.bulk_create(
        Event(
            **_who_and_what(action, by=by, clinic_id=deed.clinic_id, patient_id=deed.patient_id),
            object_kind=deed.object_kind,
            object_id=str(deed.object_id),
            details=dict(deed.details),
            outcome=Outcome.SUCCESS,
            purpose=Purpose.TREATMENT,
        )
        for deed in deeds
    )


def record_looks(
    action: str,
    *,
    by: Actor,
    clinic_id: uuid.UUID,
    patient_ids: Iterable[uuid.UUID],
    purpose: Purpose = Purpose.TREATMENT,
) -> None:
    """One row for each patient shown on a page, in one statement."""
    Event.objects.bulk_create(
        Event(
            **_who_and_what(action, by=by, clinic_id=clinic_id, patient_id=patient_id),
            object_kind="patients.patient",
            object_id=str(patient_id),
            details=token(),
            outcome=Outcome.SUCCESS,
            purpose=purpose,
        )
        for patient_id in sorted(set(patient_ids), key=str)
    )


def _who_and_what(
    action: str, *, by: Actor | None, clinic_id: uuid.UUID | None, patient_id: uuid.UUID | None
) -> dict[str, Any]:
    return {
        "action": action,
        "code": code_of(action),
        "actor_id": by.id if by else None,
        "actor_role": by.role if by else SYSTEM,
        "clinic_id": clinic_id,
        "patient_id": patient_id,
        "source": address(),
        "request_id": request_id(),
    }
