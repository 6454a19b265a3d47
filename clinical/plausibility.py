"""Is what was typed plausible: limits, units mixed up, results that disagree, and jumps between draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from clinical.analytes import Analyte, analyte
from clinical.plausibility_limits import PLAUSIBILITY, CrossLimits, PlausibilityTable
from clinical.readings import Comparator, Reading, convert


class ConcernKind(StrEnum):
    """HARD needs an override with its reason to be stored; SOFT asks to confirm; UNIT offers another unit."""

    HARD = "hard"
    SOFT = "soft"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Concern:
    """One doubt about an entry; the message names the analyte, what was found and what is accepted."""

    kind: ConcernKind
    message: str
    analytes: tuple[str, ...] = ()
    suggested_unit: str | None = None


def _outside(reading: Reading, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether the number lies outside, as far as a censored one says: "<0.1" is never too low."""
    value, comparator = reading.value, reading.comparator
    goes_down = comparator in (Comparator.BELOW, Comparator.AT_MOST)
    goes_up = comparator in (Comparator.ABOVE, Comparator.AT_LEAST)
    too_low = low is not None and value < low and not (goes_down or goes_up)
    too_high = high is not None and (value > high or (comparator is Comparator.ABOVE and value == high))
    return too_low or too_high


def _range_text(low: Decimal | None, high: Decimal | None, unit: str) -> str:
    if low is not None and high is not None:
        return f"{low:f} to {high:f} {unit}"
    return f"up to {high:f} {unit}" if high is not None else f"{low:f} {unit} or more"


def _limit_concern(reading: Reading, table: PlausibilityTable) -> Concern | None:
    found = table.limits_of(reading)
    if found is None:
        return None
    row, compared = found
    label = analyte(reading.analyte).units_by_code[row.unit].label
    start = f"{analyte(reading.analyte).name} ({reading.analyte}): found {reading.text_with_unit}"
    if _outside(compared, row.hard_low, row.hard_high):
        accepted = _range_text(row.hard_low, row.hard_high, label)
        return Concern(ConcernKind.HARD, f"{start}. Accepted: {accepted}.", (reading.analyte,))
    if _outside(compared, row.soft_low, row.soft_high):
        accepted = _range_text(row.soft_low, row.soft_high, label)
        message = f"{start}. Accepted without a question: {accepted}. Please confirm that it is right."
        return Concern(ConcernKind.SOFT, message, (reading.analyte,))
    return None


def _fits(reading: Reading, unit: str, table: PlausibilityTable) -> bool:
    """Whether the same number would raise no question in another unit."""
    other = Reading(reading.analyte, reading.value, unit, reading.comparator)
    return _limit_concern(other, table) is None


def _distinct(row: Analyte, codes: list[str]) -> list[str]:
    """Without units that differ in spelling only: ng/mL and mcg/L are one offer."""
    by_factor = {
        (row.units_by_code[code].factor, row.units_by_code[code].add): code for code in reversed(codes)
    }
    return [code for code in dict.fromkeys(codes) if code in by_factor.values()]


def _unit_concern(reading: Reading, table: PlausibilityTable, *, doubtful: bool) -> Concern | None:
    """The units that the number may be meant in: those of the hints first, then any in which it fits."""
    row = analyte(reading.analyte)
    has_decimals = reading.value != reading.value.to_integral_value()
    hints = [
        hint
        for hint in table.hints
        if (hint.analyte, hint.unit) == (reading.analyte, reading.unit)
        and hint.low <= reading.value <= hint.high
        and (has_decimals or not hint.with_decimals)
    ]
    meant = [hint.meant for hint in hints if hint.meant is not None and _fits(reading, hint.meant, table)]
    if doubtful:
        others = [unit.code for unit in row.units if unit.code != reading.unit]
        meant += [code for code in others if _fits(reading, code, table)]
    meant = _distinct(row, meant)
    notes = [hint.note for hint in hints if hint.note]
    if not meant and not notes:
        return None
    labels = " or ".join(row.units_by_code[code].label for code in meant)
    question = [f"Did you mean {reading.text} {labels}?"] if meant else []
    message = " ".join([f"{row.name} ({row.key}): found {reading.text_with_unit}.", *question, *notes])
    return Concern(ConcernKind.UNIT, message, (row.key,), meant[0] if meant else None)


def check_plausible(reading: Reading, *, table: PlausibilityTable = PLAUSIBILITY) -> tuple[Concern, ...]:
    """The doubts about one reading, the gravest first; nothing is ever corrected."""
    limit = _limit_concern(reading, table)
    unit = _unit_concern(reading, table, doubtful=limit is not None)
    return tuple(concern for concern in (limit, unit) if concern is not None)


def check_age(birth_date: date, on: date, *, table: PlausibilityTable = PLAUSIBILITY) -> Concern | None:
    """The doubt about an age, in completed years on a day."""
    age = Decimal(on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day)))
    limits = table.age_years
    for kind, low, high in (
        (ConcernKind.HARD, limits.hard_low, limits.hard_high),
        (ConcernKind.SOFT, limits.soft_low, limits.soft_high),
    ):
        if (low is not None and age < low) or (high is not None and age > high):
            accepted = _range_text(low, high, "years")
            return Concern(kind, f"Age: found {age} years. Accepted: {accepted}.")
    return None


