"""Protocols as typed data: which drugs in which order, for whom, on what evidence, against what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from clinical.analytes import ANALYTES
from clinical.checks import shown
from clinical.conflicts import CONFLICTS, ConflictTable, check_combination
from clinical.datafile import RULES_DIR, Header, RulebookError, Source, read_datafile, typed
from clinical.drug_catalogue import CATALOGUE, DoseConcern, DoseError, DrugTable, UnknownDrug
from clinical.drugs import check_dose, dose_text
from clinical.findings import Severity
from clinical.retest_rules import RetestRule, RetestTable
from clinical.rule_entries import RuleSet, load_rule_entries

Starts: TypeAlias = Literal["effective_stop", "trigger"]
GoalKey: TypeAlias = Literal["testosterone", "fertility", "both"]
GOALS: tuple[GoalKey, ...] = ("testosterone", "fertility", "both")
PUMP = "pump"
MOST_DRAWS = 5


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a drug is added: an analyte beyond a limit on some draws, or words where nobody has a number.

    `after_weeks` is how long the others are taken first. `origin` says whose the limit is.
    """

    analyte: str = ""
    relation: Literal["above", "below"] = "above"
    value: Decimal | None = None
    unit: str = ""
    draws: int = 1
    after_weeks: Decimal | None = None
    says: str = ""
    origin: str = ""

    @property
    def text(self) -> str:
        """As read after "add when": "estradiol is above 60 pg/mL on 2 draws"."""
        measured = self._measured()
        return " ".join(filter(None, (measured, self.says))) if measured else self.says

    def _measured(self) -> str:
        if self.value is None:
            return ""
        row = ANALYTES[self.analyte]
        # As within a sentence; an abbreviation stays as it is.
        name = row.name if row.name.isupper() else row.name[0].lower() + row.name[1:]
        draws = f" on {self.draws} draws" if self.draws > 1 else ""
        after = f" after {shown(self.after_weeks)} weeks" if self.after_weeks is not None else ""
        unit = row.units_by_code[self.unit].label
        return f"{name} is {self.relation} {shown(self.value)} {unit}{draws}{after}"


@dataclass(frozen=True, slots=True)
class Component:
    """One drug of a protocol: its first dose in the drug's own dose unit, and when it starts."""

    drug: str
    amount: Decimal
    frequency: str
    starts: Starts = "effective_stop"
    mode: str = ""
    route: str = ""
    trigger: Trigger | None = None

    @property
    def is_at_once(self) -> bool:
        """Whether it is among the first orders, and not added later."""
        return self.starts != "trigger"

    def dose_words(self, catalogue: DrugTable = CATALOGUE) -> str:
        """The dose as it is safely written; raises UnknownDrug or DoseError."""
        unit = catalogue.drug(self.drug).dose_unit
        return dose_text(
            self.drug, self.amount, unit, self.frequency, mode=self.mode or None, catalogue=catalogue
        )

    def route_words(self, catalogue: DrugTable = CATALOGUE) -> str:
        """The route that is named, the one that the mode implies, or the drug's first."""
        row = catalogue.drug(self.drug)
        label = row.mode_by_key[self.mode].label if self.mode in row.mode_by_key else ""
        return self.route or (label if label in row.routes else row.routes[0])


