"""Group B: how the axis answers SERM, GnRH and hCG (R20-R27)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from clinical.checks import Check, Limit, Quantity, Relation, all_of, any_of, compare, given, missing
from clinical.day import Condition, Day, Moment, Verdict, decide, weeks
from clinical.index import Drawn
from clinical.record import Dose


def _start_lh(day: Day) -> Drawn | None:
    """LH as it was when the contiguous SERM exposure began."""
    run = day.run("SERM")
    earlier = day.index.until("LH", run.starts_on) if run else []
    return earlier[-1] if earlier else None


def _against_start(day: Day, relation: Relation, times: str) -> Check:
    """LH of this day against that many times its start value, if the start was not itself suppressed."""
    start, now = _start_lh(day), day.drawn("LH")
    if start is None:
        return missing("LH at or before the start of the SERM")
    unsuppressed = day.beside(start, ">=", "low")
    if unsuppressed.truth is False:
        return unsuppressed
    if now is None:
        return missing(f"LH was not measured on {day.on}")
    if start.reading.censored:
        return missing("LH at the start of the SERM as a number, not a limit")
    factor = day.value(times)
    limit = Limit(start.reading.value * factor, start.reading.unit, f"{factor:f} times LH of {start.on}")
    return all_of(unsuppressed, compare(now.quantity(), relation, limit))


def no_lh_response(day: Day) -> Verdict:
    """R20: LH does not rise on a SERM."""
    if not day.active("SERM") or day.felt("hCG"):
        return None
    return decide(
        all_of(
            day.taken_for("SERM", ">=", "serm_first_check"),
            any_of(day.below_lower("LH"), _against_start(day, "<", "lh_response")),
        )
    )


def no_testosterone_response(day: Day) -> Verdict:
    """R21: LH rises on a SERM and testosterone does not follow."""
    if not day.active("SERM"):
        return None
    return decide(
        all_of(
            day.taken_for("SERM", ">=", "serm_second_check"),
            day.is_("TT", "<", "low_testosterone"),
            any_of(day.above_upper("LH"), _against_start(day, ">=", "lh_doubling")),
        )
    )


def titrate_up(day: Day) -> Verdict:
    """R22: below target on a dose that has had its time and may still be raised."""
    doses = day.taking.active("SERM", day.on)
    if not doses or any(day.fired(rule) for rule in ("R07", "R20", "R21")):
        return None
    dose = doses[-1]
    return decide(
        all_of(
            compare(
                weeks(day.taking.since_dose_change(dose, day.on), "time on this dose"),
                ">=",
                day.limit("serm_first_check"),
            ),
            _below_soft_limit(day, dose),
            day.is_("TT", "<", "target_testosterone"),
            day.not_above_upper("LH"),
        )
    )


def _below_soft_limit(day: Day, dose: Dose) -> Check:
    practice = day.index.rulebook.drugs[dose.drug].limits.weekly_soft_high
    if practice is None:
        return missing(f"there is no practice limit for {dose.drug}")
    quantity = Quantity(f"{dose.drug} a week", dose.weekly, dose.unit, result_id=dose.id)
    return compare(quantity, "<", Limit(practice, dose.unit, f"practice limit of {dose.drug}"))


def titrate_down(day: Day) -> Verdict:
    """R23: more than needed on a SERM. Symptoms of estradiol are R30's, which says the same of the dose."""
    if not day.active("SERM"):
        return None
    driven = all_of(day.is_("LH", ">", "high_lh_on_serm"), day.is_("TT", ">=", "low_testosterone"))
    return decide(any_of(day.is_("TT", ">", "reduce_testosterone"), driven))