def _exact(readings: Mapping[str, Reading], *keys: str) -> tuple[Decimal, ...] | None:
    """The canonical values of all of these, or None where one is missing or censored."""
    if any(key not in readings or readings[key].censored for key in keys):
        return None
    return tuple(convert(readings[key], analyte(key).canonical_unit).value for key in keys)


def _free_shares(readings: Mapping[str, Reading], cross: CrossLimits) -> Iterator[Concern]:
    for key, share in (("CFT", cross.calculated_free_share), ("FT", cross.measured_free_share)):
        values = _exact(readings, "TT", key)
        if values is None or values[0] == 0:
            continue
        # 1 ng/dL is 10 pg/mL, so free in pg/mL over ten times the total in ng/dL, in per cent.
        percent = round(values[1] * 10 / values[0], 2)
        if not share.low <= percent <= share.high:
            message = f"{analyte(key).name} is {percent} % of total testosterone."
            yield _cross(message, f"{share.low:f} to {share.high:f} {share.unit}", ("TT", key))


def _cross(found: str, accepted: str, keys: tuple[str, ...]) -> Concern:
    message = f"{found} Accepted: {accepted}. Please check {' and '.join(keys)}."
    return Concern(ConcernKind.SOFT, message, keys)


def _semen(readings: Mapping[str, Reading], cross: CrossLimits) -> Iterator[Concern]:
    if values := _exact(readings, "SVOL", "SCONC", "STOT"):
        expected, tolerance = values[0] * values[1], cross.sperm_total_tolerance_percent
        if abs(values[2] - expected) > expected * tolerance / 100:
            found = f"Total sperm number is {values[2]:f}, volume x concentration {expected:f} million."
            yield _cross(found, f"a difference of {tolerance:f} %", ("SVOL", "SCONC", "STOT"))
    if values := _exact(readings, "SPR", "SNP", "SIM"):
        tolerance = cross.motility_sum_tolerance
        together = sum(values, Decimal(0))
        if abs(together - 100) > tolerance:
            found = f"Progressive, non-progressive and immotile sperm add up to {together:f} %."
            yield _cross(found, f"100 % give or take {tolerance:f}", ("SPR", "SNP", "SIM"))
    if (values := _exact(readings, "SPR", "SMOT")) and values[0] > values[1]:
        found = f"Progressive motility is {values[0]:f} %, total motility {values[1]:f} %."
        yield _cross(found, "progressive motility up to total motility", ("SPR", "SMOT"))
    if values := _exact(readings, "SVIT", "SMOT"):
        lowest = values[1] - cross.vitality_below_motility
        if values[0] < lowest:
            found = f"Vitality is {values[0]:f} %, total motility {values[1]:f} %."
            yield _cross(found, f"vitality of {lowest:f} % or more", ("SVIT", "SMOT"))


def _blood(readings: Mapping[str, Reading], cross: CrossLimits) -> Iterator[Concern]:
    if values := _exact(readings, "HCT", "HGB"):
        expected = values[1] * cross.hematocrit_per_hemoglobin
        if abs(values[0] - expected) > cross.hematocrit_tolerance:
            found = (
                f"Hematocrit is {values[0]:f} %, and from hemoglobin it would be {round(expected, 1):f} %."
            )
            yield _cross(found, f"a difference of {cross.hematocrit_tolerance:f} points", ("HCT", "HGB"))


def cross_check(
    readings: Mapping[str, Reading], *, table: PlausibilityTable = PLAUSIBILITY
) -> tuple[Concern, ...]:
    """The doubts about the readings of one sample taken together; missing and censored ones are left out."""
    cross = table.cross
    return (*_free_shares(readings, cross), *_semen(readings, cross), *_blood(readings, cross))


def _bounds(reading: Reading) -> tuple[Decimal, Decimal | None]:
    """The least and the greatest that the truth may be, in the canonical unit; None is no bound."""
    value = convert(reading, analyte(reading.analyte).canonical_unit).value
    match reading.comparator:
        case Comparator.BELOW | Comparator.AT_MOST:
            return Decimal(0), value
        case Comparator.ABOVE | Comparator.AT_LEAST:
            return value, None
    return value, value


def delta_check(
    previous: Reading, current: Reading, days: int, *, table: PlausibilityTable = PLAUSIBILITY
) -> Concern | None:
    """The doubt about a jump since a draw `days` before; a censored value counts for what it proves."""
    limit = table.delta.get(current.analyte)
    if limit is None or previous.analyte != current.analyte or not 0 <= days < limit.within_days:
        return None
    (old_low, old_high), (new_low, new_high) = _bounds(previous), _bounds(current)
    rose = old_high is not None and new_low > old_high * limit.factor
    fell = new_high is not None and old_low > new_high * limit.factor
    if not rose and not fell:
        return None
    start = f"{analyte(current.analyte).name} ({current.analyte}): found {current.text_with_unit}"
    accepted = f"a change by a factor of up to {limit.factor:f} within {limit.within_days} days"
    message = (
        f"{start} after {previous.text_with_unit} {days} days before. "
        f"Accepted without a question: {accepted}. Please confirm that it is right."
    )
    return Concern(ConcernKind.SOFT, message, (current.analyte,))
