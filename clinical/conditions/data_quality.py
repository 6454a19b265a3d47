"""Group F: whether the numbers can be what they claim to be (R90-R93, R95, R96)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from clinical.checks import Check, any_of, compare, given
from clinical.conditions.safety import score
from clinical.day import Condition, Day, Moment, Verdict, decide
from clinical.fences import breaks
from clinical.index import Drawn
from clinical.plausibility import Concern, ConcernKind, cross_check, delta_check

IMMUNOASSAY = "immunoassay"


def _concerns(day: Day, kind: ConcernKind) -> list[tuple[Drawn, Concern]]:
    return [(drawn, concern) for drawn, concern in day.concerns() if concern.kind is kind]


def _said(concerns: list[tuple[Drawn, Concern]], grade: str = "default") -> Verdict:
    if not concerns:
        return None
    checks = [given(True, concern.message) for _, concern in concerns]
    return decide(any_of(*checks), grade, also=tuple(drawn.quantity() for drawn, _ in concerns))


def implausible(day: Day) -> Verdict:
    """R90: outside the limits of what can be."""
    return _said(_concerns(day, ConcernKind.HARD), "severe") or _said(_concerns(day, ConcernKind.SOFT))


def unit_mixed_up(day: Day) -> Verdict:
    """R91: the number would fit another unit."""
    return _said(_concerns(day, ConcernKind.UNIT))


def inconsistent(day: Day) -> Verdict:
    """R92: results of one day, or of two draws close together, that cannot both be right."""
    today = {drawn.reading.analyte: drawn for drawn in day.all_drawn()}
    readings = {key: drawn.reading for key, drawn in today.items()}
    table = day.index.rulebook.plausibility
    checks: list[Check] = []
    also: list[Drawn] = []
    for concern in cross_check(readings, table=table):
        checks.append(given(True, concern.message))
        also += [today[key] for key in concern.analytes if key in today]
    for key in today:
        earlier = day.index.before(key, day.on)
        if not earlier:
            continue
        jump = delta_check(
            earlier[-1].reading, today[key].reading, (day.on - earlier[-1].on).days, table=table
        )
        if jump is not None:
            checks.append(given(True, jump.message))
            also += [earlier[-1], today[key]]
    return decide(any_of(*checks), also=tuple(drawn.quantity() for drawn in also)) if checks else None


def biotin(day: Day) -> Verdict:
    """R93: enough biotin to mislead an immunoassay, and something measured by one."""
    affected = [
        drawn
        for key in day.index.rules.terms["biotin_sensitive"].terms
        if (drawn := day.drawn(key)) is not None and drawn.result.method in (None, IMMUNOASSAY)
    ]
    dose = score(day.noted("biotin"), "biotin a day")
    if dose is None or not affected:
        return None
    check = compare(dose._replace(unit="mg"), ">=", day.limit("biotin_dose"))
    return decide(check, also=tuple(drawn.quantity() for drawn in affected))


def method_changed(day: Day) -> Verdict:
    """R95: another assay or laboratory than at the draw before."""
    checks, also = [], []
    for drawn in day.all_drawn():
        earlier = day.index.before(drawn.reading.analyte, day.on)
        if not earlier:
            continue
        before = earlier[-1]
        for _, words in breaks((before.sample, before.result), (drawn.sample, drawn.result)):
            checks.append(given(True, words))
            also += [before.quantity(), drawn.quantity()]
    return decide(any_of(*checks), also=tuple(also)) if checks else None


def baseline_missing(day: Day) -> Verdict:
    """R96: no testosterone from before testosterone; said at the first event."""
    if isinstance(day.record.baseline.get("TT"), Decimal):
        return None
    if day.moment is Moment.EVENT and day.index.first_event() != day.on:
        return None
    return decide(given(True, "no total testosterone from before testosterone"))


RULES: Mapping[str, Condition] = {
    "R90": implausible,
    "R91": unit_mixed_up,
    "R92": inconsistent,
    "R93": biotin,
    "R95": method_changed,
    "R96": baseline_missing,
}