def desensitised(day: Day) -> Verdict:
    """R24: LH falls away on GnRH, or GnRH is given continuously."""
    in_force = day.taking.in_force("GnRH", day.on)
    day = day.with_newest("LH")
    if any(dose.mode == "continuous" for dose in in_force):
        return decide(given(True, "gonadorelin is given continuously"))
    if not day.felt("GnRH") or day.drawn("LH") is None:
        return None
    run = day.run("GnRH")
    on_treatment = [d for d in day.index.until("LH", day.on) if run and d.on > run.starts_on]
    suppressed = all_of(day.taken_for("GnRH", ">=", "gnrh_first_check"), day.is_("LH", "<", "suppressed_lh"))
    also = tuple(drawn.quantity() for drawn in on_treatment)
    return decide(any_of(suppressed, _fallen_from_peak(day, on_treatment)), also=also)


def _fallen_from_peak(day: Day, on_treatment: list[Drawn]) -> Check:
    """This draw and the one before it both at or below half of the highest LH on treatment."""
    if len(on_treatment) < 3:  # a peak, and two draws after it
        return given(False)
    if any(d.reading.censored for d in on_treatment[:-2]):
        return missing("LH on GnRH as numbers, not limits")
    peak = max(on_treatment[:-2], key=lambda d: d.reading.value)
    share = 1 - day.value("gnrh_fall") / 100
    limit = Limit(peak.reading.value * share, peak.reading.unit, f"{share:f} times the peak of {peak.on}")
    return all_of(*(compare(d.quantity(), "<=", limit) for d in on_treatment[-2:]))


def gnrh_bolus(day: Day) -> Verdict:
    """R25: gonadorelin as bolus injections."""
    doses = day.taking.in_force("GnRH", day.on)
    boluses = [dose for dose in doses if dose.mode == "bolus"]
    if not boluses:
        return None
    if day.moment is Moment.EVENT and not _bolus_begins(day, boluses):
        return None
    dose = boluses[-1]
    quantity = Quantity(f"{dose.drug} a week", dose.weekly, dose.unit, result_id=dose.id)
    return decide(given(True, "gonadorelin as bolus"), also=(quantity,))


def _bolus_begins(day: Day, boluses: list[Dose]) -> bool:
    """A bolus dose begins this day, and none was taken shortly before; a step of the dose is no start."""
    gap = int(day.value("contiguous_gap"))
    earlier = [d for d in day.taking.doses("GnRH") if d.mode == "bolus" and d.starts_on < day.on]
    if any(d.ends_on is None or (day.on - d.ends_on).days <= gap for d in earlier):
        return False
    return any(dose.starts_on == day.on for dose in boluses)


def no_testosterone_on_hcg(day: Day) -> Verdict:
    """R26: testosterone stays low on an adequate dose of hCG."""
    doses = day.taking.active("hCG", day.on)
    if not doses or day.drawn("TT") is None:
        return None
    adequate = sum((dose.weekly for dose in doses), Decimal(0))
    quantity = Quantity("hCG a week", adequate, doses[-1].unit)
    return decide(
        all_of(
            day.taken_for("hCG", ">=", "hcg_testosterone_check"),
            compare(quantity, ">=", day.limit("hcg_adequate_weekly")),
            day.is_("TT", "<", "low_testosterone"),
        )
    )


def no_sperm_on_hcg(day: Day) -> Verdict:
    """R27: azoospermia after months of hCG with a low FSH."""
    if not day.active("hCG") or day.active("FSH"):
        return None
    if not day.fired("R60"):
        return None
    fsh = day.index.until("FSH", day.on)
    run = day.run("hCG")
    recent = [d for d in fsh if run and d.on > run.starts_on and day.within(d.on, "fsh_beside_semen")]
    low = compare(recent[-1].quantity(), "<", day.limit("fsh_for_sperm")) if recent else missing("FSH on hCG")
    return decide(all_of(day.taken_for("hCG", ">=", "hcg_sperm_check"), low))


RULES: Mapping[str, Condition] = {
    "R20": no_lh_response,
    "R21": no_testosterone_response,
    "R22": titrate_up,
    "R23": titrate_down,
    "R24": desensitised,
    "R25": gnrh_bolus,
    "R26": no_testosterone_on_hcg,
    "R27": no_sperm_on_hcg,
}
