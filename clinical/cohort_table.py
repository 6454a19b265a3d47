"""The cohorts that recovery is compared with, as typed data read from the rulebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from clinical.analytes import ANALYTES
from clinical.datafile import Header, Mark, RulebookError, read_datafile, typed
from clinical.exposure import FormulationTable

ALL_MEN = Decimal(100)
SHOWN = Decimal("0.1")


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Weibull(_Row):
    """F(t) = 1 - exp(-(t / scale)^shape), t in months."""

    shape: Decimal = Field(gt=0)
    scale_months: Decimal = Field(gt=0)

    def percent(self, months: Decimal) -> Decimal:
        """The share of men who have arrived by then, in per cent to one decimal."""
        if months <= 0:
            return Decimal(0)
        left = (-((months / self.scale_months) ** self.shape)).exp()
        return ((1 - left) * ALL_MEN).quantize(SHOWN)

    def months(self, percent: Decimal) -> Decimal:
        """When that share has arrived, in months to one decimal."""
        left = -(1 - percent / ALL_MEN).ln()
        return (self.scale_months * left ** (1 / self.shape)).quantize(SHOWN)


class Curve(_Row):
    """A fitted curve with its confidence limits; no sperm is expected before `floor_months`."""

    floor_months: Decimal
    central: Weibull
    low: Weibull
    high: Weibull
    at_months: tuple[Decimal, ...]


class Quantile(_Row):
    """When that share of men had arrived; open: later than this, and nobody knows how much later."""

    months: Decimal = Field(ge=0)
    open: bool = False


class Quantiles(_Row):
    """The four points of a band."""

    p25: Quantile
    p50: Quantile
    p75: Quantile
    p90: Quantile

    def points(self) -> tuple[tuple[Decimal, Quantile], ...]:
        """Each share in per cent with its time, the fastest first."""
        shares = (("25", self.p25), ("50", self.p50), ("75", self.p75), ("90", self.p90))
        return tuple((Decimal(share), quantile) for share, quantile in shares)


class Months(_Row):
    """A range of months; None is no limit."""

    low: Decimal | None = Field(alias="from")
    high: Decimal | None = Field(alias="to")


class BaselineNeed(_Row):
    """A value from before testosterone that must be on file, or be so high where it is on file."""

    analyte: str
    unit: str
    at_least: Decimal | None
    required: bool


class Fits(_Row):
    """Whom the cohort may be compared with; `drug` is what is taken for recovery since the last dose."""

    groups: tuple[str, ...]
    drug: Literal["none", "any", "SERM", "hCG and SERM"]
    drug_within_months: Decimal | None = None
    exposure_months: Months
    baseline: tuple[BaselineNeed, ...]
    azoospermic: bool = False


class Cohort(_Row):
    """One published cohort: what it measured, in whom, how fast, and why it may not apply."""

    key: str
    title: str
    observed: Literal["sperm_20", "detectable", "in_range", "own_gonadotropins", "first_sperm"] | None
    counted_from: Literal["effective_stop", "last_dose"]
    curve: Curve | None = None
    quantiles: Quantiles | None = None
    fits: Fits
    population: str
    exposure: str
    differs: tuple[str, ...]
    source: str
    mark: Mark

    def months_at(self, percent: Decimal) -> Quantile | None:
        """When that share had arrived; None where the cohort does not give it."""
        if self.curve is not None:
            return Quantile(months=max(self.curve.central.months(percent), self.curve.floor_months))
        return dict(self.quantiles.points()).get(percent) if self.quantiles else None


@dataclass(frozen=True)
class CohortTable:
    """All cohorts of one version of the file, in its order."""

    header: Header
    caveat: str
    age_note: str
    groups: Mapping[str, tuple[str, ...]]
    cohorts: tuple[Cohort, ...]

    @property
    def version(self) -> str:
        """The version as a finding names it."""
        return f"{self.header.id} {self.header.version}"

    @cached_property
    def formulations(self) -> Mapping[str, frozenset[str]]:
        """By the key of a cohort, the formulations after which it may be compared with."""
        return {
            cohort.key: frozenset(key for group in cohort.fits.groups for key in self.groups[group])
            for cohort in self.cohorts
        }


def _problems(table: CohortTable, washouts: FormulationTable) -> Iterator[str]:
    for group, keys in table.groups.items():
        for key in keys:
            if key not in washouts.formulations:
                yield f"{group}: there is no formulation {key}"
    for row in table.cohorts:
        if (row.curve is None) == (row.quantiles is None):
            yield f"{row.key}: a cohort has either a curve or quantiles"
        months = [quantile.months for _, quantile in row.quantiles.points()] if row.quantiles else []
        if months != sorted(months):
            yield f"{row.key}: a larger share does not arrive earlier"
        for group in row.fits.groups:
            if group not in table.groups:
                yield f"{row.key}: there is no group {group}"
        for need in row.fits.baseline:
            if need.analyte not in ANALYTES or ANALYTES[need.analyte].canonical_unit != need.unit:
                yield f"{row.key}: there is no {need.analyte} in {need.unit} as canonical unit"


def load_cohorts(path: Path, washouts: FormulationTable) -> CohortTable:
    """Reads the cohorts file; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    table = CohortTable(
        header=header,
        caveat=typed(path, str, content.get("caveat")),
        age_note=typed(path, str, content.get("age_note")),
        groups=MappingProxyType(typed(path, dict[str, tuple[str, ...]], content.get("groups"))),
        cohorts=typed(path, tuple[Cohort, ...], content.get("cohorts")),
    )
    problems = list(_problems(table, washouts))
    if len({row.key for row in table.cohorts}) != len(table.cohorts):
        problems.append("a key stands twice")
    if problems:
        raise RulebookError(f"{path.name}: {'; '.join(problems)}.")
    return table
