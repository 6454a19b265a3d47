"""The limits that entries are checked against, as typed data read from the rulebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from clinical.analytes import ANALYTES, analyte
from clinical.datafile import RULES_DIR, Header, RulebookError, read_datafile, typed
from clinical.readings import Reading, convert


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Row):
    """Four limits; None is no limit, and a limit itself is accepted."""

    hard_low: Decimal | None
    soft_low: Decimal | None
    soft_high: Decimal | None
    hard_high: Decimal | None


class AnalyteLimits(Limits):
    """The limits of an analyte in a unit; `added` rows have no published counterpart."""

    analyte: str
    unit: str
    added: bool = False


class UnitHint(_Row):
    """A value of this unit in this range may be meant in another unit."""

    analyte: str
    unit: str
    low: Decimal = Field(alias="from")
    high: Decimal = Field(alias="to")
    with_decimals: bool
    meant: str | None
    note: str


class Share(_Row):
    """The range that a ratio of two results stays in."""

    low: Decimal
    high: Decimal
    unit: str


class CrossLimits(_Row):
    """How well the results of one sample must agree."""

    calculated_free_share: Share
    measured_free_share: Share
    sperm_total_tolerance_percent: Decimal
    motility_sum_tolerance: Decimal
    vitality_below_motility: Decimal
    hematocrit_per_hemoglobin: Decimal
    hematocrit_tolerance: Decimal


class DeltaLimit(_Row):
    """The largest factor between two draws that is not asked about."""

    analyte: str
    factor: Decimal
    within_days: int


@dataclass(frozen=True)
class PlausibilityTable:
    """The file: limits by analyte and unit, hints, agreement within a sample, change between draws."""

    header: Header
    limits: Mapping[tuple[str, str], AnalyteLimits]
    hints: tuple[UnitHint, ...]
    age_years: Limits
    cross: CrossLimits
    delta: Mapping[str, DeltaLimit]

    def limits_of(self, reading: Reading) -> tuple[AnalyteLimits, Reading] | None:
        """The limits for a reading, and the reading in their unit; None where the analyte has none."""
        own = self.limits.get((reading.analyte, reading.unit))
        if own is not None:
            return own, reading
        unit = analyte(reading.analyte).canonical_unit
        general = self.limits.get((reading.analyte, unit))
        return None if general is None else (general, convert(reading, unit))


def load_plausibility(path: Path = RULES_DIR / "plausibility.yaml") -> PlausibilityTable:
    """Reads the plausibility file; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    limits = typed(path, tuple[AnalyteLimits, ...], content.get("limits"))
    hints = typed(path, tuple[UnitHint, ...], content.get("hints"))
    delta = typed(path, tuple[DeltaLimit, ...], content.get("delta"))
    used = [(row.analyte, row.unit) for row in limits] + [(hint.analyte, hint.unit) for hint in hints]
    used += [(hint.analyte, hint.meant) for hint in hints if hint.meant is not None]
    used += [(row.analyte, ANALYTES[row.analyte].canonical_unit) for row in delta if row.analyte in ANALYTES]
    for key, unit in used:
        if key not in ANALYTES or unit not in ANALYTES[key].units_by_code:
            raise RulebookError(f"{path.name}: there is no {key} in {unit}.")
    return PlausibilityTable(
        header=header,
        limits=MappingProxyType({(row.analyte, row.unit): row for row in limits}),
        hints=hints,
        age_years=typed(path, Limits, content.get("age_years")),
        cross=typed(path, CrossLimits, content.get("cross")),
        delta=MappingProxyType({row.analyte: row for row in delta}),
    )


PLAUSIBILITY = load_plausibility()
