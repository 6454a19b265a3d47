"""What pages show of flags, retests, and of how far a record has been judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.urls import reverse

from accounts.models import Person
from accounts.sending import OnFile, last_deed
from accounts.templatetags.clinic import day, moment
from clinical.analytes import ANALYTES
from clinical.retest_anchors import Anchor
from clinical.retests import DueState, RetestWindow, due_state
from labs.models import PanelKind, Result
from monitoring.models import MOST_ATTEMPTS, Evaluation, Flag, FlagChange, FlagState, Retest, Severity
from patients.models import Episode


def due_state_of(retest: Retest, today: date) -> DueState:
    """Whether this retest is due on a day, in the clinic's calendar."""
    window = RetestWindow(
        rule_id=retest.key,
        analytes=tuple(retest.analytes),
        earliest=retest.earliest_on,
        target=retest.target_on,
        latest=retest.latest_on,
        anchor=Anchor(retest.anchor_kind, retest.anchor_on, retest.key),
        reason=retest.reason,
        source=retest.source,
        version=retest.rule_version,
    )
    return due_state(
        window, today, satisfied=retest.satisfied_by is not None, waived=retest.waived_at is not None
    )


def names_of(keys: Sequence[str]) -> str:
    """Analytes by name, as a sentence begins."""
    names = [ANALYTES[key].name if key in ANALYTES else key for key in keys]
    return ", ".join(
        [names[0], *(name[0].lower() + name[1:] if name[1:2].islower() else name for name in names[1:])]
    )


def kind_of(keys: Sequence[str]) -> str:
    """Which entry form takes these analytes."""
    is_semen = any(key in ANALYTES and ANALYTES[key].specimen == "semen" for key in keys)
    return PanelKind.SEMEN.value if is_semen else PanelKind.BLOOD.value


class JudgedState(StrEnum):
    """How far a record has been judged; `within` is not among them, for that is said of a single result."""

    PENDING = "pending"
    FAILED = "failed"
    NO_EPISODE = "no_rule"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Judged:
    """The state with its reason, when it was reached, and what could not be evaluated."""

    state: JudgedState
    why: str = ""
    version: int = 0
    at: datetime | None = None
    rulebook_version: str = ""
    axis_pattern: str = ""
    not_evaluated: Sequence[dict[str, Any]] = ()
    episode_id: Any = None


def judged_of(episode: Episode | None, user: Person) -> Judged:
    """Whether the findings on this page are those of the record as it is now."""
    if episode is None:
        return Judged(JudgedState.NO_EPISODE, why="no recovery episode is open for this patient")
    evaluation = Evaluation.objects.visible_to(user).filter(episode=episode).first()
    if evaluation is None:
        return Judged(JudgedState.PENDING)
    told = {
        "at": evaluation.evaluated_at,
        "version": evaluation.evaluated_version,
        "rulebook_version": evaluation.rulebook_version,
        "axis_pattern": evaluation.axis_pattern,
        "not_evaluated": evaluation.not_evaluated,
        "episode_id": episode.id,
    }
    if evaluation.is_given_up(episode):
        why = evaluation.error or f"the worker stopped {MOST_ATTEMPTS} times while trying"
        return Judged(JudgedState.FAILED, why=why, **told)
    if evaluation.evaluated_version >= episode.record_version:
        return Judged(JudgedState.JUDGED, **told)
    return Judged(JudgedState.PENDING, **told)


@dataclass(frozen=True, slots=True)
class UsedNumber:
    """A number that a flag rests on, with the panel it came from where it is a result."""

    analyte: str
    text: str
    collected_on: date | None
    url: str


@dataclass(frozen=True, slots=True)
class FlagCard:
    """A flag with everything that explains it."""

    flag: Flag
    numbers: Sequence[UsedNumber]
    changes: Sequence[FlagChange]
    may_acknowledge: bool
    needs_comment: bool


def card_of(flag: Flag, user: Person) -> FlagCard:
    """The rule card: numbers with links, range, source, version, what was missing, history."""
    ids = [number["result_id"] for number in flag.numbers if number["result_id"]]
    panels = dict(Result.objects.visible_to(user).filter(pk__in=ids).values_list("id", "panel_id"))
    of_text = {str(result_id): reverse("panel", args=[panel_id]) for result_id, panel_id in panels.items()}
    return FlagCard(
        flag=flag,
        numbers=[
            UsedNumber(
                analyte=number["analyte"],
                text=number["text"],
                collected_on=date.fromisoformat(number["collected_on"]) if number["collected_on"] else None,
                url=of_text.get(number["result_id"] or "", ""),
            )
            for number in flag.numbers
        ],
        changes=list(flag.changes.visible_to(user).select_related("by")),
        may_acknowledge=flag.state == FlagState.OPEN,
        needs_comment=flag.severity == Severity.CRITICAL,
    )


def flag_on_file(flag: Flag, user: Person) -> OnFile:
    """A flag as it stands, with the last step of its life."""
    last = flag.changes.visible_to(user).select_related("by").last()
    lines = [("Finding", flag.title), ("What it says", flag.message), ("State", flag.get_state_display())]
    if flag.comment:
        lines.append(("Comment", flag.comment))
    if last is not None:
        lines.append(("Last step", last.what))
    return OnFile(
        "This finding",
        str(flag.version),
        lines,
        reverse("flag", args=[flag.id]),
        by=last.by.full_name if last and last.by else "the clinic's server",
        at=last.at if last else None,
        patient=flag.patient,
        may_go_on=flag.state == FlagState.OPEN,
    )


def retest_on_file(retest: Retest, user: Person) -> OnFile:
    """A retest as it stands: its window, and what has become of it."""
    by, at = last_deed(user, kind="monitoring.retest", object_id=retest.id, patient_id=retest.patient_id)
    lines = [
        ("Retest", names_of(retest.analytes)),
        ("Window", f"{day(retest.earliest_on)} to {day(retest.latest_on)}"),
        ("State", _state_of(retest)),
    ]
    if retest.waive_reason:
        lines.append(("Reason", retest.waive_reason))
    page = reverse("chart", args=[retest.patient_id])
    return OnFile(
        "This retest",
        retest.version,
        lines,
        page,
        by,
        at,
        patient=retest.patient,
        may_go_on=not retest.is_closed,
    )


def _state_of(retest: Retest) -> str:
    if retest.waived_at:
        return f"Waived, {moment(retest.waived_at)}"
    if retest.satisfied_by:
        return f"Done on {day(retest.satisfied_on)}"
    return "No longer asked for" if retest.withdrawn_at else "Waiting"
