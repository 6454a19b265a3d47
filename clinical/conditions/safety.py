"""Group D, symptoms and mood: what needs an answer whatever the axis does (R40, R41, R50-R56)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from clinical.checks import Check, Quantity, all_of, any_of, compare, given
from clinical.day import Condition, Day, Verdict, decide
from clinical.index import Drawn
from clinical.record import Observation

VISUAL = frozenset({"visual", "visual_field"})
CLOT = frozenset({"leg_swelling", "leg_pain", "dyspnea", "chest_pain", "hemoptysis", "vte"})
BREAST_MASS = frozenset({"breast_lump", "breast_mass"})
TESTIS = frozenset({"testis_mass", "testis_pain"})
AGENTS = ("SERM", "hCG", "GnRH", "AI", "FSH")
UPPER_LIMIT_OF = ("ALT", "AST")


def _reported(day: Day, kinds: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(day.symptoms() & kinds))


def visual_symptom(day: Day) -> Verdict:
    """R40: a visual symptom on a SERM or in the weeks after it."""
    reported = _reported(day, VISUAL)
    if not reported or not day.taking.felt("SERM", day.on, day.span("visual_after_serm")):
        return None
    return decide(given(True, f"{', '.join(reported)} symptom on a SERM"))


def possible_clot(day: Day) -> Verdict:
    """R41: a symptom of thrombosis or embolism on any agent."""
    reported = _reported(day, CLOT)
    on_agent = day.felt(*AGENTS) or day.on_testosterone()
    return decide(given(True, ", ".join(reported))) if reported and on_agent else None


def liver(day: Day) -> Verdict:
    """R50: transaminases several times their upper limit."""
    measured = [key for key in UPPER_LIMIT_OF if day.drawn(key)]
    if not measured:
        return None
    high = any_of(*(day.above_upper(key, "liver_times") for key in measured))
    very_high = any_of(*(day.above_upper(key, "liver_critical_times") for key in measured))
    jaundice = "jaundice" in day.symptoms() or bool(_bilirubin_high(day))
    grade = "severe" if very_high.truth or (high.truth and jaundice) else "default"
    return decide(very_high if very_high.truth else high, grade)


def _bilirubin_high(day: Day) -> bool:
    return bool(day.drawn("BILI") and day.above_upper("BILI", "bilirubin_times").truth)


def triglycerides_on_tamoxifen(day: Day) -> Verdict:
    """R51: triglycerides on tamoxifen."""
    if not day.felt("tamoxifen"):
        return None
    high = day.is_("TG", ">=", "triglycerides_critical")
    if high.truth:
        return decide(high, "severe")
    return decide(
        all_of(day.is_("TG", ">=", "triglycerides_raised"), day.is_("TG", "<", "triglycerides_critical"))
    )


def mood(day: Day) -> Verdict:
    """R52: PHQ-9 high or risen, or a thought of being better off dead."""
    item = score(day.noted("phq9_item9"), "PHQ-9 item 9")
    if item is not None and (check := compare(item, ">=", day.limit("phq9_item9_any"))).truth:
        return decide(check, "suicidality")
    total = score(day.noted("phq9"), "PHQ-9")
    if total is None:
        return None
    checks = [compare(total, ">=", day.limit("phq9_moderate"))]
    earlier = [o for o in day.index.observed("phq9", day.on) if o.on < day.on]
    before = score(earlier[-1], "PHQ-9") if earlier else None
    if before is not None:
        rise = Quantity("rise of PHQ-9", total.value - before.value, "", on=day.on)
        checks.append(compare(rise, ">=", day.limit("phq9_rise")))
    return decide(any_of(*checks), also=(total,))


def score(observation: Observation | None, name: str) -> Quantity | None:
    """What was noted, as a quantity; None where nothing was, or no number."""
    if observation is None or not isinstance(observation.value, Decimal):
        return None
    return Quantity(name, observation.value, "", result_id=observation.id, on=observation.on)


def lipids_on_inhibitor(day: Day) -> Verdict:
    """R53: LDL up or HDL down since before the aromatase inhibitor."""
    run = day.run("AI")
    if run is None or not day.felt("AI"):
        return None
    ways: list[Check] = []
    also: list[Quantity] = []
    for key, sign in (("LDL", 1), ("HDL", -1)):
        now, earlier = day.drawn(key), day.index.until(key, run.starts_on)
        if now and earlier and (change := _change(earlier[-1], now)) is not None:
            quantity = Quantity(f"{'rise' if sign > 0 else 'fall'} of {key}", change * sign, "%", on=day.on)
            ways.append(compare(quantity, ">=", day.limit("lipid_change")))
            also += [earlier[-1].quantity(), now.quantity()]
    return decide(any_of(*ways), also=tuple(also)) if ways else None


def _change(before: Drawn, now: Drawn) -> Decimal | None:
    if before.reading.censored or now.reading.censored or before.reading.value == 0:
        return None
    return (now.reading.value - before.reading.value) / before.reading.value * 100


def breast_mass(day: Day) -> Verdict:
    """R54: a new lump or a hard mass on one side."""
    reported = _reported(day, BREAST_MASS)
    return decide(given(True, ", ".join(reported))) if reported else None


def testis(day: Day) -> Verdict:
    """R55: a testicular mass or acute pain."""
    reported = _reported(day, TESTIS)
    return decide(given(True, ", ".join(reported))) if reported else None


def blood_pressure(day: Day) -> Verdict:
    """R56: raised on this day and at the measurement before it."""
    return decide(all_of(_raised(day, 0), _raised(day, 1)))


def _raised(day: Day, back: int) -> Check:
    ways = []
    for kind, name in (("systolic", "systolic_high"), ("diastolic", "diastolic_high")):
        taken = [o for o in day.index.observed(kind, day.on) if isinstance(o.value, Decimal)]
        if len(taken) > back:
            observation = taken[-1 - back]
            pressure = Quantity(kind, Decimal(str(observation.value)), "mmHg", on=observation.on)
            ways.append(compare(pressure, ">=", day.limit(name)))
    return any_of(*ways) if ways else given(False)


RULES: Mapping[str, Condition] = {
    "R40": visual_symptom,
    "R41": possible_clot,
    "R50": liver,
    "R51": triglycerides_on_tamoxifen,
    "R52": mood,
    "R53": lipids_on_inhibitor,
    "R54": breast_mass,
    "R55": testis,
    "R56": blood_pressure,
}