@dataclass(frozen=True, slots=True)
class Protocol:
    """What a protocol says, whoever wrote it. Lists are one statement a line."""

    name: str
    goals: tuple[GoalKey, ...]
    aim: str
    suits: tuple[str, ...]
    not_for: tuple[str, ...]
    components: tuple[Component, ...]
    stop_rules: tuple[str, ...]
    evidence: str
    sources: tuple[Source, ...]

    @property
    def drugs(self) -> tuple[str, ...]:
        """The keys of its drugs."""
        return tuple(each.drug for each in self.components)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A protocol of the library that the product brings, in one version."""

    key: str
    version: int
    content: Protocol
    states_conflicts: tuple[str, ...]


@dataclass(frozen=True)
class ProtocolTable:
    """All shipped protocols of one version of the file, by key, in its order."""

    header: Header
    by_key: Mapping[str, Shipped]

    @property
    def version(self) -> str:
        """The version as a page names it."""
        return f"{self.header.id} {self.header.version}"


@dataclass(frozen=True, slots=True)
class Concern:
    """What speaks against a protocol as it is written, with the rule of the matrix where one does."""

    severity: Severity
    message: str
    source: str
    conflict: str = ""

    @property
    def is_grave(self) -> bool:
        """Whether an order of it would need a reason."""
        return self.severity is not Severity.INFO


def to_json(content: Protocol) -> dict[str, Any]:
    """The content as it is stored: numbers stay as they were written."""
    stored: dict[str, Any] = TypeAdapter(Protocol).dump_python(content, mode="json")
    return stored


def from_json(stored: object) -> Protocol:
    """The content that was stored; raises ValueError where it is none."""
    try:
        return TypeAdapter(Protocol).validate_python(stored)
    except ValidationError as problem:
        raise ValueError(str(problem)) from problem


def problems_of(content: Protocol, *, catalogue: DrugTable = CATALOGUE) -> tuple[str, ...]:
    """What makes a protocol one that cannot be ordered: an unknown drug, a dose that cannot be read."""
    found = []
    if len(set(content.drugs)) != len(content.drugs):
        found.append("A drug stands twice. Accepted: each drug once.")
    if content.components and not any(each.is_at_once for each in content.components):
        found.append("Every drug waits for a trigger. Accepted: at least one that starts, or none at all.")
    for each in content.components:
        found += _problems_of(each, catalogue)
    return tuple(found)


def _problems_of(each: Component, catalogue: DrugTable) -> Iterator[str]:
    try:
        row = catalogue.drug(each.drug)
        each.dose_words(catalogue)
    except (UnknownDrug, DoseError) as problem:
        yield str(problem)
        return
    if each.frequency not in row.frequencies:
        accepted = ", ".join(catalogue.frequencies[key].label for key in row.frequencies)
        found = catalogue.frequencies[each.frequency].label
        yield f'{row.name}: found "{found}". Accepted: {accepted}.'
    if each.route and each.route not in row.routes:
        yield f'{row.name}: found the route "{each.route}". Accepted: {", ".join(row.routes)}.'
    yield from _trigger_problems(row.name, each)


def _trigger_problems(name: str, each: Component) -> Iterator[str]:
    trigger = each.trigger
    if each.is_at_once and trigger is not None:
        yield f"{name}: it starts at the effective stop and waits for a trigger. Accepted: one of the two."
    elif not each.is_at_once and (trigger is None or not (trigger.says or trigger.value is not None)):
        yield f"{name}: the trigger is missing. Accepted: a limit of an analyte, or words."
    if trigger is not None and trigger.value is not None:
        if trigger.analyte not in ANALYTES or trigger.unit not in ANALYTES[trigger.analyte].units_by_code:
            yield f'{name}: found the trigger "{trigger.analyte} {trigger.unit}". Accepted: a known analyte.'
        if not 1 <= trigger.draws <= MOST_DRAWS:
            yield f"{name}: found {trigger.draws} draws. Accepted: 1 to {MOST_DRAWS}."


def concerns_of(
    content: Protocol, *, catalogue: DrugTable = CATALOGUE, conflicts: ConflictTable = CONFLICTS
) -> tuple[Concern, ...]:
    """What the catalogue says of its doses and the matrix of its drugs beside each other, the gravest first.

    Drugs that are added later count as taken together with the first. Raises UnknownDrug or DoseError.
    """
    found = [
        *(_concern(one) for each in content.components for one in _doses(each, catalogue)),
        *pairs_of(content.drugs, catalogue=catalogue, conflicts=conflicts),
    ]
    return tuple(sorted(found, key=lambda concern: -concern.severity.rank))


def _doses(each: Component, catalogue: DrugTable) -> tuple[DoseConcern, ...]:
    unit = catalogue.drug(each.drug).dose_unit
    return check_dose(
        each.drug, each.amount, unit, each.frequency, mode=each.mode or None, catalogue=catalogue
    )


def pairs_of(
    drugs: tuple[str, ...], *, catalogue: DrugTable = CATALOGUE, conflicts: ConflictTable = CONFLICTS
) -> Iterator[Concern]:
    """What the matrix says of these drugs beside each other; each row once for a pair."""
    for one, other in combinations(dict.fromkeys(drugs), 2):
        said: set[str] = set()
        for drug, beside in ((one, other), (other, one)):
            known = catalogue.drugs.get(beside)
            for concern in (
                check_combination(drug, taken=(beside,), table=conflicts, catalogue=catalogue)
                if known
                else ()
            ):
                row = concern.key.split(":")[0]
                if row not in said:
                    said.add(row)
                    yield _concern(concern, row)


def _concern(concern: DoseConcern, conflict: str = "") -> Concern:
    return Concern(concern.severity, concern.message, concern.source, conflict)


def retests_of(
    content: Protocol, table: RetestTable, *, catalogue: DrugTable = CATALOGUE
) -> tuple[RetestRule, ...]:
    """The windows that the retest schedule plans for whoever follows this protocol, in its order."""
    phases = {"stop", "treatment", "off_drug"} if content.components else {"stop", "observation"}
    if set(content.goals) & {"fertility", "both"}:
        phases.add("semen")
    of = {(each.drug, each.mode) for each in content.components}
    of |= {(catalogue.drug(each.drug).drug_class, each.mode) for each in content.components}
    keys = {key for key, _ in of}
    return tuple(
        rule
        for rule in table.rules
        if (rule.phase in phases and (rule.phase != "semen" or rule.of != "abnormal"))
        or (rule.phase == "drug" and rule.of in keys and (not rule.mode or (rule.of, rule.mode) in of))
    )


def _component(row: Any, rules: RuleSet) -> Any:
    """A component as written, its trigger's number read from the rules."""
    trigger = row.get("trigger") if isinstance(row, dict) else None
    if not isinstance(trigger, dict) or "number" not in trigger:
        return row
    number = rules.numbers[trigger["number"]]
    after = rules.numbers[trigger["after"]].value if "after" in trigger else None
    return row | {
        "trigger": {
            "analyte": number.analyte,
            "relation": trigger["relation"],
            "value": number.value,
            "unit": number.unit,
            "draws": trigger["draws"],
            "after_weeks": after,
            "says": trigger.get("says", ""),
            "origin": rules.limits[number.name].origin,
        }
    }


