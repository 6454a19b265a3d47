"""What an order comes to, said back before it is stored, and the same while it is typed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.templatetags.clinic import day
from clinical import drugs
from protocols.actions import Check, Dose, checks_of, weekly_of
from protocols.models import DoseStep
from protocols.presenters.ordering import Desk
from protocols.presenters.retests import Coming, coming_retests
from protocols.presenters.words import (
    change_words,
    dose_words,
    from_words,
    step_words,
    weekly_words,
)


@dataclass(frozen=True, slots=True)
class DoseCheck:
    """What a dose comes to in a week and what speaks against it, or why it cannot be read."""

    text: str = ""
    weekly: str = ""
    change: str = ""
    checks: Sequence[Check] = ()
    problems: Sequence[str] = ()
    is_empty: bool = False

    @property
    def needs_reason(self) -> bool:
        return any(check.is_serious for check in self.checks)

    @property
    def is_over_limit(self) -> bool:
        return any(check.is_over_limit for check in self.checks)

    @property
    def seen(self) -> str:
        """A digest of the checks: what is confirmed is what was read."""
        said = "\n".join(f"{check.severity} {check.message}" for check in self.checks)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ReadBack:
    """One order as it would be stored: from what to what, from when, and what follows from it."""

    check: DoseCheck
    before: str
    before_weekly: str
    after: str
    route: str
    starts: str
    reason: str
    withdrawn: Sequence[str]
    retests: Coming


def check_dose(desk: Desk, dose: Dose, on: date) -> DoseCheck:
    """What speaks against this dose from this day, in a fixed number of queries."""
    replaced, _ = desk.replaced(on)
    return _checked(desk, dose, on, replaced)


def _checked(desk: Desk, dose: Dose, on: date, replaced: DoseStep | None) -> DoseCheck:
    weekly = weekly_of(desk.drug.key, dose)
    before = drugs.Weekly(replaced.weekly_amount, replaced.weekly_unit) if replaced else None
    return DoseCheck(
        text=dose_words(desk.drug.key, dose),
        weekly=weekly.text,
        change=change_words(before, weekly) if before else "",
        checks=checks_of(desk.episode, drug=desk.drug.key, dose=dose, on=on, current=replaced),
    )


def read_back(desk: Desk, *, dose: Dose, on: date, reason: str) -> ReadBack:
    """The order said back, with the retests that will follow it."""
    replaced, withdrawn = desk.replaced(on)
    key = desk.drug.key
    return ReadBack(
        check=_checked(desk, dose, on, replaced),
        before=step_words(key, replaced) if replaced else "",
        before_weekly=weekly_words(replaced) if replaced else "",
        after=dose_words(key, dose),
        route=dose.route,
        starts=from_words(on, today=desk.today),
        reason=reason,
        withdrawn=[f"{step_words(key, step)} from {day(step.starts_on)}" for step in withdrawn],
        retests=coming_retests(desk.episode, drug=key, dose=dose, on=on),
    )
