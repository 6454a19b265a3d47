"""What can be measured: each analyte with its codes, its units and their exact conversion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from clinical.datafile import RULES_DIR, Header, RulebookError, Source, read_datafile, typed

FACTOR_DIGITS = 34


class UnknownAnalyte(LookupError):
    """No analyte has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f'There is no analyte "{key}".')
        self.key = key


class LoincStatus(StrEnum):
    """Whether a code may be relied on; only confirmed ones are looked up."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class LoincAlternate:
    """A further LOINC code met for an analyte, and why it is not the preferred one."""

    code: str
    status: LoincStatus
    note: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of an analyte: canonical value = value x multiply / divide + add, all three exact."""

    code: str
    label: str
    decimals: int
    multiply: Decimal = Decimal(1)
    divide: Decimal = Decimal(1)
    add: Decimal = Decimal(0)
    aliases: tuple[str, ...] = ()

    @property
    def factor(self) -> Decimal:
        """Canonical units in one of this unit, to 34 digits; conversion itself uses the exact ratio."""
        with localcontext() as context:
            context.prec = FACTOR_DIGITS
            return self.multiply / self.divide

    @property
    def offset(self) -> Decimal:
        """What is added after the factor; zero but for HbA1c."""
        return self.add

    def is_called(self, text: str) -> bool:
        """True where the text is the code, the label or a spelling that laboratories print."""
        return text == self.code or text == self.label or text in self.aliases


@dataclass(frozen=True)
class Analyte:
    """One thing that is measured. `signed` ones may be negative; `loinc` is null where none is confirmed."""

    key: str
    name: str
    specimen: str
    canonical_unit: str
    units: tuple[Unit, ...]
    sources: tuple[Source, ...]
    loinc: str | None = None
    loinc_alternates: tuple[LoincAlternate, ...] = ()
    methods: tuple[str, ...] = ()
    signed: bool = False
    note: str = ""

    @cached_property
    def units_by_code(self) -> Mapping[str, Unit]:
        """The units by their UCUM code."""
        return MappingProxyType({unit.code: unit for unit in self.units})

    @property
    def decimals_shown(self) -> int:
        """Decimals shown for a value computed in the canonical unit."""
        return self.units_by_code[self.canonical_unit].decimals

    def unit_called(self, text: str) -> Unit | None:
        """The unit that a laboratory writes so, or None."""
        return next((unit for unit in self.units if unit.is_called(text)), None)


@dataclass(frozen=True)
class AnalyteTable:
    """All analytes of one version of the file, by key."""

    header: Header
    by_key: Mapping[str, Analyte]


def _check(path: Path, row: Analyte) -> None:
    codes = [unit.code for unit in row.units]
    spellings = [text for unit in row.units for text in {unit.code, unit.label, *unit.aliases}]
    problems = {
        "the canonical unit is not among its units": row.canonical_unit not in codes,
        "two units share a spelling": len(set(spellings)) != len(spellings),
        "no source is named": not row.sources,
        "a factor is zero or below": any(unit.multiply <= 0 or unit.divide <= 0 for unit in row.units),
    }
    for problem, is_so in problems.items():
        if is_so:
            raise RulebookError(f"{path.name}: {row.key}: {problem}.")


def load_analytes(path: Path = RULES_DIR / "analytes.yaml") -> AnalyteTable:
    """Reads the analytes file; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    rows = typed(path, tuple[Analyte, ...], content.get("analytes"))
    for row in rows:
        _check(path, row)
    by_key = {row.key: row for row in rows}
    if len(by_key) != len(rows):
        raise RulebookError(f"{path.name}: a key stands twice.")
    return AnalyteTable(header, MappingProxyType(by_key))


ANALYTES_TABLE = load_analytes()
ANALYTES: Mapping[str, Analyte] = ANALYTES_TABLE.by_key


def analyte(key: str) -> Analyte:
    """The analyte of this key; raises UnknownAnalyte."""
    try:
        return ANALYTES[key]
    except KeyError:
        raise UnknownAnalyte(key) from None


def analyte_of_loinc(code: str) -> Analyte | None:
    """The analyte that a confirmed LOINC code names; None for deprecated and unconfirmed codes."""
    for row in ANALYTES.values():
        confirmed = {other.code for other in row.loinc_alternates if other.status is LoincStatus.CONFIRMED}
        if code == row.loinc or code in confirmed:
            return row
    return None
