"""Group F: what must not be taken together, or not by this man (R80-R89, R97)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from clinical.checks import Check, Limit, Quantity, any_of, compare, given
from clinical.day import Condition, Day, Moment, Verdict, decide
from clinical.record import Dose

SERMS = "SERM"
RAISING = ("SERM", "hCG", "GnRH", "AI")


def _taken(day: Day, key: str) -> list[Dose]:
    """The doses of the day that this rule is about: those that begin, or at any time those in force."""
    return day.taking.in_force(key, day.on)


def _begins(day: Day, *keys: str) -> bool:
    """True where one of the drugs begins on this day; asked of today, whatever is in force counts."""
    return day.moment is Moment.CURRENT or any(day.taking.starting(key, day.on) for key in keys)


def _held(says: str, cause: str, doses: Iterable[Dose], grade: str = "default") -> Verdict:
    also = tuple(
        Quantity(f"{d.drug} a week", d.weekly, d.unit, result_id=d.id, on=d.starts_on) for d in doses
    )
    return decide(given(True, says), grade, cause=cause, also=also)


def duplicate_serm(day: Day) -> Verdict:
    """R80: a SERM while another is taken or not yet washed out."""
    taken = _taken(day, SERMS)
    drugs = {dose.drug for dose in taken} | {dose.drug for dose in day.taking.felt(SERMS, day.on)}
    if not taken or len(drugs) == 1 or not _begins(day, *drugs):
        return None
    names = "+".join(sorted(drugs))
    return _held(f"{names}, wash-out included", names, taken)


def tamoxifen_with_inhibitor(day: Day) -> Verdict:
    """R81: tamoxifen with an aromatase inhibitor."""
    tamoxifen, inhibitors = _taken(day, "tamoxifen"), _taken(day, "AI")
    others = day.matching("aromatase_inhibitor", day.record.concomitant)
    if not tamoxifen or not (inhibitors or others):
        return None
    if not _begins(day, "tamoxifen", *(dose.drug for dose in inhibitors)):
        return None
    names = "+".join(sorted({"tamoxifen", *(dose.drug for dose in inhibitors), *others}))
    return _held(names, names, [*tamoxifen, *inhibitors])


def tamoxifen_with_cyp2d6_inhibitor(day: Day) -> Verdict:
    """R82: tamoxifen with a strong CYP2D6 inhibitor."""
    tamoxifen = _taken(day, "tamoxifen")
    inhibitors = day.matching("cyp2d6_strong", day.record.concomitant)
    if not tamoxifen or not inhibitors or not _begins(day, "tamoxifen"):
        return None
    return _held(f"tamoxifen with {', '.join(inhibitors)}", "+".join(inhibitors), tamoxifen)


def serm_with_warfarin(day: Day) -> Verdict:
    """R83: a SERM with warfarin; with tamoxifen the label forbids it."""
    serms = _taken(day, SERMS)
    warfarin = day.matching("warfarin", day.record.concomitant)
    if not serms or not warfarin or not _begins(day, *(dose.drug for dose in serms)):
        return None
    grade = "tamoxifen" if any(dose.drug == "tamoxifen" for dose in serms) else "default"
    return _held(f"{serms[-1].drug} with {warfarin[0]}", "", serms, grade)


def clot_history(day: Day) -> Verdict:
    """R84: a SERM or hCG after a thrombosis or with a tendency to one."""
    doses = _taken(day, SERMS) + _taken(day, "hCG")
    known = tuple(
        name
        for name in day.conditions_known()
        if day.matching("vte", (name,)) or day.matching("clots", (name,))
    )
    if not doses or not known:
        return None
    grade = "tamoxifen" if any(dose.drug == "tamoxifen" for dose in doses) else "default"
    return _held(f"{', '.join(known)} on file", "", doses, grade)


def liver_disease(day: Day) -> Verdict:
    """R85: a SERM with liver disease."""
    doses, known = _taken(day, SERMS), day.matching("liver", day.conditions_known())
    return _held(f"{', '.join(known)} on file", "", doses) if doses and known else None


def dose_out_of_range(day: Day) -> Verdict:
    """R86: a weekly dose above the practice limit, or above the hard one."""
    checks, grade = [], "default"
    for key, drug in day.index.rulebook.drugs.items():
        for dose in _taken(day, key):
            quantity = Quantity(f"{key} a week", dose.weekly, dose.unit, result_id=dose.id, on=dose.starts_on)
            hard = _over(quantity, drug.limits.weekly_hard_high, f"hard limit of {key}")
            over = hard or _over(quantity, drug.limits.weekly_soft_high, f"practice limit of {key}")
            if over is not None and dose.unit == drug.weekly_unit:
                checks.append(over)
                grade = "severe" if hard else grade
    return decide(any_of(*checks), grade) if checks else None


def _over(weekly: Quantity, limit: Decimal | None, origin: str) -> Check | None:
    if limit is None or weekly.value <= limit:
        return None
    return compare(weekly, ">", Limit(limit, weekly.unit, origin))


def testosterone_still_taken(day: Day) -> Verdict:
    """R87: a recovery drug while testosterone is still taken; hCG beside it is a known pattern."""
    if not day.on_testosterone():
        return None
    drugs = _taken(day, SERMS) + _taken(day, "GnRH")
    hcg = _taken(day, "hCG")
    if drugs:
        return _held("before the effective stop of testosterone", "", drugs)
    return _held("before the effective stop of testosterone", "", hcg, "hcg") if hcg else None


def analogue_or_primary_failure(day: Day) -> Verdict:
    """R88: gonadorelin with a GnRH analogue, or a SERM where the testes have failed."""
    gonadorelin = _taken(day, "GnRH")
    analogues = day.matching("gnrh_analogue", day.record.concomitant)
    if gonadorelin and analogues:
        return _held(f"gonadorelin with {', '.join(analogues)}", "analogue", gonadorelin, "analogue")
    serms, failed = _taken(day, SERMS), day.matching("primary_hypogonadism", day.conditions_known())
    if serms and failed:
        return _held(f"{', '.join(failed)} on file", "primary", serms)
    return None


def hormone_sensitive_cancer(day: Day) -> Verdict:
    """R89: something that raises androgens in a man with breast or prostate cancer."""
    doses = [dose for key in RAISING for dose in _taken(day, key)]
    known = day.matching("prostate_cancer", day.conditions_known())
    known += day.matching("breast_cancer", day.conditions_known())
    return _held(f"{', '.join(known)} on file", "", doses) if doses and known else None


def off_label_not_acknowledged(day: Day) -> Verdict:
    """R97: a drug in use whose off-label statement is known not to be acknowledged."""
    missing = {str(o.value) for o in day.index.observed("off_label_missing", day.on)}
    missing -= {str(o.value) for o in day.index.observed("off_label_acknowledged", day.on)}
    doses = [dose for key in sorted(missing) for dose in _taken(day, key)]
    names = "+".join(sorted({dose.drug for dose in doses}))
    return _held(f"{names}: statement not acknowledged", names, doses) if doses else None


RULES: Mapping[str, Condition] = {
    "R80": duplicate_serm,
    "R81": tamoxifen_with_inhibitor,
    "R82": tamoxifen_with_cyp2d6_inhibitor,
    "R83": serm_with_warfarin,
    "R84": clot_history,
    "R85": liver_disease,
    "R86": dose_out_of_range,
    "R87": testosterone_still_taken,
    "R88": analogue_or_primary_failure,
    "R89": hormone_sensitive_cancer,
    "R97": off_label_not_acknowledged,
}
