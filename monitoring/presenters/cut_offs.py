"""What the page of cut-offs shows: the rulebook's numbers, the clinic's own, and who set them and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from accounts.models import Person
from accounts.sending import OnFile
from clinical.rulebook import load_rulebook
from monitoring.models import CutOff
from monitoring.rulebook import current_cut_offs

MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class CutOffRow:
    """A cut-off that a clinic may set; `own` is its last decision about it, if there was any."""

    name: str
    meaning: str
    unit: str
    value: Decimal
    source: str
    own: CutOff | None

    @property
    def holds(self) -> Decimal:
        """What records are judged by."""
        return self.value if self.own is None or self.own.value is None else self.own.value.normalize()

    @property
    def is_own(self) -> bool:
        return self.own is not None and self.own.value is not None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, with what it was about in words."""

    meaning: str
    row: CutOff


@dataclass(frozen=True, slots=True)
class CutOffs:
    """The cut-offs as they hold, the decisions that led there, newest first, and a form's version."""

    rows: Sequence[CutOffRow]
    decisions: Sequence[Decision]
    version: str


def cut_offs_of(user: Person) -> CutOffs:
    """The page's content, in two queries."""
    own = current_cut_offs(user.acting.clinic_id)
    numbers = load_rulebook().rules.numbers
    rows = [
        CutOffRow(each.name, _sentence(each.meaning), each.unit, each.value, each.source, own.get(each.name))
        for each in numbers.values()
        if each.clinic_may_set
    ]
    # One that a later release dropped is told by its name.
    decisions = [
        Decision(_sentence(numbers[row.name].meaning) if row.name in numbers else row.name, row)
        for row in CutOff.objects.visible_to(user).newest_first()[:MOST_ROWS]
    ]
    # The number that the form's own decision would have.
    version = str((decisions[0].row.number if decisions else 0) + 1)
    return CutOffs(rows, decisions, version)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def cut_offs_on_file(shown: CutOffs) -> OnFile:
    """The cut-offs as they stand, for somebody whose form came too late."""
    last = shown.decisions[0].row if shown.decisions else None
    return OnFile(
        "The clinic's cut-offs",
        shown.version,
        [(row.meaning, f"{row.holds:f} {row.unit}") for row in shown.rows],
        reverse("cut_offs"),
        by=last.set_by.full_name if last else "",
        at=last.set_at if last else None,
    )
