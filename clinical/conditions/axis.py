"""Group A: what testosterone, LH and FSH together say about the axis (R01-R15)."""

from __future__ import annotations

from collections.abc import Mapping

from clinical.checks import Check, Quantity, all_of, any_of, compare, given, missing
from clinical.day import Condition, Day, Verdict, decide
from clinical.index import Drawn

KEY_ANALYTES = ("LH", "FSH", "E2", "PRL", "HCT", "PSA", "ALT", "AST")


def low_testosterone_secondary(day: Day) -> Verdict:
    """R01: low testosterone without a raised LH or FSH."""
    if day.on_testosterone() or day.active("SERM", "hCG"):
        return None
    check = all_of(
        day.is_("TT", "<", "low_testosterone"), day.not_above_upper("LH"), day.not_above_upper("FSH")
    )
    early = day.since_stop("<", "expected_suppression")
    return decide(check, "early" if early.truth else "default")


def low_testosterone_primary(day: Day) -> Verdict:
    """R02: low testosterone with a raised LH or FSH; on a SERM that rise is the drug's."""
    if day.felt("SERM"):
        return None
    raised = any_of(day.above_upper("LH"), day.above_upper("FSH"))
    return decide(all_of(day.is_("TT", "<", "low_testosterone"), raised))


def compensated_leydig_failure(day: Day) -> Verdict:
    """R03: testosterone is held up by a high LH."""
    if day.felt("SERM"):
        return None
    return decide(all_of(day.is_("TT", ">=", "low_testosterone"), day.is_("LH", ">", "compensated_lh")))


def consider_pituitary_imaging(day: Day) -> Verdict:
    """R04: very low testosterone without raised gonadotropins, a prolactin finding, or a sign of a mass."""
    signs = sorted(day.symptoms() & {"headache", "visual_field"})
    from_prolactin = [rule for rule in ("R43", "R44") if day.fired(rule)]
    circumstance = [given(True, f"{text} reported") for text in signs]
    circumstance += [given(True, f"{rule} holds") for rule in from_prolactin]
    if circumstance:
        return decide(any_of(*circumstance))
    if day.drawn("TT") is None:
        return None
    very_low = day.is_("TT", "<", "imaging_testosterone")
    late = day.since_stop(">=", "expected_suppression")
    return decide(all_of(late, very_low, day.not_above_upper("LH"), day.not_above_upper("FSH")))


def _is_out(day: Day, drawn: Drawn) -> Check | None:
    checks = (day.beside(drawn, ">", "high"), day.beside(drawn, "<", "low"))
    return next((check for check in checks if check.truth), None)


def confirm_once_more(day: Day) -> Verdict:
    """R05: the first low testosterone, or the first value of a key analyte outside its interval."""
    found = []
    low = day.is_("TT", "<", "low_testosterone")
    if low.truth and not day.on_testosterone() and not _was_low_before(day):
        found.append(low)
    for key in KEY_ANALYTES:
        drawn = day.drawn(key)
        if drawn is None or (out := _is_out(day, drawn)) is None:
            continue
        if not any(_is_out(day, earlier) for earlier in day.index.before(key, day.on)):
            found.append(out)
    return decide(any_of(*found)) if found else None


def _was_low_before(day: Day) -> bool:
    limit = day.limit("low_testosterone")
    earlier = (d for d in day.index.before("TT", day.on) if not day.record.on_testosterone(d.on))
    return any(compare(d.quantity(), "<", limit).truth for d in earlier)


def not_a_morning_sample(day: Day) -> Verdict:
    """R06: late, of unknown hour, not fasting, or ill."""
    drawn = day.drawn("TT")
    if drawn is None:
        return None
    sample = drawn.sample
    hour = _hour(drawn)
    late = None if hour is None else compare(hour, ">", day.limit("latest_draw_hour"))
    reasons = [
        given(hour is None, "the hour of the draw is not recorded"),
        given(sample.fasting is False, "not fasting"),
        given(sample.acutely_ill is True, "acutely ill"),
    ]
    return decide(any_of(*reasons, *([late] if late else [])))


def _hour(drawn: Drawn) -> Quantity | None:
    hour = drawn.sample.hour
    return None if hour is None else Quantity("hour of the draw", hour, "h", on=drawn.on)


def _free_testosterone(day: Day) -> tuple[Quantity | None, str]:
    calculated = day.free_testosterone()
    if calculated is None:
        return None, day.why_no_free_testosterone()
    return Quantity("CFT", calculated.free_pg_ml, "pg/mL", on=day.on), ""


def free_testosterone_low(day: Day) -> Verdict:
    """R07: total testosterone adequate, free testosterone low."""
    total = day.is_("TT", ">=", "low_testosterone")
    if total.truth is False:
        return None
    free, why = _free_testosterone(day)
    check = all_of(total, day.number(free, "<", "low_free_testosterone", why))
    return decide(check, also=day.used("SHBG", "ALB"))


def free_testosterone_adequate(day: Day) -> Verdict:
    """R08: total testosterone low, free testosterone adequate."""
    total = day.is_("TT", "<", "low_testosterone")
    if total.truth is False:
        return None
    free, why = _free_testosterone(day)
    check = all_of(total, day.number(free, ">=", "low_free_testosterone", why))
    return decide(check, also=day.used("SHBG", "ALB"))


