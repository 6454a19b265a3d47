"""Group E, and R28 and R29: semen analyses, and what a SERM does to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from clinical.calculated import CannotCalculate, SpermTotals, sperm_totals
from clinical.checks import Check, Limit, Quantity, Relation, all_of, any_of, compare, given, missing
from clinical.day import Condition, Day, Moment, Verdict, decide, weeks
from clinical.index import Drawn, Index


def totals_on(index: Index, on: date) -> SpermTotals | str:
    """Sperm totals of one day's analysis, or why there are none."""
    if on not in index.sperm_totals:
        index.sperm_totals[on] = _totals_on(index, on)
    return index.sperm_totals[on]


def _totals_on(index: Index, on: date) -> SpermTotals | str:
    readings = {key: d.reading for key in ("SVOL", "SCONC", "SMOT", "SPR") if (d := index.drawn(key, on))}
    absent = [key for key in ("SVOL", "SCONC") if key not in readings]
    if absent:
        return f"{' and '.join(absent)} not measured on {on}"
    try:
        motility, progressive = readings.get("SMOT"), readings.get("SPR")
        table = index.rulebook.calculated
        return sperm_totals(readings["SVOL"], readings["SCONC"], motility, progressive, table=table)
    except CannotCalculate as problem:
        return str(problem)


def total_count(index: Index, on: date) -> Quantity | None:
    """Sperm per ejaculate: volume times concentration, else as the laboratory reported it."""
    totals = totals_on(index, on)
    if isinstance(totals, SpermTotals):
        return Quantity("STOT", totals.total, "million", on=on)
    reported = index.drawn("STOT", on)
    return reported.quantity() if reported else None


def motile_count(index: Index, on: date) -> Quantity | None:
    """Motile sperm per ejaculate; None where it cannot be computed."""
    totals = totals_on(index, on)
    motile = totals.motile if isinstance(totals, SpermTotals) else None
    return None if motile is None else Quantity("TMSC", motile, "million", on=on)


def sperm_present(drawn: Drawn, none_counted: Limit) -> Check:
    """Whether there is any sperm: counted, or seen only after centrifugation."""
    match drawn.sample.sperm_seen:
        case "after_centrifugation":
            return given(True, "sperm seen after centrifugation")
        case "none":
            return given(False, "no sperm after centrifugation")
    return compare(drawn.quantity(), ">", none_counted)


def _lower_limit(day: Day, key: str, relation: Relation = "<") -> Check:
    """A semen value against its own edition's lower limit; missing where it was not measured."""
    return day.beside(day.drawn(key), relation, "low", None, key)


def azoospermia(day: Day) -> Verdict:
    """R60: no sperm."""
    drawn = day.drawn("SCONC")
    if drawn is None:
        return None
    present = sperm_present(drawn, day.limit("no_sperm"))
    if present.truth is None:
        return decide(missing(f"whether sperm was seen: SCONC {drawn.reading.text}"))
    early = day.on_testosterone() or day.since_stop("<", "expected_suppression").truth
    none = compare(drawn.quantity(), "<=", day.limit("no_sperm"))
    check = (
        none if drawn.sample.sperm_seen is None else given(not present.truth, "no sperm after centrifugation")
    )
    return decide(check, "early" if early else "default", also=(drawn.quantity(),))


def severe_oligospermia(day: Day) -> Verdict:
    """R61: sperm, but few."""
    drawn = day.drawn("SCONC")
    if drawn is None:
        return None
    return decide(all_of(sperm_present(drawn, day.limit("no_sperm")), day.is_("SCONC", "<", "severe_oligo")))


def oligospermia(day: Day) -> Verdict:
    """R62: concentration or total number below the limit."""
    few = _lower_limit(day, "SCONC")
    total, limit = total_count(day.index, day.on), _edition_limit(day, "STOT")
    small = (
        missing("the total number of sperm") if total is None or limit is None else compare(total, "<", limit)
    )
    return decide(any_of(few, small), also=day.used("SVOL", "SCONC", "STOT"))


def _edition_limit(day: Day, key: str) -> Limit | None:
    drawn = day.drawn("SCONC")
    return day.index.default_limit(key, "low", drawn.sample.who_edition if drawn else None)


def asthenospermia(day: Day) -> Verdict:
    """R63: motility below the limit."""
    measured = [_lower_limit(day, key) for key in ("SPR", "SMOT") if day.drawn(key)]
    return decide(any_of(*measured)) if measured else None


def teratospermia(day: Day) -> Verdict:
    """R64: few normal forms."""
    return decide(_lower_limit(day, "SMORPH")) if day.drawn("SMORPH") else None


