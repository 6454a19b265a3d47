"""What pages show of dry runs: what may be changed, how far a run is, and what it found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Person
from clinical.analytes import ANALYTES
from clinical.dry_run import NEVER_OFF, OFF, Change, Kind
from clinical.findings import Severity
from clinical.rulebook import Rulebook, load_rulebook
from monitoring.actions import changes_of
from monitoring.models import DryRun
from patients.models import Patient

SEVERITIES = " or ".join((*(each.value for each in Severity), OFF))


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything that a draft may change, in groups for a select: "number:low_testosterone" and its words."""
    book = load_rulebook()
    return [
        ("Thresholds of rules", [(f"{Kind.NUMBER}:{name}", words) for name, words in _numbers(book)]),
        ("Reference intervals", list(_limits(book))),
        (
            "Retests, in weeks after their anchor",
            [(f"{Kind.RETEST_AFTER}:{rule.id}", f"{rule.reason} ({rule.id})") for rule in book.retests.rules],
        ),
        (
            f"Severity of a rule: {SEVERITIES}",
            [
                (f"{Kind.SEVERITY}:{entry.id}", f"{entry.id} {entry.title}")
                for entry in book.rules.entries.values()
                if entry.id not in NEVER_OFF
            ],
        ),
    ]


def _numbers(book: Rulebook) -> Iterator[tuple[str, str]]:
    for number in book.rules.numbers.values():
        meaning = f"{number.meaning[0].upper()}{number.meaning[1:]}"
        yield number.name, f"{meaning}: {number.value:f} {number.unit}"


def _limits(book: Rulebook) -> Iterator[tuple[str, str]]:
    for row in book.intervals.rows:
        words = f"{ANALYTES[row.analyte].name}, {row.text} ({row.method or 'any method'}; {row.id})"
        yield f"{Kind.INTERVAL_LOW}:{row.id}", f"Lower limit of {words}"
        yield f"{Kind.INTERVAL_HIGH}:{row.id}", f"Upper limit of {words}"


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of a draft: what it is of, and what it became."""

    what: str
    value: str


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag that is gained or lost: the day that would raise it, and the rule."""

    on: date
    rule_id: str
    title: str
    severity: str


@dataclass(frozen=True, slots=True)
class Largest:
    """One of the records with the most differences. `patient` is None for whoever may not see him."""

    patient: Patient | None
    size: int
    gained: Sequence[FlagRow]
    lost: Sequence[FlagRow]

    @property
    def more(self) -> int:
        """How many differences are not listed."""
        return self.size - len(self.gained) - len(self.lost)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """Flags gained and lost of one rule."""

    rule_id: str
    title: str
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class WeekRow:
    """Retests whose target is in one of the weeks ahead, now and under the draft."""

    number: int
    now: int
    then: int

    @property
    def difference(self) -> str:
        """With its sign, so that no reader has to subtract; nothing where it is the same."""
        return f"{self.then - self.now:+d}" if self.then != self.now else "same"


@dataclass(frozen=True, slots=True)
class Report:
    """A dry run with all that it has found so far."""

    run: DryRun
    changes: Sequence[Changed]
    gained: int
    lost: int
    touched: int
    rules: Sequence[RuleRow]
    weeks: Sequence[WeekRow]
    largest: Sequence[Largest]

    @property
    def patients(self) -> list[Patient]:
        """Whom the page names."""
        return [row.patient for row in self.largest if row.patient is not None]

    @property
    def retests_now(self) -> int:
        return sum(week.now for week in self.weeks)

    @property
    def retests_then(self) -> int:
        return sum(week.then for week in self.weeks)


def report_of(run: DryRun, user: Person) -> Report:
    """What the run has found, with the patients that this person may see by name; in two queries."""
    titles = {entry.id: entry.title for entry in load_rulebook().rules.entries.values()}
    found = run.found
    named = Patient.objects.visible_to(user).in_bulk([row["patient"] for row in found.get("largest", [])])
    seen = {str(patient.id): patient for patient in named.values()}
    rules = [
        RuleRow(rule_id, titles.get(rule_id, rule_id), *numbers)
        for rule_id, numbers in sorted(
            found.get("by_rule", {}).items(), key=lambda item: (-sum(item[1]), item[0])
        )
    ]
    return Report(
        run=run,
        changes=_changed(run),
        gained=found.get("gained", 0),
        lost=found.get("lost", 0),
        touched=found.get("touched", 0),
        rules=rules,
        weeks=[WeekRow(number, *week) for number, week in enumerate(found.get("retests", []), start=1)],
        largest=[_largest(row, seen, titles) for row in found.get("largest", [])],
    )


def _largest(row: Mapping[str, Any], seen: Mapping[str, Patient], titles: Mapping[str, str]) -> Largest:
    def rows(flags: Sequence[Sequence[str]]) -> list[FlagRow]:
        return [
            FlagRow(date.fromisoformat(on), rule_id, titles.get(rule_id, rule_id), severity)
            for on, rule_id, severity in flags
        ]

    return Largest(seen.get(row["patient"]), row["size"], rows(row["gained"]), rows(row["lost"]))


def _changed(run: DryRun) -> list[Changed]:
    words = {key: text for _, group in choices() for key, text in group}
    return [
        Changed(words.get(_key(change), change.name), f"{change.value} {_unit(change)}".strip())
        for change in changes_of(run)
    ]


def _key(change: Change) -> str:
    return f"{change.kind}:{change.name}"


def _unit(change: Change) -> str:
    """The unit of the new value; nothing for a severity, and for what a later release dropped."""
    book = load_rulebook()
    if change.kind is Kind.RETEST_AFTER:
        return "weeks"
    if change.kind is Kind.NUMBER and change.name in book.rules.numbers:
        return book.rules.numbers[change.name].unit
    rows = {row.id: row for row in book.intervals.rows}
    if change.kind in {Kind.INTERVAL_LOW, Kind.INTERVAL_HIGH} and change.name in rows:
        row = rows[change.name]
        return ANALYTES[row.analyte].units_by_code[row.unit].label
    return ""
