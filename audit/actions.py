"""Adding to the audit record."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from audit.models import Event

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
) -> None:
    """Write one row in the caller's transaction, so that a deed without its record cannot be committed.

    `by` is None where the software acts by itself. `details` holds ids, field names and versions, never
    a clinical value or a name.
    """
    Event.objects.create(
        action=action,
        actor_id=by.id if by else None,
        actor_role=by.role if by else SYSTEM,
        clinic_id=clinic_id,
        object_kind=object_kind,
        object_id=str(object_id),
        patient_id=patient_id,
        details=dict(details or {}),
    )


def record_looks(action: str, *, by: Actor, clinic_id: uuid.UUID, patient_ids: Iterable[uuid.UUID]) -> None:
    """One row for each patient shown on a page, in one statement."""
    Event.objects.bulk_create(
        Event(
            action=action,
            actor_id=by.id,
            actor_role=by.role,
            clinic_id=clinic_id,
            object_kind="patients.patient",
            object_id=str(patient_id),
            patient_id=patient_id,
        )
        for patient_id in sorted(set(patient_ids), key=str)
    )
