"""Restricted records and who broke the glass, for the clinic admin who reviews it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q

from accounts.models import Person
from audit.models import Event, EventQuerySet, Purpose
from patients.models import EmergencyAccess, Patient, Restriction
from patients.models.restricting import MOST_ATTEMPTS
from workspace.presenters.access import AccessRow, in_words

REVIEWED_SHOWN = 20
EVENTS_SHOWN = 200
# The database marks what was being made when an access ended: see the trigger emergency_access_is_tagged.
GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One emergency access: whose, by whom, and how much was seen and done."""

    access: EmergencyAccess
    patient: Patient
    is_open: bool
    events: int

    @property
    def is_given_up(self) -> bool:
        """Whether the notice waits for somebody to try again."""
        return self.access.notified_at is None and self.access.notice_attempts >= MOST_ATTEMPTS

    @property
    def notice(self) -> str:
        """How the notice to the admins stands."""
        if self.access.notified_at:
            return "sent"
        return "could not be sent" if self.is_given_up else "being sent"


@dataclass(frozen=True, slots=True)
class RestrictedRow:
    """A record that is restricted, and how many people see it."""

    restriction: Restriction
    patient: Patient
    carers: int


@dataclass(frozen=True, slots=True)
class Emergencies:
    """What waits for review, what was reviewed last, and the records that are restricted."""

    to_review: Sequence[QueueRow]
    reviewed: Sequence[QueueRow]
    restricted: Sequence[RestrictedRow]

    @property
    def patient_ids(self) -> set[uuid.UUID]:
        rows = [*self.to_review, *self.reviewed, *self.restricted]
        return {row.patient.id for row in rows}


@dataclass(frozen=True, slots=True)
class Reviewing:
    """One emergency access with every look and deed of it."""

    row: QueueRow
    events: Sequence[AccessRow]
    hidden: int


def emergencies_of(admin: Person) -> Emergencies:
    """The queue and the restricted records, in a fixed number of queries."""
    every = EmergencyAccess.objects.visible_to(admin).select_related("person", "reviewed_by")
    waiting = list(every.to_review())
    done = list(every.exclude(reviewed_at=None).order_by("-reviewed_at")[:REVIEWED_SHOWN])
    restrictions = list(
        Restriction.objects.visible_to(admin)
        .in_force()
        .annotate(named=Count("carers", filter=Q(carers__dropped_at=None)))
        .order_by("placed_at", "id")
    )
    patient_ids = {row.patient_id for row in [*waiting, *done, *restrictions]}
    names = Patient.objects.named_to(admin).in_bulk(patient_ids)
    counts, lasting = _counts([*waiting, *done], admin), _lasting(admin)

    def row(access: EmergencyAccess) -> QueueRow:
        return QueueRow(access, names[access.patient_id], access.id in lasting, counts.get(access.id, 0))

    return Emergencies(
        to_review=[row(access) for access in waiting],
        reviewed=[row(access) for access in done],
        restricted=[RestrictedRow(each, names[each.patient_id], each.named) for each in restrictions],
    )


def waiting_count(admin: Person) -> int:
    """How many emergency accesses wait for review."""
    return EmergencyAccess.objects.visible_to(admin).to_review().count()


def reviewing_of(access: EmergencyAccess, admin: Person) -> Reviewing:
    """One access with the events that were made under it, oldest first."""
    patient = Patient.objects.named_to(admin).get(pk=access.patient_id)
    events = events_under(access, admin).order_by("happened_at", "id")
    total = events.count()
    shown = [
        AccessRow(event, access.person.full_name, in_words(event.action)) for event in events[:EVENTS_SHOWN]
    ]
    row = QueueRow(access, patient, access.id in _lasting(admin), total)
    return Reviewing(row, shown, total - len(shown))


def events_under(access: EmergencyAccess, admin: Person) -> EventQuerySet:
    """Whatever the person saw of the patient and did to his record during this access."""
    return (
        Event.objects.visible_to(admin)
        .about(access.patient_id)
        .filter(
            actor_id=access.person_id,
            purpose=Purpose.EMERGENCY,
            happened_at__gte=access.began_at,
            happened_at__lt=access.ends_at + GRACE,
        )
    )


def _lasting(admin: Person) -> set[uuid.UUID]:
    return set(EmergencyAccess.objects.visible_to(admin).open().values_list("id", flat=True))


def _counts(accesses: Sequence[EmergencyAccess], admin: Person) -> dict[uuid.UUID, int]:
    """How many events each of them has, in one query."""
    patients, people = {each.patient_id for each in accesses}, {each.person_id for each in accesses}
    tagged = Event.objects.visible_to(admin).filter(
        purpose=Purpose.EMERGENCY, patient_id__in=patients, actor_id__in=people
    )
    found: dict[uuid.UUID, int] = {}
    for patient_id, actor_id, at in tagged.values_list("patient_id", "actor_id", "happened_at"):
        for each in accesses:
            is_his = (each.patient_id, each.person_id) == (patient_id, actor_id)
            if is_his and each.began_at <= at < each.ends_at + GRACE:
                found[each.id] = found.get(each.id, 0) + 1
    return found