def low_volume(day: Day) -> Verdict:
    """R65: low volume; with azoospermia it may be obstruction or retrograde."""
    low = _lower_limit(day, "SVOL")
    if not low.truth or not day.fired("R60"):
        return decide(low)
    if day.is_("SPH", "<", "acid_semen").truth:
        return decide(all_of(low, day.is_("SPH", "<", "acid_semen")), "obstruction")
    if day.is_("SVOL", "<", "retrograde_volume").truth:
        return decide(day.is_("SVOL", "<", "retrograde_volume"), "retrograde")
    return decide(low)


def low_motile_count(day: Day) -> Verdict:
    """R66: few motile sperm in the ejaculate."""
    if day.drawn("SCONC") is None:
        return None
    motile = motile_count(day.index, day.on)
    what = "volume, concentration and motility, to compute the motile count"
    few = day.number(motile, "<", "low_motile_count", what)
    also = day.used("SVOL", "SCONC", "SMOT")
    if few.truth:
        return decide(few, "fertility" if day.record.fertility_goal else "default", also=also)
    return decide(day.number(motile, "<", "fair_motile_count", what), "fair", also=also)


def leukocytes(day: Day) -> Verdict:
    """R67: leukocytes in semen."""
    return decide(day.is_("SWBC", ">=", "semen_leukocytes"))


def collection(day: Day) -> Verdict:
    """R68: abstinence outside its range, or an incomplete sample."""
    drawn = day.drawn("SCONC") or day.drawn("SVOL")
    if drawn is None:
        return None
    days = drawn.sample.abstinence_days
    reported = day.drawn("SABST")
    if days is None and reported is not None:
        days = reported.reading.value
    checks = [given(drawn.sample.complete is False, "the sample is not complete")]
    if days is not None:
        abstinence = Quantity("abstinence", days, "d", on=day.on)
        checks.append(compare(abstinence, "<", day.limit("abstinence_from")))
        checks.append(compare(abstinence, ">", day.limit("abstinence_to")))
    return decide(any_of(*checks))


def recent_illness(day: Day) -> Verdict:
    """R69: fever or illness in the weeks in which this sperm was made."""
    ill = [o.on for o in day.index.observed("illness", day.on) if o.value is not False]
    ill += [s.collected_on for s in day.record.samples if s.acutely_ill and s.collected_on <= day.on]
    recent = sorted(on for on in ill if day.within(on, "illness_window"))
    return decide(given(True, f"illness on {recent[-1]}")) if recent else None


def no_semen_response(day: Day) -> Verdict:
    """R70: two analyses well apart after half a year of treatment, and no more sperm."""
    now = day.drawn("SCONC")
    begun = [
        run.starts_on for key in ("SERM", "hCG", "GnRH", "FSH") if (run := day.run(key)) and day.active(key)
    ]
    if now is None or not begun:
        return None
    treated = weeks(day.on - min(begun), "time on treatment")
    apart = [d for d in day.index.before("SCONC", day.on) if day.ago(d.on, "semen_apart")]
    if not apart:
        return None
    earlier = apart[-1]
    if earlier.reading.censored:
        return decide(missing("SCONC of the earlier analysis as a number, not a limit"))
    before = Limit(earlier.reading.value, earlier.reading.unit, f"SCONC of {earlier.on}")
    no_more = compare(now.quantity(), "<=", before)
    also = (earlier.quantity(), now.quantity())
    return decide(all_of(compare(treated, ">=", day.limit("long_treatment")), no_more), also=also)


def semen_due(day: Day) -> Verdict:
    """R29: a fertility goal, and no semen analysis or none for long."""
    if not day.record.fertility_goal:
        return None
    done = day.index.until("SCONC", day.on)
    if not done:
        return decide(given(True, "no semen analysis on record"))
    since = weeks(day.on - done[-1].on, "time since the last semen analysis")
    return decide(compare(since, ">", day.limit("semen_interval")))


def has_abnormal_semen(day: Day) -> bool:
    """True where the latest semen analysis has a value below its limit."""
    done = day.index.until("SCONC", day.on)
    if not done:
        return False
    latest = Day(day.index, done[-1].on, Moment.EVENT, day.conditions)
    return any(latest.fired(rule) for rule in ("R60", "R61", "R62", "R63", "R64"))


RULES: Mapping[str, Condition] = {
    "R29": semen_due,
    "R60": azoospermia,
    "R61": severe_oligospermia,
    "R62": oligospermia,
    "R63": asthenospermia,
    "R64": teratospermia,
    "R65": low_volume,
    "R66": low_motile_count,
    "R67": leukocytes,
    "R68": collection,
    "R69": recent_illness,
    "R70": no_semen_response,
}