def testosterone_too_high(day: Day) -> Verdict:
    """R09: testosterone above its upper limit on treatment."""
    if not day.felt("SERM", "hCG", "GnRH"):
        return None
    very_high = day.is_("TT", ">", "very_high_testosterone")
    return decide(day.above_upper("TT"), "very_high" if very_high.truth else "default")


def exogenous_pattern(day: Day) -> Verdict:
    """R10: suppressed gonadotropins with a testosterone that nothing on record explains."""
    if day.felt("hCG"):
        return None
    check = all_of(
        day.since_stop(">=", "exogenous_after"),
        day.is_("TT", ">", "low_testosterone"),
        day.is_("LH", "<", "suppressed_lh"),
        day.is_("FSH", "<", "suppressed_fsh"),
    )
    very_high = day.is_("TT", ">", "very_high_testosterone")
    return decide(check, "very_high" if very_high.truth else "default")


def other_anabolic_steroids(day: Day) -> Verdict:
    """R11: everything low but the hematocrit."""
    return decide(
        all_of(
            day.is_("TT", "<", "anabolic_testosterone"),
            day.is_("LH", "<", "anabolic_lh"),
            day.is_("SHBG", "<", "anabolic_shbg"),
            day.is_("HCT", ">=", "hematocrit_watch"),
        )
    )


def still_suppressed(day: Day) -> Verdict:
    """R12: gonadotropins still suppressed beyond the expected time."""
    if day.felt("hCG"):
        return None
    check = all_of(
        day.since_stop(">=", "expected_suppression"),
        day.is_("LH", "<", "suppressed_lh"),
        day.is_("FSH", "<", "suppressed_fsh"),
    )
    late = day.since_stop(">=", "late_suppression")
    return decide(check, "late" if late.truth else "default")


def stalled(day: Day) -> Verdict:
    """R13: testosterone low and level over two visits or more."""
    drawn = day.drawn("TT")
    if drawn is None:
        return None
    apart = [
        d
        for d in day.index.before("TT", day.on)
        if day.ago(d.on, "plateau_visits_apart") and not day.record.on_testosterone(d.on)
    ]
    level = _level(day, apart[-1], drawn) if apart else missing("TT of an earlier visit, off testosterone")
    low = day.is_("TT", "<", "low_testosterone")
    check = all_of(day.since_stop(">=", "late_suppression"), low, level)
    return decide(check, also=tuple(d.quantity() for d in apart[-1:]))


def _level(day: Day, earlier: Drawn, drawn: Drawn) -> Check:
    if earlier.reading.censored or drawn.reading.censored or earlier.reading.value == 0:
        return missing("TT as a number, not a limit, on both visits")
    change = abs(drawn.reading.value - earlier.reading.value) / earlier.reading.value * 100
    return compare(Quantity("change of TT", change, "%"), "<", day.limit("plateau_change"))


def rebound_off_drug(day: Day) -> Verdict:
    """R14: the response of a SERM or hCG does not outlast it."""
    ended = [day.taking.last_dose(key, day.on) for key in ("SERM", "hCG") if day.taking.doses(key)]
    last_days = [last for last in ended if last is not None]
    if day.on_testosterone() or day.active("SERM", "hCG") or not last_days:
        return None
    last_day = max(last_days)
    now = day.drawn("TT")
    if now is None or not day.within(last_day, "rebound_window"):
        return None
    on_drug = [d for d in day.index.until("TT", last_day) if _drawn_on_drug(day, d)]
    if not on_drug:
        return decide(missing("TT on the drug, before its last dose"))
    return _rebound(day, now, on_drug[-1])


def _drawn_on_drug(day: Day, drawn: Drawn) -> bool:
    return any(day.taking.active(key, drawn.on) for key in ("SERM", "hCG"))


def _rebound(day: Day, now: Drawn, before: Drawn) -> Verdict:
    responded = compare(before.quantity(), ">=", day.limit("low_testosterone"))
    low = day.is_("TT", "<", "low_testosterone")
    if low.truth is not False:
        return decide(all_of(responded, low), "low")
    if responded.truth is False:
        return None
    if now.reading.censored or before.reading.censored or before.reading.value == 0:
        return decide(missing("TT as a number, not a limit, on and off the drug"))
    fall = (before.reading.value - now.reading.value) / before.reading.value * 100
    fell = compare(Quantity("fall of TT", fall, "%"), ">=", day.limit("rebound_fall"))
    return decide(all_of(responded, fell), "default", also=(now.quantity(),))


def expected_feedback_on_hcg(day: Day) -> Verdict:
    """R15: low LH or FSH while hCG acts."""
    if not day.felt("hCG"):
        return None
    return decide(any_of(day.below_lower("LH"), day.below_lower("FSH")))


RULES: Mapping[str, Condition] = {
    "R01": low_testosterone_secondary,
    "R02": low_testosterone_primary,
    "R03": compensated_leydig_failure,
    "R04": consider_pituitary_imaging,
    "R05": confirm_once_more,
    "R06": not_a_morning_sample,
    "R07": free_testosterone_low,
    "R08": free_testosterone_adequate,
    "R09": testosterone_too_high,
    "R10": exogenous_pattern,
    "R11": other_anabolic_steroids,
    "R12": still_suppressed,
    "R13": stalled,
    "R14": rebound_off_drug,
    "R15": expected_feedback_on_hcg,
}