def _read(path: Path, row: dict[str, Any], rules: RuleSet) -> Shipped:
    own = dict(row)
    key, version = own.pop("key", None), own.pop("version", None)
    stated = own.pop("states_conflicts", ())
    try:
        own["components"] = [_component(each, rules) for each in own.get("components", ())]
    except KeyError as problem:
        raise RulebookError(f"{path.name}: {key}: there is no number {problem.args[0]}.") from problem
    return Shipped(
        typed(path, str, key),
        typed(path, int, version),
        typed(path, Protocol, own),
        typed(path, tuple[str, ...], stated),
    )


def _shipped_problems(row: Shipped, catalogue: DrugTable, conflicts: ConflictTable) -> Iterator[str]:
    content = row.content
    problems = problems_of(content, catalogue=catalogue)
    yield from problems
    if problems:
        return
    if not content.sources:
        yield "no source is named"
    about = {source.about for source in content.sources}
    for each in content.components:
        ladder = {(s.amount, s.frequency, s.mode or "") for s in catalogue.drug(each.drug).titration}
        if (each.amount, each.frequency, each.mode) not in ladder and each.drug not in about:
            yield f"{each.drug}: the dose is no step of its ladder and has no source of its own"
    grave = [one for one in concerns_of(content, catalogue=catalogue, conflicts=conflicts) if one.is_grave]
    yield from (one.message for one in grave if not one.conflict)
    met = {one.conflict for one in grave if one.conflict}
    if met != set(row.states_conflicts):
        found, stated = ", ".join(sorted(met)) or "none", ", ".join(row.states_conflicts) or "none"
        yield f"its drugs meet the conflicts {found}, and it states {stated}"


def load_protocols(
    path: Path = RULES_DIR / "protocols.yaml",
    *,
    rules: RuleSet | None = None,
    catalogue: DrugTable = CATALOGUE,
    conflicts: ConflictTable = CONFLICTS,
) -> ProtocolTable:
    """Reads the shipped library; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    rules = rules or load_rule_entries()
    written = typed(path, list[dict[str, Any]], content.get("protocols"))
    rows = [_read(path, row, rules) for row in written]
    problems = [
        f"{row.key}: {problem}" for row in rows for problem in _shipped_problems(row, catalogue, conflicts)
    ]
    if len({row.key for row in rows}) != len(rows):
        problems.append("a key stands twice")
    if problems:
        raise RulebookError(f"{path.name}: {'; '.join(problems)}.")
    return ProtocolTable(header, MappingProxyType({row.key: row for row in rows}))
