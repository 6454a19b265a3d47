"""The rules as data: each entry's wording, severity, source and dates, and every number they compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from clinical.analytes import ANALYTES
from clinical.checks import Limit
from clinical.datafile import RULES_DIR, Header, Mark, RulebookError, read_datafile, typed
from clinical.findings import Severity


class Number(BaseModel):
    """A named number that rules compare with. With an analyte, it is in that analyte's canonical unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    value: Decimal
    unit: str
    analyte: str | None = None
    meaning: str
    source: str
    mark: Mark
    clinic_may_set: bool = False


class TermList(BaseModel):
    """Names by which one thing is known in medication lists and histories; matched as whole words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    terms: tuple[str, ...]
    source: str
    mark: Mark


class RuleEntry(BaseModel):
    """One rule as a reviewer reads it; the condition itself is the function registered under its id.

    `scope` says when it is judged: "draw" on a day that brings one of `judged_on` (analytes or kinds of
    observation), "state" on any day, "start" on the day that a dose begins. `severity` is by grade.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: str
    name: str
    title: str
    scope: Literal["draw", "state", "start"]
    judged_on: tuple[str, ...] = ()
    condition: str
    severity: Mapping[str, Severity]
    wording: Mapping[str, str]
    suggestion: str
    hidden_by: tuple[str, ...] = ()
    answered_by_dose_of: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    source: str
    mark: Mark
    author: str
    reviewer: str
    written_on: date
    reviewed_on: date | None
    effective_on: date


class MilestoneEntry(BaseModel):
    """A milestone's name and definition, as shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    title: str
    definition: str
    source: str
    mark: Mark


@dataclass(frozen=True)
class RuleSet:
    """All rules of one version of the file, with the numbers and names that they use."""

    header: Header
    entries: Mapping[str, RuleEntry]
    numbers: Mapping[str, Number]
    terms: Mapping[str, TermList]
    milestones: Mapping[str, MilestoneEntry]

    @property
    def rulebook(self) -> str:
        """The version as a finding names it."""
        return f"{self.header.id} {self.header.version}"

    @cached_property
    def limits(self) -> Mapping[str, Limit]:
        """Every number as something to compare with; its origin names the source and this version."""
        return MappingProxyType(
            {n.name: Limit(n.value, n.unit, f"{n.source}, {self.rulebook}") for n in self.numbers.values()}
        )

    def with_settings(self, settings: Mapping[str, Decimal]) -> RuleSet:
        """These rules with a clinic's own cut-offs; raises RulebookError for a number not its to set."""
        numbers = dict(self.numbers)
        for name, value in settings.items():
            number = numbers.get(name)
            if number is None or not number.clinic_may_set:
                raise RulebookError(f"{name} is not a number that a clinic may set.")
            own = {
                "value": value,
                "source": f"clinic setting, in place of {number.value:f}",
                "mark": Mark.DESIGN,
            }
            numbers[name] = number.model_copy(update=own)
        return replace(self, numbers=MappingProxyType(numbers))


INHERITED = ("author", "reviewer", "written_on", "reviewed_on", "effective_on")


def _with_header(header: Header, row: Any) -> Any:
    """An entry without its own author or dates has those of the file."""
    if not isinstance(row, dict):
        return row
    inherited = {name: getattr(header, name) for name in INHERITED}
    return inherited | row


def _problems(rules: RuleSet) -> list[str]:
    found = []
    for number in rules.numbers.values():
        known = number.analyte is None or number.analyte in ANALYTES
        if not known:
            found.append(f"{number.name}: there is no analyte {number.analyte}")
        elif number.analyte and ANALYTES[number.analyte].canonical_unit != number.unit:
            found.append(f"{number.name}: the unit is not {ANALYTES[number.analyte].canonical_unit}")
    for entry in rules.entries.values():
        found += [
            f"{entry.id}: there is no rule {other}" for other in entry.hidden_by if other not in rules.entries
        ]
        found += [
            f"{entry.id}: there is no number {name}" for name in entry.numbers if name not in rules.numbers
        ]
        if not entry.suggestion.startswith("Consider "):
            found.append(f'{entry.id}: a suggestion begins with "Consider "')
        if set(entry.wording) - {"default"} - set(entry.severity):
            found.append(f"{entry.id}: a wording is for a grade that has no severity")
        if "default" not in entry.severity or "default" not in entry.wording:
            found.append(f"{entry.id}: severity and wording each need a default")
        if (entry.scope == "draw") != bool(entry.judged_on):
            found.append(f"{entry.id}: judged_on belongs to scope draw, and to no other")
    return found


def _keyed(path: Path, rows: tuple[Any, ...], key: str) -> Mapping[str, Any]:
    keyed = {getattr(row, key): row for row in rows}
    if len(keyed) != len(rows):
        raise RulebookError(f"{path.name}: a {key} stands twice.")
    return MappingProxyType(keyed)


def load_rule_entries(path: Path = RULES_DIR / "rules.yaml") -> RuleSet:
    """Reads the rules file; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    rows = [_with_header(header, row) for row in content.get("rules") or ()]
    rules = RuleSet(
        header=header,
        entries=_keyed(path, typed(path, tuple[RuleEntry, ...], rows), "id"),
        numbers=_keyed(path, typed(path, tuple[Number, ...], content.get("numbers")), "name"),
        terms=_keyed(path, typed(path, tuple[TermList, ...], content.get("terms")), "name"),
        milestones=_keyed(path, typed(path, tuple[MilestoneEntry, ...], content.get("milestones")), "key"),
    )
    problems = _problems(rules)
    if problems:
        raise RulebookError(f"{path.name}: {'; '.join(problems)}.")
    return rules
