"""Group C: estradiol, its ratio to testosterone, and bone on an aromatase inhibitor (R30-R39)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from clinical.calculated import CannotCalculate, t_e2_ratio
from clinical.checks import Quantity, all_of, any_of, compare, given, missing
from clinical.conditions.semen import has_abnormal_semen
from clinical.day import Condition, Day, Verdict, decide, weeks

BREAST_OR_FLUID = frozenset({"breast", "fluid"})
LCMS = "LC-MS/MS"


def _has_symptoms(day: Day) -> bool:
    return bool(day.symptoms() & BREAST_OR_FLUID)


def high_with_symptoms(day: Day) -> Verdict:
    """R30: estradiol above its limit with breast symptoms or fluid."""
    if not _has_symptoms(day):
        return None
    return decide(all_of(day.above_upper("E2"), given(True, "breast symptoms or fluid")))


def high_without_symptoms(day: Day) -> Verdict:
    """R31: estradiol above its limit and nothing felt of it."""
    if _has_symptoms(day):
        return None
    review = day.is_("E2", ">", "review_estradiol")
    return decide(day.above_upper("E2"), "review" if review.truth else "default")


def low_on_inhibitor(day: Day) -> Verdict:
    """R32: estradiol low on an aromatase inhibitor."""
    return decide(day.is_("E2", "<", "low_estradiol")) if day.felt("AI") else None


def very_low_on_inhibitor(day: Day) -> Verdict:
    """R33: estradiol very low on an aromatase inhibitor, by mass spectrometry."""
    drawn = day.drawn("E2")
    if not day.felt("AI") or drawn is None:
        return None
    method = drawn.result.method
    very_low = day.is_("E2", "<", "very_low_estradiol")
    if method is None:
        return decide(all_of(very_low, missing("the method of the estradiol assay is not recorded")))
    return decide(very_low) if method == LCMS else None


def low_without_inhibitor(day: Day) -> Verdict:
    """R34: estradiol very low without an aromatase inhibitor."""
    return None if day.felt("AI") else decide(day.is_("E2", "<", "very_low_estradiol"))


def assay_not_suited(day: Day) -> Verdict:
    """R35: an immunoassay where it cannot be trusted."""
    drawn = day.drawn("E2")
    if drawn is None or drawn.result.method in (None, LCMS):
        return None
    cross_reacting = day.matching("estradiol_cross_reacting", day.record.concomitant)
    return decide(
        any_of(
            given(day.felt("AI"), "on an aromatase inhibitor"),
            given(bool(cross_reacting), "on a drug that cross-reacts"),
            day.is_("E2", "<", "low_estradiol"),
        )
    )


def _ratio(day: Day) -> tuple[Quantity | None, str]:
    total, estradiol = day.drawn("TT"), day.drawn("E2")
    if total is None or estradiol is None:
        return None, f"TT and E2 were not both measured on {day.on}"
    try:
        ratio = t_e2_ratio(total.reading, estradiol.reading, table=day.index.rulebook.calculated)
    except CannotCalculate as problem:
        return None, str(problem)
    return Quantity("T:E2", ratio.value, "", on=day.on), ""


def ratio_low(day: Day) -> Verdict:
    """R36: T:E2 low, both drawn the same day."""
    if day.drawn("TT") is None:
        return None
    ratio, why = _ratio(day)
    worse = day.record.fertility_goal and has_abnormal_semen(day)
    grade = "fertility" if worse else "default"
    return decide(day.number(ratio, "<", "low_ratio", why), grade, also=day.used("TT", "E2"))


def ratio_high(day: Day) -> Verdict:
    """R37: T:E2 high, at a lower limit on an aromatase inhibitor."""
    if day.drawn("TT") is None:
        return None
    ratio, why = _ratio(day)
    name = "high_ratio_on_inhibitor" if day.felt("AI") else "high_ratio"
    return decide(day.number(ratio, ">", name, why), also=day.used("TT", "E2"))


def bone_scan_due(day: Day) -> Verdict:
    """R38: half a year on an aromatase inhibitor and no bone density scan on file."""
    if not (day.felt("AI") or day.taking.in_force("AI", day.on)):
        return None
    scans = [d.on for d in day.index.until("DXA_T", day.on)]
    scans += [o.on for o in day.index.observed("dxa", day.on)]
    if any(day.within(on, "bone_scan_valid") for on in scans):
        return None
    exposure = weeks(timedelta(days=day.taking.days_taken("AI", day.on)), "time on AI in all")
    return decide(
        all_of(compare(exposure, ">=", day.limit("long_inhibitor")), given(True, "no recent bone scan"))
    )


def bone_harm(day: Day) -> Verdict:
    """R39: an aromatase inhibitor with osteoporosis, a fragility fracture or falling bone density."""
    if not (day.felt("AI") or day.taking.in_force("AI", day.on)):
        return None
    known = day.matching("osteoporosis", day.conditions_known())
    checks = [given(True, f"{name} on file") for name in known]
    scores = bone_scores(day)
    if scores:
        checks.append(compare(scores[-1], "<=", day.limit("osteoporosis_t_score")))
    density = [d for d in day.index.until("DXA", day.on) if not d.reading.censored and d.reading.value]
    if len(density) > 1:
        before, now = density[-2].reading.value, density[-1].reading.value
        loss = Quantity("loss of bone density", (before - now) / before * 100, "%", on=density[-1].on)
        checks.append(compare(loss, ">=", day.limit("bone_loss")))
    return decide(any_of(*checks))


def bone_scores(day: Day) -> tuple[Quantity, ...]:
    """The T-scores on file by this day, in order of time."""
    measured = [drawn.quantity() for drawn in day.index.until("DXA_T", day.on)]
    noted = [
        Quantity("DXA_T", o.value, "T-score", on=o.on)
        for o in day.index.observed("dxa", day.on)
        if isinstance(o.value, Decimal)
    ]
    return tuple(sorted(measured + noted, key=lambda score: score.on or day.on))


RULES: Mapping[str, Condition] = {
    "R30": high_with_symptoms,
    "R31": high_without_symptoms,
    "R32": low_on_inhibitor,
    "R33": very_low_on_inhibitor,
    "R34": low_without_inhibitor,
    "R35": assay_not_suited,
    "R36": ratio_low,
    "R37": ratio_high,
    "R38": bone_scan_due,
    "R39": bone_harm,
}
