"""R99: recovery earlier than a quarter, or later than nine tenths, of the men it may be compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from clinical.checks import Check, Limit, Quantity, Relation, Truth, any_of, compare
from clinical.cohorts import Band, days_of, outlook_of
from clinical.day import Condition, Day, Open, Verdict, decide
from clinical.milestone_tests import Draws, both, semen_days, serum_days

EARLY, LATE = Decimal(25), Decimal(90)


def _in_range(draws: Draws, on: date) -> Truth:
    return both(draws.gonadotropins_in_reference(on), draws.testosterone_adequate(on))


def _own_gonadotropins(draws: Draws, on: date) -> Truth:
    if draws.on_hcg(on):
        return None
    baseline = draws.index.record.baseline
    lh, fsh = (draws.at_least(key, on, baseline[key]) for key in ("LH", "FSH"))
    return both(lh, fsh)


def _sperm_twenty(draws: Draws, on: date) -> Truth:
    return draws.at_least("SCONC", on, draws.limit("cohort_sperm"))


ARRIVED: Mapping[str, Callable[[Draws, date], Truth]] = {
    "detectable": Draws.gonadotropins_detectable,
    "in_range": _in_range,
    "own_gonadotropins": _own_gonadotropins,
    "first_sperm": Draws.sperm,
    "sperm_20": _sperm_twenty,
}
IN_SEMEN = frozenset({"first_sperm", "sperm_20"})


def _against(day: Day, band: Band, relation: Relation, percent: Decimal) -> Check | None:
    """Time since the start of the band against the time by which that share had arrived."""
    quantile = band.cohort.months_at(percent)
    if quantile is None or (quantile.open and percent == LATE):
        return None
    # In whole days, so that the rule turns on the very day at which the band is drawn.
    since = Quantity(f"{band.title}: time", Decimal((day.on - band.counted_from).days), "days")
    origin = f"{percent:f} % of the cohort by {quantile.months:f} months; {band.citation}"
    return compare(since, relation, Limit(Decimal(days_of(quantile.months).days), "days", origin))


def _judged(day: Day, band: Band, draws: Draws) -> tuple[str, Check] | None:
    """Ahead on the draw that first shows arrival, behind on any late draw that does not show it.

    A first arrival on a late draw is not called late: he may have arrived between the draws.
    """
    observed = band.cohort.observed
    if observed is None:
        return None
    days = semen_days(draws) if observed in IN_SEMEN else serum_days(draws)
    arrived = ARRIVED[observed]
    now = arrived(draws, day.on) if day.on in days else None
    if now is None:
        return None
    before = any(arrived(draws, earlier) for earlier in days if earlier < day.on)
    if before:
        return None
    check = _against(day, band, "<", EARLY) if now else _against(day, band, ">", LATE)
    return ("ahead" if now else "behind", check) if check is not None and check.truth else None


def _draws(day: Day) -> Draws | None:
    period = day.record.period_on(day.on)
    if period is None or period.effective_stop is None:
        return None
    return Draws(day.index, period.effective_stop, day.on)


def outside_band(day: Day) -> Verdict:
    """R99: outside the band of a cohort that fits him."""
    draws = _draws(day)
    if draws is None:
        return None
    outlook = outlook_of(day.index, day.on)
    if not outlook.bands and any(unfit.is_unknown for unfit in outlook.unfit):
        unknown = dict.fromkeys(unfit.because for unfit in outlook.unfit if unfit.is_unknown)
        return Open(f"no cohort to compare with: {'; '.join(unknown)}")
    found = [(band, judged) for band in outlook.bands if (judged := _judged(day, band, draws))]
    if not found:
        return None
    grade = "behind" if any(said == "behind" for _, (said, _) in found) else "ahead"
    cause = "+".join(f"{band.key}-{said}" for band, (said, _) in found)
    also = day.used("LH", "FSH", "TT", "SCONC")
    return decide(any_of(*(check for _, (_, check) in found)), grade, cause=cause, also=also)


RULES: Mapping[str, Condition] = {"R99": outside_band}
