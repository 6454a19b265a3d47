"""When to test again: windows counted from the stop, the drugs and the results, and whether they are due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import zip_longest

from clinical.record import Record, Sample
from clinical.retest_anchors import Anchor, classes_after, doses_of, spans_of, stretches_of
from clinical.retest_events import (
    days_of_testosterone,
    event_anchors,
    is_abnormal,
    semen_samples,
    sustained_on,
)
from clinical.retest_rules import RETESTS, RetestRule
from clinical.rulebook import Rulebook

__all__ = [
    "Anchor",
    "DueState",
    "RetestWindow",
    "due_state",
    "plan_retests",
    "satisfied_by",
]

SEMEN_ANALYTES = frozenset({"SVOL", "SCONC"})
# Twelve-weekly windows for ten years; a plan never needs more, and a slip in the data cannot run away.
MOST_REPEATS = 50


@dataclass(frozen=True, slots=True)
class RetestWindow:
    """Test these again between `earliest` and `latest`; `repeat` counts windows of one rule and anchor."""

    rule_id: str
    analytes: tuple[str, ...]
    earliest: date
    target: date
    latest: date
    anchor: Anchor
    reason: str
    source: str
    version: str
    repeat: int = 0

    @property
    def key(self) -> str:
        """The same window again after its anchor, its analytes or the rulebook moved it."""
        anchor = self.anchor
        return f"{self.rule_id}:{anchor.kind}:{anchor.id}:{self.repeat}"


class DueState(StrEnum):
    """What a window is on a day."""

    NOT_DUE = "not due"
    DUE_SOON = "due soon"
    DUE = "due"
    OVERDUE = "overdue"
    SATISFIED = "satisfied"
    WAIVED = "waived"


def satisfied_by(window: RetestWindow, sample: Sample) -> bool:
    """Whether a sample brings all that is asked for, and not too early; later than `latest` still counts."""
    if sample.collected_on < window.earliest:
        return False
    if SEMEN_ANALYTES.issuperset(window.analytes) and sample.complete is False:
        return False
    return all(key in sample.results for key in window.analytes)


def due_state(
    window: RetestWindow,
    on: date,
    *,
    satisfied: bool = False,
    waived: bool = False,
    soon_days: int = RETESTS.settings.due_soon_days,
) -> DueState:
    """What the window is on a day; both edges of a window belong to it, and satisfied wins over waived."""
    if satisfied:
        return DueState.SATISFIED
    if waived:
        return DueState.WAIVED
    if on > window.latest:
        return DueState.OVERDUE
    if on >= window.earliest:
        return DueState.DUE
    return DueState.DUE_SOON if on >= window.earliest - timedelta(days=soon_days) else DueState.NOT_DUE


class _Plan:
    """One plan in the making: what the record says of testosterone and drugs since the effective stop."""

    def __init__(self, record: Record, rulebook: Rulebook, stop: Anchor, since: date, on: date) -> None:
        self.record, self.rulebook, self.stop, self.on = record, rulebook, stop, on
        self.table = rulebook.retests
        self.gap = timedelta(days=self.table.settings.contiguous_gap_days)
        self.doses = tuple(
            dose
            for dose in record.doses
            if dose.drug in rulebook.drugs and (dose.ends_on is None or dose.ends_on >= since)
        )
        days = days_of_testosterone(record, rulebook, stop.on)
        apart = timedelta(days=self.table.settings.sustained_apart_days)
        self.sustained_on = sustained_on(days, apart)
        self.normal_days = [day for day, is_normal in days if is_normal]

    def is_satisfied(self, window: RetestWindow, by: date | None = None) -> bool:
        """Whether a sample, collected by that day where one is given, satisfies the window."""
        return any(
            satisfied_by(window, sample)
            for sample in self.record.samples
            if by is None or sample.collected_on <= by
        )

    def asks(self, rule: RetestRule) -> bool:
        """Whether the rule is for a man of this age; an unknown age is asked."""
        born = self.record.birth_date
        if rule.from_age is None or born is None:
            return True
        had_birthday = (self.on.month, self.on.day) >= (born.month, born.day)
        return self.on.year - born.year - (not had_birthday) >= rule.from_age

    def _window(self, rule: RetestRule, anchor: Anchor, target: date, repeat: int) -> RetestWindow:
        taken = classes_after(self.doses, anchor.on, self.rulebook.drugs)
        instead = [keys for drug_class, keys in rule.instead_on.items() if drug_class in taken]
        return RetestWindow(
            rule_id=rule.id,
            analytes=instead[0] if instead else rule.analytes,
            earliest=target - timedelta(days=rule.early_days),
            target=target,
            latest=target + timedelta(days=rule.late_days),
            anchor=anchor,
            reason=rule.reason,
            source=f"{rule.source} [{rule.mark.value}]",
            version=self.table.version,
            repeat=repeat,
        )

    def windows(self, rule: RetestRule, anchor: Anchor, until: date | None = None) -> Iterator[RetestWindow]:
        """The windows of a rule from an anchor: past ones, and repeated ones up to the next that is open.

        From `until` on another anchor holds: what was not satisfied by then is left out.
        """
        target = rule.after.from_(anchor.on)
        ends = (
            next((day for day in self.normal_days if day > anchor.on), None)
            if rule.ends_when_normal
            else None
        )
        for repeat in range(MOST_REPEATS):
            if ends is not None and target > ends:
                return
            window = self._window(rule, anchor, target, repeat)
            is_satisfied = self.is_satisfied(window, by=until)
            is_past = until is not None and (until <= self.on or target > until)
            if is_satisfied or not is_past:
                yield window
            if (
                rule.every is None
                or (target > self.on and not is_satisfied)
                or (is_past and not is_satisfied)
            ):
                return
            is_stable = self.sustained_on is not None and target >= self.sustained_on
            step = rule.every_stable if is_stable and rule.every_stable else rule.every
            target = step.from_(target)


def _from_stop(plan: _Plan) -> Iterator[RetestWindow]:
    for rule in (*plan.table.of_phase("baseline"), *plan.table.of_phase("stop")):
        if plan.asks(rule):
            lapses_on = rule.lapses.from_(plan.stop.on) if rule.lapses else None
            yield from plan.windows(rule, plan.stop, lapses_on)


def _from_phases(plan: _Plan) -> Iterator[RetestWindow]:
    for stretch in stretches_of(plan.doses, plan.stop, plan.gap):
        for rule in plan.table.of_phase(stretch.phase):
            yield from plan.windows(rule, stretch.anchor, stretch.until)


def _from_drugs(plan: _Plan) -> Iterator[RetestWindow]:
    for rule in plan.table.rules:
        if rule.phase != "drug" or (set(rule.analytes) == {"DXA_T"} and _was_scanned(plan)):
            continue
        for span in spans_of(doses_of(plan.doses, rule.of, rule.mode, plan.rulebook.drugs), plan.gap):
            anchor = Anchor("course_start", span.first.starts_on, span.first.id, span.first.drug)
            for window in plan.windows(rule, anchor, span.ends_on):
                if window.latest >= plan.stop.on or plan.is_satisfied(window):
                    yield window


def _was_scanned(plan: _Plan) -> bool:
    """Whether a bone density scan is noted, outside the laboratory, that is still recent."""
    since = plan.on - timedelta(days=plan.table.settings.scan_valid_days)
    return any(o.kind == "dxa" and since <= o.on <= plan.on for o in plan.record.observations)


def _from_semen(plan: _Plan) -> Iterator[RetestWindow]:
    if not plan.record.fertility_goal:
        return
    since = plan.stop.on - timedelta(days=plan.table.settings.before_stop_days)
    samples = semen_samples(plan.record, since)
    for rule in plan.table.of_phase("semen", "first"):
        yield from plan.windows(rule, plan.stop)
    for sample, following in zip_longest(samples, samples[1:]):
        of = "abnormal" if is_abnormal(sample, plan.rulebook) else "next"
        for rule in plan.table.of_phase("semen", of):
            anchor = Anchor("result", sample.collected_on, sample.id)
            yield from plan.windows(rule, anchor, following.collected_on if following else None)


def _from_events(plan: _Plan) -> Iterator[RetestWindow]:
    anchors = event_anchors(plan.record, plan.rulebook, plan.stop.on)
    for rule in plan.table.rules:
        if rule.phase == "event":
            for anchor in anchors.get(rule.of, ()):
                yield from plan.windows(rule, anchor)


def _without_covered(windows: Iterable[RetestWindow], plan: _Plan) -> list[RetestWindow]:
    """Without open windows whose every analyte another open window asks for, not too early and no later."""
    kept: list[RetestWindow] = []
    by_size = sorted(windows, key=lambda w: (-len(w.analytes), w.target, w.key))
    for window in by_size:
        is_covered = not plan.is_satisfied(window) and any(
            set(window.analytes) <= set(other.analytes)
            and window.earliest <= other.target
            and other.latest <= window.latest
            for other in kept
            if not plan.is_satisfied(other)
        )
        if not is_covered:
            kept.append(window)
    return sorted(kept, key=lambda w: (w.target, w.key))


def plan_retests(record: Record, rulebook: Rulebook, on: date) -> tuple[RetestWindow, ...]:
    """The windows of the current time off testosterone as they stand on a day, soonest first.

    Past windows stay where a sample satisfied them or nothing has replaced them. Empty while testosterone is
    taken and no stop is known. What was collected after that day is not looked at.
    """
    current = record.periods[-1] if record.periods else None
    if current is None or current.effective_stop is None:
        return ()
    if current.restarted_on is not None and current.restarted_on <= on:
        return ()
    restarts = [p.restarted_on for p in record.periods[:-1] if p.restarted_on is not None]
    if record.samples and record.samples[-1].collected_on > on:
        record = replace(record, samples=tuple(s for s in record.samples if s.collected_on <= on))
    # Numbered, not dated: when the last dose is corrected the windows move and stay the same windows.
    stop = Anchor("effective_stop", current.effective_stop, f"period-{len(record.periods)}")
    plan = _Plan(record, rulebook, stop, max(restarts, default=date.min), on)
    found = [
        *_from_stop(plan),
        *_from_phases(plan),
        *_from_drugs(plan),
        *_from_semen(plan),
        *_from_events(plan),
    ]
    return tuple(_without_covered(found, plan))
