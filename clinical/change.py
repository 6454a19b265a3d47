"""Whether two results of one man differ by more than the assay and his own biology vary."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from clinical.analytes import analyte
from clinical.draw_table import DrawTable, Variation
from clinical.readings import Reading, convert
from clinical.rulebook import load_rulebook

SHOWN = Decimal("0.1")
TWO_RESULTS = Decimal(2).sqrt()


@dataclass(frozen=True, slots=True)
class Change:
    """A change in per cent of the earlier value beside the reference change value.

    `is_real`: larger than variation explains in 95 of 100 such pairs; None where a censored value leaves it
    open. `percent` is None with a censored or a zero earlier value.
    """

    analyte: str
    percent: Decimal | None
    reference_percent: Decimal
    is_real: bool | None
    words: str
    source: str


def reference_change_value(row: Variation, table: DrawTable) -> Decimal:
    """sqrt(2) x z x sqrt(CVa^2 + CVi^2) in per cent, CVa taken as the table's share of CVi."""
    variation = table.variation
    within = row.cv_within
    both = (within**2 + (within * variation.analytical_share) ** 2).sqrt()
    return (TWO_RESULTS * variation.z * both).quantize(SHOWN)


def change_between(earlier: Reading, later: Reading, table: DrawTable | None = None) -> Change | None:
    """The change from one result to a later one; None where no variation is known of the analyte.

    Of two methods or laboratories nothing may be said by this: ask clinical.fences first. Raises ValueError
    for two different analytes.
    """
    if earlier.analyte != later.analyte:
        raise ValueError(f"{earlier.analyte} and {later.analyte} are not one series.")
    table = table or load_rulebook().draws
    row = table.variation.of(later.analyte)
    if row is None:
        return None
    reference = reference_change_value(row, table)
    percent = _percent(earlier, later)
    is_real = None if percent is None else abs(percent) > reference
    variation = table.variation
    assumed = f"{variation.analytical_source} [{variation.analytical_mark.value}]"
    return Change(
        analyte=later.analyte,
        percent=percent,
        reference_percent=reference,
        is_real=is_real,
        words=_words(later.analyte, percent, reference),
        source=f"{row.source} [{row.mark.value}]; {assumed}; {table.version}",
    )


def _percent(earlier: Reading, later: Reading) -> Decimal | None:
    unit = analyte(later.analyte).canonical_unit
    before, after = convert(earlier, unit), convert(later, unit)
    if before.censored or after.censored or before.value == 0:
        return None
    return ((after.value - before.value) / before.value * 100).quantize(SHOWN)


def _words(key: str, percent: Decimal | None, reference: Decimal) -> str:
    name = analyte(key).name
    if percent is None:
        return f"{name}: cannot say; one of the two is a limit or zero, not a number."
    verdict = "more than" if abs(percent) > reference else "no more than"
    return f"{name} changed by {percent:+f} %, {verdict} the {reference:f} % that assay and biology explain."
