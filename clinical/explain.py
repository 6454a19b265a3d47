"""Turns a verdict into a finding that can be followed: its numbers, thresholds, gaps and nearest boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from clinical.checks import missing_of, nearest_of, numbers_of, threshold_of
from clinical.day import Fired
from clinical.findings import Finding, MilestoneReached, NumberUsed
from clinical.record import DAYS_A_WEEK
from clinical.rule_entries import RuleEntry, RuleSet


def _by_grade(texts: Mapping[str, str], grade: str) -> str:
    return texts.get(grade) or texts["default"]


def _stale(numbers: Sequence[NumberUsed], said_on: date, rules: RuleSet) -> tuple[str, ...]:
    weeks = int(rules.limits["stale_after"].value)
    limit = timedelta(days=weeks * DAYS_A_WEEK)
    old = (n for n in numbers if n.collected_on is not None and said_on - n.collected_on > limit)
    return tuple(f"{number.analyte} of {number.collected_on}" for number in old)


def finding(entry: RuleEntry, fired: Fired, on: date, *, said_on: date, rules: RuleSet) -> Finding:
    """The finding of a rule that fired on a day, said on that day or a later one."""
    also = tuple(quantity.as_number() for quantity in fired.also)
    numbers = tuple(dict.fromkeys(numbers_of(fired.check) + also))
    return Finding(
        rule_id=entry.id,
        rule_version=entry.version,
        severity=entry.severity.get(fired.grade, entry.severity["default"]),
        title=entry.title,
        message=_by_grade(entry.wording, fired.grade),
        suggestion=entry.suggestion,
        source=f"{entry.source} [{entry.mark.value}]",
        on=on,
        numbers=numbers,
        threshold=threshold_of(fired.check),
        missing=missing_of(fired.check),
        stale=_stale(numbers, said_on, rules),
        nearest=nearest_of(fired.check),
        cause=f"{entry.id}:{fired.cause}" if fired.cause else entry.id,
    )


def milestone_finding(entry: RuleEntry, reached: MilestoneReached, grade: str, on: date) -> Finding:
    """R98 for one milestone."""
    note = f" ({reached.note})" if reached.note else ""
    return Finding(
        rule_id=entry.id,
        rule_version=entry.version,
        severity=entry.severity.get(grade, entry.severity["default"]),
        title=f"{entry.title} {reached.key}: {reached.title}",
        message=f"{_by_grade(entry.wording, grade)} {reached.title}{note}.",
        suggestion=entry.suggestion,
        source=f"{entry.source} [{entry.mark.value}]",
        on=on,
        cause=f"{entry.id}:{reached.key}",
    )
