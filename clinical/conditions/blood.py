"""Group D, serum and blood: prolactin, hematocrit, hemoglobin, PSA (R42-R49)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from clinical.checks import Check, Limit, Quantity, all_of, any_of, compare, given
from clinical.conditions.safety import VISUAL
from clinical.day import Condition, Day, Verdict, decide
from clinical.index import Drawn


def prolactin_first_high(day: Day) -> Verdict:
    """R42: prolactin above its limit, and not on the draw before."""
    high = day.above_upper("PRL")
    if high.truth is not True:
        return decide(high)
    return None if _high_on_the_draw_before(day).truth else decide(high)


def _high_on_the_draw_before(day: Day) -> Check:
    earlier = day.index.before("PRL", day.on)
    return day.beside(earlier[-1], ">", "high") if earlier else given(False)


def prolactin_persistent(day: Day) -> Verdict:
    """R43: above its limit on two draws in a row, or at twice the limit once."""
    high = day.above_upper("PRL")
    if not high.truth:
        return decide(high)
    check = all_of(
        any_of(all_of(high, _high_on_the_draw_before(day)), day.above_upper("PRL", "prolactin_times")),
        day.is_("PRL", "<=", "prolactin_critical"),
    )
    known = day.matching("pituitary", day.conditions_known())
    return decide(check, "known" if known else "default")


def prolactin_critical(day: Day) -> Verdict:
    """R44: prolactin as of a macroprolactinoma, or high with a visual sign."""
    very_high = day.is_("PRL", ">", "prolactin_critical")
    if very_high.truth or not day.symptoms() & VISUAL:
        return decide(very_high)
    with_sign = all_of(given(True, "visual symptom"), day.is_("PRL", ">", "prolactin_with_visual_sign"))
    return decide(any_of(very_high, with_sign))


def hematocrit_high(day: Day) -> Verdict:
    """R45: hematocrit above the threshold at which testosterone is stopped."""
    return decide(day.is_("HCT", ">", "hematocrit_high"))


def hematocrit_watch(day: Day) -> Verdict:
    """R46: hematocrit on its way there."""
    return decide(all_of(day.is_("HCT", ">=", "hematocrit_watch"), day.is_("HCT", "<=", "hematocrit_high")))


def hemoglobin_low(day: Day) -> Verdict:
    """R47: hemoglobin low."""
    return decide(day.is_("HGB", "<", "hemoglobin_low"))


def psa_rise(day: Day) -> Verdict:
    """R48: a rise of PSA that a second draw confirms."""
    draws = day.index.until("PSA", day.on)
    if not draws or draws[-1].on != day.on:
        return None
    ways = [check for check in (_rise_on_two(day, draws), _velocity_on_two(day, draws)) if check is not None]
    return decide(any_of(*ways)) if ways else None


def _psa_baseline(day: Day, draws: list[Drawn]) -> tuple[Decimal, date | None] | None:
    """PSA before testosterone, else the first on record, with its day where that is known."""
    known = day.record.baseline.get("PSA")
    if known is not None:
        return known, day.record.baseline_on
    first = draws[0]
    return None if first.reading.censored else (first.reading.value, first.on)


def _rise_on_two(day: Day, draws: list[Drawn]) -> Check | None:
    baseline = _psa_baseline(day, draws)
    pair = draws[-2:]
    if baseline is None or len(pair) < 2:  # one rise is not a confirmed one
        return None
    value, since = baseline
    if since is not None and pair[0].on - since > day.span("psa_rise_within"):
        return None
    rise = day.limit("psa_rise")
    limit = Limit(value + rise.value, rise.unit, f"baseline {value:f} plus {rise.value:f}: {rise.origin}")
    return all_of(*(compare(drawn.quantity(), ">", limit) for drawn in pair))


def _velocity_on_two(day: Day, draws: list[Drawn]) -> Check | None:
    """Against the first PSA after half a year off testosterone, on this draw and on the one before it."""
    period = day.record.period_on(day.on)
    if period is None or period.effective_stop is None:
        return None
    settled = day.span("psa_velocity_after")
    later = [d for d in draws if d.on - period.effective_stop >= settled]
    if len(later) < 3 or later[-1].on - later[0].on < settled:  # a reference and two after it
        return None
    if any(drawn.reading.censored for drawn in (later[0], *later[-2:])):
        return None
    return all_of(*(_faster(day, later[0], drawn) for drawn in later[-2:]))


def _faster(day: Day, reference: Drawn, drawn: Drawn) -> Check:
    years = Decimal((drawn.on - reference.on).days) / day.value("days_a_year")
    velocity = (drawn.reading.value - reference.reading.value) / years
    quantity = Quantity("PSA velocity", velocity, "ng/mL a year", result_id=drawn.result.id, on=drawn.on)
    return compare(quantity, ">", day.limit("psa_velocity"))


def psa_high(day: Day) -> Verdict:
    """R49: PSA above its limit; doubled on a 5-alpha-reductase inhibitor."""
    drawn = day.drawn("PSA")
    if drawn is None:
        return None
    halved = day.matching("five_ari", day.record.concomitant)
    factor = day.value("psa_times_on_inhibitor") if halved else Decimal(1)
    risk = day.matching("prostate_risk", day.record.history)
    name = "psa_high_at_risk" if risk else "psa_high"
    very_high = _psa_over(day, drawn, "psa_critical", factor)
    return decide(
        very_high if very_high.truth else _psa_over(day, drawn, name, factor),
        "severe" if very_high.truth else "default",
    )


def _psa_over(day: Day, drawn: Drawn, name: str, factor: Decimal) -> Check:
    limit = day.limit(name)
    return compare(drawn.quantity(), ">", Limit(limit.value / factor, limit.unit, limit.origin))


RULES: Mapping[str, Condition] = {
    "R42": prolactin_first_high,
    "R43": prolactin_persistent,
    "R44": prolactin_critical,
    "R45": hematocrit_high,
    "R46": hematocrit_watch,
    "R47": hemoglobin_low,
    "R48": psa_rise,
    "R49": psa_high,
}
