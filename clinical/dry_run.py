"""A dry run: what a man's history would have said under a draft of the rulebook, beside what it says now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType

from clinical.datafile import Mark, RulebookError
from clinical.evaluate import evaluate
from clinical.findings import Severity
from clinical.record import DAYS_A_WEEK, Record
from clinical.retest_rules import After, RetestRule
from clinical.retests import plan_retests, satisfied_by
from clinical.rule_entries import RuleEntry
from clinical.rulebook import Rulebook

# How far ahead retests are counted, by the week.
WEEKS_AHEAD = 26
# Milestones are told as R98; a draft that moves them moves the numbers that other rules are about.
MILESTONE_RULE = "R98"
OFF = "off"
NEVER_OFF = frozenset({"R91", MILESTONE_RULE})


class Kind(StrEnum):
    """What a draft may change. A condition itself is code and changes with a release."""

    NUMBER = "number"
    INTERVAL_LOW = "interval_low"
    INTERVAL_HIGH = "interval_high"
    RETEST_AFTER = "retest_after"
    SEVERITY = "severity"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a draft.

    `name` is that of a number, the id of an interval, a retest rule or a rule. `value` is a decimal in the
    unit of what it changes, weeks for RETEST_AFTER; for SEVERITY "info", "warning", "critical" or "off".
    """

    kind: Kind
    name: str
    value: str


