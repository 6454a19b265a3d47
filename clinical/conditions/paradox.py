"""R28: semen that worsens on a SERM, against the last analysis before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from clinical.checks import Check, Quantity, all_of, any_of, compare, given, missing
from clinical.conditions.semen import motile_count, sperm_present
from clinical.day import Condition, Day, Verdict, decide
from clinical.index import Drawn, Index


def _fall(name: str, before: Quantity | None, now: Quantity | None) -> Quantity | None:
    """How many per cent of the earlier value are gone; None where either cannot be computed with."""
    if before is None or now is None or before.value == 0:
        return None
    if any(q.reading is not None and q.reading.censored for q in (before, now)):
        return None
    return Quantity(f"fall of {name}", (before.value - now.value) / before.value * 100, "%", on=now.on)


def _falls(index: Index, baseline: Drawn, now: Drawn) -> tuple[Quantity, ...]:
    count = _fall("SCONC", baseline.quantity(), now.quantity())
    motile = _fall("TMSC", motile_count(index, baseline.on), motile_count(index, now.on))
    return tuple(fall for fall in (count, motile) if fall is not None)


def _severe(day: Day, baseline: Drawn, now: Drawn, falls: tuple[Quantity, ...]) -> Check:
    none_counted = day.limit("no_sperm")
    had, has = sperm_present(baseline, none_counted), sperm_present(now, none_counted)
    lost = given(bool(had.truth) and has.truth is False, "no sperm any more")
    return any_of(lost, *(compare(fall, ">=", day.limit("paradox_severe_fall")) for fall in falls))


def _confirmed(day: Day, started: date, baseline: Drawn) -> bool:
    """True where an earlier analysis on the SERM had fallen as well."""
    limit = day.limit("paradox_fall")
    return any(
        compare(fall, ">=", limit).truth
        for earlier in day.index.before("SCONC", day.on)
        if earlier.on > started
        for fall in _falls(day.index, baseline, earlier)
    )


def paradoxical_decline(day: Day) -> Verdict:
    """R28: concentration or motile count well below the last analysis on or before the start of the SERM."""
    now, run = day.drawn("SCONC"), day.run("SERM")
    if now is None or run is None or not day.felt("SERM"):
        return None
    earlier = day.index.until("SCONC", run.starts_on)
    if not earlier:
        return decide(
            all_of(_long_enough(day), missing("a semen analysis on or before the start of the SERM"))
        )
    baseline = earlier[-1]
    falls = _falls(day.index, baseline, now)
    severe = _severe(day, baseline, now, falls)
    fell = any_of(severe, *(compare(fall, ">=", day.limit("paradox_fall")) for fall in falls))
    if not falls and not severe.truth and sperm_present(baseline, day.limit("no_sperm")).truth is not False:
        fell = missing("SCONC as numbers, not limits, before and on the SERM")
    grade = "severe" if severe.truth else "default"
    if _confirmed(day, run.starts_on, baseline):
        grade += "_confirmed"
    return decide(all_of(_long_enough(day), fell), grade, also=(baseline.quantity(), now.quantity()))


def _long_enough(day: Day) -> Check:
    return day.taken_for("SERM", ">=", "semen_after_serm")


RULES: Mapping[str, Condition] = {"R28": paradoxical_decline}
