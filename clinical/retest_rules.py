"""When to test again, as typed data: after what, how long, which analytes, and how wide the window is."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from clinical.analytes import ANALYTES
from clinical.datafile import RULES_DIR, Header, Mark, RulebookError, read_datafile, typed

Phase: TypeAlias = Literal[
    "baseline", "observation", "treatment", "off_drug", "stop", "drug", "semen", "event"
]
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class After:
    """A span from an anchor; 6 months after 31 August is the last day of February."""

    days: int = 0
    weeks: int = 0
    months: int = 0

    def from_(self, on: date) -> date:
        """The day that lies this long after a day."""
        month = on.month - 1 + self.months
        year, month = on.year + month // MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1
        moved = date(year, month, min(on.day, monthrange(year, month)[1]))
        return moved + timedelta(days=self.days, weeks=self.weeks)


@dataclass(frozen=True, slots=True)
class RetestRule:
    """One window: `after` its anchor, `early_days` before and `late_days` beyond that target.

    `of` is the drug key or class of phase "drug", the event of phase "event", and first, next or abnormal of
    phase "semen". `every` repeats the window, `every_stable` instead of it once testosterone is sustained.
    `instead_on` replaces the analytes for men on a drug class. `from_age` leaves out men known to be younger.
    What is not satisfied within `lapses` of the anchor is asked for no longer: later windows ask again.
    """

    id: str
    phase: Phase
    after: After
    early_days: int
    late_days: int
    analytes: tuple[str, ...]
    reason: str
    source: str
    mark: Mark
    of: str = ""
    mode: str = ""
    every: After | None = None
    every_stable: After | None = None
    lapses: After | None = None
    ends_when_normal: bool = False
    from_age: int | None = None
    instead_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetestSettings:
    """What holds for all windows, in days."""

    due_soon_days: int
    contiguous_gap_days: int
    sustained_apart_days: int
    scan_valid_days: int
    symptom_again_days: int
    before_stop_days: int


@dataclass(frozen=True)
class RetestTable:
    """All retest rules of one version of the file, in its order."""

    header: Header
    settings: RetestSettings
    rules: tuple[RetestRule, ...]

    @property
    def version(self) -> str:
        """The version as a window names it."""
        return f"{self.header.id} {self.header.version}"

    def of_phase(self, phase: Phase, of: str = "") -> tuple[RetestRule, ...]:
        """The rules of a phase, for a drug key, class or event where one is named."""
        return tuple(rule for rule in self.rules if rule.phase == phase and rule.of == of)


def _problems(row: RetestRule) -> list[str]:
    asked = [*row.analytes, *(key for keys in row.instead_on.values() for key in keys)]
    problems = [f"there is no analyte {key}" for key in asked if key not in ANALYTES]
    if not row.analytes:
        problems.append("a window asks for at least one analyte")
    if row.early_days < 0 or row.late_days < 0:
        problems.append("a window does not run backwards")
    if row.every is not None and row.every.from_(date(2001, 1, 1)) <= date(2001, 1, 1):
        problems.append("a repeat moves forward")
    if (row.phase in ("drug", "event", "semen")) != bool(row.of):
        problems.append("`of` is for the phases drug, event and semen")
    return problems


def load_retests(path: Path = RULES_DIR / "retests.yaml") -> RetestTable:
    """Reads the retest rules; raises RulebookError that names what is wrong in the file."""
    header, content = read_datafile(path)
    rules = typed(path, tuple[RetestRule, ...], content.get("rules"))
    settings = typed(path, RetestSettings, content.get("settings"))
    problems = [f"{row.id}: {problem}" for row in rules for problem in _problems(row)]
    if len(MappingProxyType({row.id: row for row in rules})) != len(rules):
        problems.append("an id stands twice")
    if problems:
        raise RulebookError(f"{path.name}: {'; '.join(problems)}.")
    return RetestTable(header, settings, rules)


RETESTS = load_retests()
