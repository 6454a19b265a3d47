"""One protocol as a page shows it: its drugs with what the catalogue says of them, retests, evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from clinical import drugs
from clinical.analytes import analyte
from clinical.protocols import Component, Concern, Protocol, concerns_of, retests_of
from clinical.rulebook import load_rulebook
from patients.models import Goal
from protocols.actions import Dose, weekly_of

# Windows that these drugs, or the lack of any, bring; the others are the same for every man.
OWN_PHASES = {"treatment", "drug", "observation"}
AT_STOP = "at the effective stop"


@dataclass(frozen=True, slots=True)
class Part:
    """One drug of a protocol. `when` says when it starts, `origin` whose the limit of its trigger is."""

    key: str
    name: str
    dose: str
    weekly: str
    route: str
    when: str
    is_at_once: bool
    origin: str
    off_label: str
    contraindications: Sequence[str]
    monitoring: Sequence[str]
    stop_rules: Sequence[str]


@dataclass(frozen=True, slots=True)
class Window:
    """One retest that the schedule plans for whoever follows the protocol; `is_own` where it brings it."""

    reason: str
    names: str
    source: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a page says of a protocol beside its own words, with the versions that it was read from."""

    content: Protocol
    goals: str
    parts: Sequence[Part]
    concerns: Sequence[Concern]
    planned: Sequence[Window]
    sources: Sequence[str]
    read_from: str

    @property
    def windows(self) -> Sequence[tuple[str, Sequence[Window]]]:
        """The retests under two headings, those that the protocol itself brings first."""
        own = [window for window in self.planned if window.is_own]
        same = [window for window in self.planned if not window.is_own]
        return [("On this protocol", own), ("As for every man", same)]

    @property
    def has_label_conflict(self) -> bool:
        return any(concern.severity == "critical" for concern in self.concerns)


def sheet_of(content: Protocol) -> Sheet:
    """What the rulebook in force says of a protocol; asks no database. Raises UnknownDrug or DoseError."""
    book = load_rulebook()
    return Sheet(
        content=content,
        goals=goal_words(content.goals),
        parts=[part_of(each) for each in content.components],
        concerns=concerns_of(content),
        planned=[
            Window(
                rule.reason,
                ", ".join(analyte(key).name for key in rule.analytes),
                f"{rule.source} [{rule.mark.value}], {book.retests.version}",
                rule.phase in OWN_PHASES,
            )
            for rule in retests_of(content, book.retests)
        ],
        sources=[str(source) for source in content.sources],
        read_from=f"drugs {book.drug_table.header.version}, conflicts {book.conflicts.header.version}, "
        f"retests {book.retests.header.version}",
    )


def goal_words(goals: Sequence[str]) -> str:
    """The goals in the words of a recovery episode."""
    if set(goals) == set(Goal.values):
        return "Fertility, own testosterone, or both"
    return ", ".join(Goal(goal).label for goal in goals)


def dose_of_part(each: Component) -> Dose:
    """The first dose of a component, as it is ordered."""
    row = drugs.drug(each.drug)
    interval = drugs.FREQUENCIES[each.frequency].interval_min
    return Dose(each.amount, row.dose_unit, each.frequency, each.mode, interval, each.route_words())


def part_of(each: Component) -> Part:
    """A component with what the catalogue says of its drug; raises UnknownDrug or DoseError."""
    row = drugs.drug(each.drug)
    trigger = each.trigger
    return Part(
        key=each.drug,
        name=row.name,
        dose=each.dose_words(),
        weekly=weekly_of(each.drug, dose_of_part(each)).text,
        route=each.route_words(),
        when=AT_STOP if trigger is None else f"add when {trigger.text}",
        is_at_once=each.is_at_once,
        origin=trigger.origin if trigger else "",
        off_label=row.off_label_statement,
        contraindications=row.contraindications,
        monitoring=row.monitoring,
        stop_rules=row.stop_rules,
    )
