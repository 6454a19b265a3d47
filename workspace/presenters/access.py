"""Who saw and who changed a patient's record, as a page and as a table to take along."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Case, When
from django.utils import timezone

from accounts import tables
from accounts.models import Membership, Person
from audit.models import Event, EventQuerySet
from patients.models import Patient, PatientQuerySet

PAGE = 50
SORTS = {
    "when": ["happened_at", "id"],
    "who": ["who", "happened_at", "id"],
    "what": ["code", "action", "happened_at", "id"],
}
HEADINGS = {"when": "When", "who": "Who", "what": "What"}
NEWEST = "-when"
COLUMNS = [
    "When (UTC)",
    "Who",
    "Role",
    "Kind",
    "Action",
    "Object",
    "Object id",
    "Outcome",
    "Purpose",
    "Source address",
    "Request id",
]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column that sorts: its link, and how it is sorted now ("ascending", "descending" or "none")."""

    label: str
    url: str
    sorted: str


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One look or deed."""

    event: Event
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a patient in a period, and the names of the people in them by id."""

    found: EventQuerySet
    names: Mapping[uuid.UUID, str]

    def name_of(self, event: Event) -> str:
        """Who did it; the role where nobody of this clinic did."""
        return self.names.get(event.actor_id, event.actor_role) if event.actor_id else event.actor_role

    def sorted(self, sort: str) -> EventQuerySet:
        """By a column of SORTS, with "-" before it from the end."""
        by_name = sorted(self.names, key=lambda person_id: self.names[person_id])
        places = [When(actor_id=person_id, then=place) for place, person_id in enumerate(by_name)]
        ranked = self.found.annotate(who=Case(*places, default=-1))
        fields = SORTS[sort.removeprefix("-")]
        return ranked.order_by(*(f"-{name}" for name in fields) if sort.startswith("-") else fields)


@dataclass(frozen=True, slots=True)
class AccessPage:
    """Fifty events of a period; the addresses are empty where there is no such page."""

    rows: Sequence[AccessRow]
    total: int
    headings: Sequence[Heading]
    previous_url: str
    next_url: str
    query: str


def patient_by_mrn(admin: Person, mrn: str) -> Patient | None:
    """The patient of the admin's clinic with this number, if there is one."""
    return Patient.objects.named_to(admin).filter(mrn__iexact=mrn.strip()).first()


def patients_named_to(admin: Person) -> PatientQuerySet:
    """The patients whom an admin may name in a report."""
    return Patient.objects.named_to(admin)


def events_of(user: Person, patient_id: uuid.UUID, days: tuple[date, date]) -> Events:
    """A patient's events from the first day to the end of the last one, in the clinic's zone.

    Names are asked for once, in two queries: for as many people as there were, not for each event.
    """
    since, until = days
    found = (
        Event.objects.visible_to(user)
        .about(patient_id)
        .filter(happened_at__gte=_begin(since), happened_at__lt=_begin(until + timedelta(days=1)))
    )
    people = list(found.order_by().values_list("actor_id", flat=True).distinct())
    names = Membership.objects.visible_to(user).filter(person_id__in=people)
    return Events(found, dict(names.values_list("person_id", "person__full_name")))


def page_of(events: Events, *, sort: str, number: int, days: tuple[date, date]) -> AccessPage:
    """One page, in two queries. An unknown `sort` is the newest first; pages are counted from 1."""
    sort = sort if sort.removeprefix("-") in SORTS else NEWEST
    total = events.found.count()
    number = min(max(number, 1), max(1, -(-total // PAGE)))
    found = events.sorted(sort)[(number - 1) * PAGE : number * PAGE]
    period = {"since": days[0].isoformat(), "until": days[1].isoformat()}

    def url(page: int) -> str:
        is_there = 1 <= page <= -(-total // PAGE)
        return f"?{urlencode({**period, 'sort': sort, 'page': page})}" if is_there else ""

    return AccessPage(
        rows=[AccessRow(event, events.name_of(event), in_words(event.action)) for event in found],
        total=total,
        headings=[_heading(name, sort, period) for name in HEADINGS],
        previous_url=url(number - 1),
        next_url=url(number + 1),
        query=urlencode(period),
    )


def as_csv(events: Events) -> str:
    """Every event of the period, newest first, in a file that no spreadsheet takes for formulas."""
    rows = (_cells(event, events.name_of(event)) for event in events.sorted(NEWEST))
    return tables.as_csv(COLUMNS, rows)


def in_words(action: str) -> str:
    """ "labs.panel.amended" as "Panel amended"."""
    return " ".join(action.split(".")[1:]).replace("_", " ").capitalize()


def _cells(event: Event, who: str) -> list[str]:
    return [
        event.happened_at.astimezone(UTC).isoformat(),
        who,
        event.actor_role,
        event.get_code_display(),
        event.action,
        event.object_kind,
        event.object_id,
        event.get_outcome_display(),
        event.get_purpose_display(),
        event.source or "",
        event.request_id,
    ]


def _heading(name: str, sort: str, period: dict[str, str]) -> Heading:
    states = {name: "ascending", f"-{name}": "descending"}
    turned = f"-{name}" if sort == name else name
    return Heading(HEADINGS[name], f"?{urlencode({**period, 'sort': turned})}", states.get(sort, "none"))


def _begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
