"""The drugs of recovery as typed data: codes, limits, frequencies, titration, and what to watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from clinical.datafile import RULES_DIR, Header, RulebookError, Source, read_datafile, typed
from clinical.findings import Severity

DoseUnit: TypeAlias = Literal["mg", "mcg", "IU"]
DrugClass: TypeAlias = Literal["SERM", "AI", "GnRH", "hCG", "FSH"]


class UnknownDrug(LookupError):
    """The catalogue holds no drug of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f'There is no drug "{key}" in the catalogue.')
        self.key = key


class DoseError(ValueError):
    """The order cannot be read as a dose; the sentence says what was found and what is accepted."""


@dataclass(frozen=True, slots=True)
class DoseConcern:
    """What speaks against an order. `limit` is the limit or the other party, `key` a stable name."""

    severity: Severity
    message: str
    limit: str
    source: str
    key: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a dose is given; `interval_min` for pulses."""

    key: str
    label: str
    times_per_week: Decimal
    interval_min: int | None = None


@dataclass(frozen=True, slots=True)
class DoseLimits:
    """By week in the drug's weekly unit; by day and by single dose in its dose unit. None is no limit."""

    weekly_soft_low: Decimal | None = None
    weekly_soft_high: Decimal | None = None
    weekly_hard_high: Decimal | None = None
    day_soft_high: Decimal | None = None
    day_hard_high: Decimal | None = None
    dose_soft_low: Decimal | None = None
    dose_soft_high: Decimal | None = None
    dose_hard_high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to give a drug that changes what it does, with its own limits and what is to be said of it."""

    key: str
    label: str
    dose_soft_low: Decimal | None = None
    dose_soft_high: Decimal | None = None
    weekly_times_low: Decimal | None = None
    weekly_times_high: Decimal | None = None
    interval_low: int | None = None
    interval_high: int | None = None
    concern: Severity | None = None
    concern_text: str = ""


@dataclass(frozen=True, slots=True)
class TitrationStep:
    """One dose of the usual ladder, in the drug's dose unit."""

    amount: Decimal
    frequency: str
    mode: str | None = None


@dataclass(frozen=True)
class Drug:
    """One drug of the catalogue. `rxnorm` is null where the code is not confirmed."""

    key: str
    name: str
    drug_class: DrugClass
    mechanism: str
    label_indication: str
    off_label_statement: str
    dose_unit: DoseUnit
    weekly_unit: DoseUnit
    routes: tuple[str, ...]
    frequencies: tuple[str, ...]
    washout_weeks: int
    half_life: str
    limits: DoseLimits
    titration: tuple[TitrationStep, ...]
    review_weeks: int
    target: str
    contraindications: tuple[str, ...]
    monitoring: tuple[str, ...]
    stop_rules: tuple[str, ...]
    sources: tuple[Source, ...]
    atc: str | None = None
    atc_alternates: tuple[str, ...] = ()
    rxnorm: str | None = None
    rxnorm_unconfirmed: str | None = None
    rxnorm_products: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ()

    @cached_property
    def mode_by_key(self) -> Mapping[str, Mode]:
        """The modes by key; empty for a drug that is just taken."""
        return MappingProxyType({mode.key: mode for mode in self.modes})

    def source_of(self, about: str) -> str:
        """The source of one statement of the row, as printed; all of them where none is about it."""
        own = [source for source in self.sources if source.about == about]
        return "; ".join(str(source) for source in own or self.sources)


@dataclass(frozen=True)
class DrugTable:
    """All drugs and frequencies of one version of the file, by key."""

    header: Header
    drugs: Mapping[str, Drug]
    frequencies: Mapping[str, Frequency]

    def drug(self, key: str) -> Drug:
        """The drug of this key; raises UnknownDrug."""
        try:
            return self.drugs[key]
        except KeyError:
            raise UnknownDrug(key) from None

    def frequency(self, key: str) -> Frequency:
        """The frequency of this key; raises DoseError."""
        try:
            return self.frequencies[key]
        except KeyError:
            accepted = ", ".join(self.frequencies)
            raise DoseError(f'Frequency: found "{key}". Accepted: {accepted}.') from None


def _problems(row: Drug, frequencies: Mapping[str, Frequency]) -> list[str]:
    problems = [f"there is no frequency {key}" for key in row.frequencies if key not in frequencies]
    problems += [
        f"a titration step is not among its frequencies or modes: {step.frequency}"
        for step in row.titration
        if step.frequency not in row.frequencies
        or (step.mode is not None and step.mode not in row.mode_by_key)
    ]
    limits = row.limits
    for low, high in (
        (limits.weekly_soft_low, limits.weekly_soft_high),
        (limits.weekly_soft_high, limits.weekly_hard_high),
        (limits.day_soft_high, limits.day_hard_high),
        (limits.dose_soft_low, limits.dose_soft_high),
        (limits.dose_soft_high, limits.dose_hard_high),
    ):
        if low is not None and high is not None and low > high:
            problems.append(f"the limit {low} is above {high}")
    if not row.sources:
        problems.append("no source is named")
    return problems


def load_drugs(path: Path = RULES_DIR / "drugs.yaml") -> DrugTable:
    """Reads the drug catalogue; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    rows = typed(path, tuple[Drug, ...], content.get("drugs"))
    ways = typed(path, tuple[Frequency, ...], content.get("frequencies"))
    drugs = MappingProxyType({row.key: row for row in rows})
    frequencies = MappingProxyType({way.key: way for way in ways})
    problems = [f"{row.key}: {problem}" for row in rows for problem in _problems(row, frequencies)]
    if len(drugs) != len(rows) or len(frequencies) != len(ways):
        problems.append("a key stands twice")
    if problems:
        raise RulebookError(f"{path.name}: {'; '.join(problems)}.")
    return DrugTable(header, drugs, frequencies)


CATALOGUE = load_drugs()
