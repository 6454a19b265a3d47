"""Runs the rules over a record: what is new on a day, or in force today. Never raises for a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from clinical.conditions import (
    axis,
    blood,
    data_quality,
    estradiol,
    expected,
    orders,
    paradox,
    response,
    safety,
    semen,
)
from clinical.day import Condition, Day, Fired, Moment, Open, failure
from clinical.explain import finding, milestone_finding
from clinical.figures import calculations
from clinical.findings import Evaluation, Finding, MilestoneReached, NotEvaluated, Severity
from clinical.index import Index
from clinical.milestones import milestones
from clinical.pattern import axis_pattern
from clinical.record import Record
from clinical.rule_entries import RuleEntry
from clinical.rulebook import Rulebook

CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        **axis.RULES,
        **response.RULES,
        **paradox.RULES,
        **semen.RULES,
        **estradiol.RULES,
        **safety.RULES,
        **blood.RULES,
        **orders.RULES,
        **data_quality.RULES,
        **expected.RULES,
    }
)


AXIS = ("TT", "LH", "FSH")


class _Days:
    """The days that one evaluation looks at, each made once."""

    def __init__(self, index: Index, moment: Moment) -> None:
        self.index = index
        self.moment = moment
        self._days: dict[date, Day] = {}

    def on(self, on: date) -> Day:
        if on not in self._days:
            self._days[on] = Day(self.index, on, self.moment, CONDITIONS)
        return self._days[on]


class _Judging:
    """One evaluation under way: what was found and what is open, said as of one day."""

    def __init__(self, index: Index, moment: Moment, said_on: date) -> None:
        self.index = index
        self.days = _Days(index, moment)
        self.said_on = said_on
        self.found: list[Finding] = []
        self.open: list[NotEvaluated] = [
            NotEvaluated("R91", index.rules.entries["R91"].version, because) for because in index.unreadable
        ]

    def judge(self, entry: RuleEntry, on: date) -> None:
        """Asks one rule of one day."""
        day = self.days.on(on)
        verdict = day.verdict(entry.id)
        try:
            if isinstance(verdict, Fired) and not any(day.fired(other) for other in entry.hidden_by):
                self.found.append(finding(entry, verdict, on, said_on=self.said_on, rules=self.index.rules))
        except Exception as problem:
            verdict = Open(failure(problem))
        if isinstance(verdict, Open):
            self.open.append(NotEvaluated(entry.id, entry.version, verdict.because))


def _entries(index: Index) -> Iterable[RuleEntry]:
    return (entry for entry in index.rules.entries.values() if entry.id in CONDITIONS)


def _is_new(entry: RuleEntry, index: Index, on: date) -> bool:
    """Whether a day brings anything that the rule judges."""
    return entry.scope != "draw" or any(on in index.days_of(key) for key in entry.judged_on)


def _is_answered(entry: RuleEntry, index: Index, drawn_on: date, today: date) -> bool:
    """Advice on a dose is answered once a dose has begun or ended since the draw."""
    doses = (dose for key in entry.answered_by_dose_of for dose in index.taking.doses(key))
    changes = (changed_on for dose in doses for changed_on in (dose.starts_on, dose.ends_on))
    return any(changed_on is not None and drawn_on <= changed_on <= today for changed_on in changes)


def _new_on(index: Index, on: date) -> _Judging:
    judging = _Judging(index, Moment.EVENT, on)
    for entry in _entries(index):
        if _is_new(entry, index, on):
            judging.judge(entry, on)
    return judging


def _in_force(index: Index, today: date, entries: Iterable[RuleEntry], days: _Days | None = None) -> _Judging:
    judging = _Judging(index, Moment.CURRENT, today)
    judging.days = days or judging.days
    for entry in entries:
        if entry.scope != "draw":
            judging.judge(entry, today)
            continue
        newest = index.newest_day(entry.judged_on, today)
        if newest is None:
            because = f"no {' or '.join(entry.judged_on[:3])} on record"
            judging.open.append(NotEvaluated(entry.id, entry.version, because))
        elif not _is_answered(entry, index, newest, today):
            judging.judge(entry, newest)
    return judging


def _milestones(judging: _Judging, on: date) -> tuple[MilestoneReached, ...]:
    index = judging.index
    grave = [entry for entry in _entries(index) if Severity.CRITICAL in entry.severity.values()]
    # Asked of today, days already judged are asked again and need no second look at their draws.
    days = judging.days if judging.days.moment is Moment.CURRENT else _Days(index, Moment.CURRENT)

    def has_critical(day: date) -> bool:
        in_force = _in_force(index, day, grave, days)
        return any(one.severity is Severity.CRITICAL for one in in_force.found)

    try:
        return milestones(index, on, has_critical)
    except Exception as problem:
        entry = index.rules.entries["R98"]
        judging.open.append(NotEvaluated(entry.id, entry.version, failure(problem)))
        return ()


def _milestone_findings(judging: _Judging, reached: Iterable[MilestoneReached], since: date) -> list[Finding]:
    """R98: milestones reached, sustained or lost on or after a day."""
    entry = judging.index.rules.entries["R98"]
    found = []
    for one in reached:
        moments = (("lost", one.lost_on), ("default", one.sustained_on), ("default", one.reached_on))
        grade, on = next(
            ((grade, on) for grade, on in moments if on is not None), ("default", one.reached_on)
        )
        if on is not None and since <= on <= judging.said_on:
            found.append(milestone_finding(entry, one, grade, on))
    return found


def _evaluation(judging: _Judging, on: date, drawn_on: date | None) -> Evaluation:
    index = judging.index
    reached = _milestones(judging, on)
    said = _milestone_findings(judging, reached, drawn_on or on)
    day = judging.days.on(drawn_on or on)
    return Evaluation(
        on=on,
        rulebook_version=index.rulebook.version,
        findings=tuple(judging.found + said),
        not_evaluated=tuple(judging.open),
        milestones=reached,
        calculated=MappingProxyType(calculations(day)),
        axis_pattern=axis_pattern(day),
    )


def evaluate(record: Record, rulebook: Rulebook, on: date) -> Evaluation:
    """What is new on a day: results drawn that day, doses that begin that day, and the state of things.

    Total: a rule that raises or lacks data is in `not_evaluated` with the reason.
    """
    return _evaluation(_new_on(Index(record, rulebook), on), on, on)


def evaluate_current(record: Record, rulebook: Rulebook, today: date) -> Evaluation:
    """What is in force today: rules on results judge the newest day that brings them."""
    index = Index(record, rulebook)
    drawn_on = index.newest_day(AXIS, today) or index.newest_day(("SCONC",), today)
    return _evaluation(_in_force(index, today, _entries(index)), today, drawn_on)