@dataclass(frozen=True, slots=True, order=True)
class Raised:
    """A flag that a day of the history raised."""

    on: date
    rule_id: str
    severity: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a draft changes for one record: flags gained and lost, and retests by the week ahead.

    A flag of another severity is one lost and one gained. Retests are counted for each week from `today` on,
    0 to WEEKS_AHEAD - 1, by their target; what was due before is in week 0.
    """

    gained: tuple[Raised, ...]
    lost: tuple[Raised, ...]
    retests_now: Mapping[int, int]
    retests_then: Mapping[int, int]

    @property
    def size(self) -> int:
        """How many flags differ."""
        return len(self.gained) + len(self.lost)

    @property
    def touches(self) -> bool:
        """Whether the draft changes anything for this record."""
        return bool(self.size) or self.retests_now != self.retests_then


def _decimal(change: Change) -> Decimal:
    try:
        value = Decimal(change.value)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise RulebookError(f'{change.name}: found "{change.value}". Accepted: a number such as 264 or 3.5.')
    return value


def _number(book: Rulebook, change: Change) -> Rulebook:
    number = book.rules.numbers.get(change.name)
    if number is None:
        raise RulebookError(f"{change.name} is not a number of the rulebook.")
    own = {
        "value": _decimal(change),
        "source": f"draft, in place of {number.value:f}",
        "mark": Mark.DESIGN,
    }
    numbers = {**book.rules.numbers, change.name: number.model_copy(update=own)}
    return replace(book, rules=replace(book.rules, numbers=MappingProxyType(numbers)))


def _limit(side: str) -> Callable[[Rulebook, Change], Rulebook]:
    def changed(book: Rulebook, change: Change) -> Rulebook:
        rows = {row.id: row for row in book.intervals.rows}
        row = rows.get(change.name)
        if row is None:
            raise RulebookError(f"{change.name} is not an interval of the rulebook.")
        source = f"draft, in place of {row.text} ({row.source})"
        value = _decimal(change)
        low, high = (value, row.high) if side == "low" else (row.low, value)
        if low is not None and high is not None and low >= high:
            raise RulebookError(
                f"{change.name}: found {low:f} to {high:f}. The lower limit is below the upper."
            )
        rows[row.id] = replace(row, low=low, high=high, source=source)
        return replace(book, intervals=replace(book.intervals, rows=tuple(rows.values())))

    return changed


def _weeks(book: Rulebook, change: Change) -> Rulebook:
    weeks = _decimal(change)
    if weeks != int(weeks) or weeks < 0:
        raise RulebookError(f"{change.name}: found {change.value} weeks. Accepted: whole weeks, 0 or more.")
    rules = {rule.id: rule for rule in book.retests.rules}
    rule: RetestRule | None = rules.get(change.name)
    if rule is None:
        raise RulebookError(f"{change.name} is not a retest of the rulebook.")
    rules[rule.id] = replace(rule, after=After(weeks=int(weeks)))
    return replace(book, retests=replace(book.retests, rules=tuple(rules.values())))


def _severity(book: Rulebook, change: Change) -> Rulebook:
    entries: dict[str, RuleEntry] = dict(book.rules.entries)
    entry = entries.get(change.name)
    if entry is None:
        raise RulebookError(f"{change.name} is not a rule of the rulebook.")
    if change.value == OFF and change.name in NEVER_OFF:
        raise RulebookError(f"{change.name} says what could not be judged or was reached; it is never off.")
    if change.value == OFF:
        # What it hid is seen without it.
        del entries[change.name]
        for other in entries.values():
            rest = tuple(each for each in other.hidden_by if each != change.name)
            entries[other.id] = other.model_copy(update={"hidden_by": rest})
    elif change.value in list(Severity):
        every_grade = dict.fromkeys(entry.severity, Severity(change.value))
        entries[change.name] = entry.model_copy(update={"severity": every_grade})
    else:
        raise RulebookError(
            f'{change.name}: found "{change.value}". Accepted: info, warning, critical or off.'
        )
    return replace(book, rules=replace(book.rules, entries=MappingProxyType(entries)))


CHANGES: Mapping[Kind, Callable[[Rulebook, Change], Rulebook]] = MappingProxyType(
    {
        Kind.NUMBER: _number,
        Kind.INTERVAL_LOW: _limit("low"),
        Kind.INTERVAL_HIGH: _limit("high"),
        Kind.RETEST_AFTER: _weeks,
        Kind.SEVERITY: _severity,
    }
)


def drafted(rulebook: Rulebook, changes: Iterable[Change]) -> Rulebook:
    """The rulebook with these changes, as a draft; raises RulebookError for one that cannot be made."""
    draft = replace(rulebook, is_draft=True)
    for change in changes:
        draft = CHANGES[change.kind](draft, change)
    return draft


def event_days(record: Record, until: date) -> tuple[date, ...]:
    """The days of a history that bring something to judge, and the last: draws, visits, ends of doses."""
    days = {sample.collected_on for sample in record.samples} | {seen.on for seen in record.observations}
    for dose in record.doses:
        days |= {dose.starts_on} | ({dose.ends_on} if dose.ends_on else set())
    return tuple(sorted({day for day in days if day <= until} | {until}))


def raised(record: Record, rulebook: Rulebook, until: date) -> frozenset[Raised]:
    """Every flag that the days of the history raise, one for each day, rule and severity."""
    return frozenset(
        Raised(found.on, found.rule_id, found.severity.value)
        for day in event_days(record, until)
        for found in evaluate(record, rulebook, day).findings
        if found.rule_id != MILESTONE_RULE
    )


def retests_ahead(record: Record, rulebook: Rulebook, today: date) -> Mapping[int, int]:
    """How many windows have their target in each week from today on; those due before are in week 0.

    Windows that a sample satisfied before today are over and not counted.
    """
    weeks: Counter[int] = Counter()
    for window in plan_retests(record, rulebook, today):
        if window.latest >= today and not any(satisfied_by(window, sample) for sample in record.samples):
            weeks[max((window.target - today) // timedelta(days=DAYS_A_WEEK), 0)] += 1
    return {week: weeks[week] for week in sorted(weeks) if week < WEEKS_AHEAD}


def difference(record: Record, rulebook: Rulebook, draft: Rulebook, today: date) -> Difference:
    """What the draft changes for this record, over its history until today and in the weeks ahead."""
    now, then = raised(record, rulebook, today), raised(record, draft, today)
    return Difference(
        gained=tuple(sorted(then - now)),
        lost=tuple(sorted(now - then)),
        retests_now=retests_ahead(record, rulebook, today),
        retests_then=retests_ahead(record, draft, today),
    )
