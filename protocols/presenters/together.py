"""The desk on which a protocol is started: its drugs for this patient, each with what speaks against it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from accounts.models import Person
from clinical import drugs
from clinical.protocols import Component
from patients.models import Episode, Patient
from protocols.actions import Around, Dose, Ordered, around, checks_in, weekly_of
from protocols.models import Course
from protocols.presenters.library import Chosen
from protocols.presenters.ordering import LATEST_DAYS, OLDEST_DAYS, LatestResult, latest_results
from protocols.presenters.reading_back import DoseCheck
from protocols.presenters.retests import Coming, retests_after
from protocols.presenters.sheet import Part, Sheet, part_of, sheet_of
from protocols.presenters.words import dose_words, from_words

# A protocol's first windows are more than a single drug's.
RETESTS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Place:
    """One drug of the protocol for this patient. `running` is a course of it that he takes already."""

    component: Component
    part: Part
    drug: drugs.Drug
    running: Course | None

    @property
    def may_order(self) -> bool:
        return self.running is None


@dataclass(frozen=True, slots=True)
class TogetherDesk:
    """Everything that the orders of a protocol start from."""

    patient: Patient
    episode: Episode
    chosen: Chosen
    sheet: Sheet
    places: Sequence[Place]
    later: Sequence[Part]
    met: Around
    results: Sequence[LatestResult]
    today: date
    earliest: date
    latest: date

    @property
    def starts_on(self) -> date:
        """From which day it is proposed: from the effective stop, where that is still to come."""
        stop = self.episode.effective_stop_on
        return min(max(self.today, stop), self.latest) if stop else self.today

    def check(self, orders: Mapping[str, tuple[Dose, date]]) -> dict[str, DoseCheck]:
        """What speaks against each of these orders, placed together."""
        return {key: self._checked(key, dose, on, tuple(orders)) for key, (dose, on) in orders.items()}

    def _checked(self, key: str, dose: Dose, on: date, beside: Sequence[str]) -> DoseCheck:
        return DoseCheck(
            text=dose_words(key, dose),
            weekly=weekly_of(key, dose).text,
            checks=checks_in(self.met, drug=key, dose=dose, on=on, beside=beside),
        )


@dataclass(frozen=True, slots=True)
class SaidBack:
    """One order of the set as it would be stored."""

    key: str
    name: str
    check: DoseCheck
    route: str
    starts: str
    off_label: str


@dataclass(frozen=True, slots=True)
class TogetherReadBack:
    """All orders said back: what is ordered, what is left out, what is added later, what follows."""

    orders: Sequence[SaidBack]
    left_out: Sequence[str]
    reason: str
    retests: Coming

    @property
    def seen(self) -> str:
        """A digest of all checks: what is confirmed is what was read."""
        said = "\n".join(f"{each.key} {each.check.seen}" for each in self.orders)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def warned(self) -> Sequence[tuple[str, str]]:
        """Key and name of each drug that needs a reason."""
        return [(each.key, each.name) for each in self.orders if each.check.needs_reason]

    @property
    def is_over_limit(self) -> bool:
        return any(each.check.is_over_limit for each in self.orders)


def together_desk(patient: Patient, episode: Episode, chosen: Chosen, user: Person) -> TogetherDesk:
    """The desk for a protocol, in a fixed number of queries; `episode` with its exposure selected."""
    today = timezone.localdate()
    courses = Course.objects.visible_to(user).running().filter(patient=patient, episode=episode)
    running = {course.drug: course for course in courses}
    sheet = sheet_of(chosen.content)
    places = [
        Place(each, part_of(each), drugs.drug(each.drug), running.get(each.drug))
        for each in chosen.content.components
        if each.is_at_once
    ]
    oldest = today - timedelta(days=OLDEST_DAYS)
    return TogetherDesk(
        patient=patient,
        episode=episode,
        chosen=chosen,
        sheet=sheet,
        places=places,
        later=[part for part in sheet.parts if not part.is_at_once],
        met=around(episode),
        results=latest_results(patient, [place.drug for place in places], user, today=today),
        today=today,
        earliest=max(filter(None, [oldest, episode.exposure.started_on])),
        latest=today + timedelta(days=LATEST_DAYS),
    )


def read_back_together(
    desk: TogetherDesk, orders: Mapping[str, tuple[Dose, date]], *, reason: str
) -> TogetherReadBack:
    """The orders of a protocol said back, with the retests that will follow them; one query."""
    checks = desk.check(orders)
    parts = {place.part.key: place.part for place in desk.places}
    return TogetherReadBack(
        orders=[
            SaidBack(
                key=key,
                name=parts[key].name,
                check=checks[key],
                route=dose.route,
                starts=from_words(on, today=desk.today),
                off_label=parts[key].off_label,
            )
            for key, (dose, on) in orders.items()
        ],
        left_out=[part.name for key, part in parts.items() if key not in orders],
        reason=reason,
        retests=retests_after(desk.episode, dict(orders), shown=RETESTS_SHOWN),
    )


def ordered_of(orders: Mapping[str, tuple[Dose, date]], reasons: Mapping[str, str]) -> Sequence[Ordered]:
    """The orders as the action takes them, each with why it is placed although the checks warn."""
    return [Ordered(key, dose, on, reasons.get(key, "")) for key, (dose, on) in orders.items()]
