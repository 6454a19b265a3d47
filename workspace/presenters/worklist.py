"""The worklist: everything in the clinic that waits for somebody, with the action that resolves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts.models import Person
from clinical.retests import DueState
from labs.models import Panel
from monitoring.models import Evaluation, Flag, Retest, Severity
from monitoring.presenters import due_state_of, kind_of
from patients.models import Episode, Note

# Rules that propose a change of dose rather than report a danger.
DOSE_RULES = ("R22", "R23")
# An overdue retest has a section of its own, where it can be resolved.
OVERDUE_RULE = "R94"
MOST_ROWS = 50
IN_SIGHT = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One line: whose, how far from the effective stop, what, since when, and where it is resolved."""

    patient: Any
    days: str
    what: str
    since: date | datetime
    url: str
    action: str
    severity: str = ""
    detail: str = ""
    badge: str = ""
    flag: Any = None


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the worklist. `total` counts all its rows, of which at most MOST_ROWS are shown."""

    key: str
    title: str
    icon: str
    rows: Sequence[Row]
    total: int
    empty: str

    @property
    def in_sight(self) -> Sequence[Row]:
        return self.rows[:IN_SIGHT]

    @property
    def folded(self) -> Sequence[Row]:
        return self.rows[IN_SIGHT:]

    @property
    def hidden(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Worklist:
    """All sections in the order in which a clinician should look at them."""

    sections: Sequence[Section]
    today: date

    @property
    def total(self) -> int:
        return sum(section.total for section in self.sections)

    @property
    def patient_ids(self) -> set[Any]:
        return {row.patient.id for section in self.sections for row in section.rows}


def worklist_of(user: Person, *, today: date) -> Worklist:
    """The clinic's worklist on a day, in a fixed number of queries."""
    flags = list(
        Flag.objects.visible_to(user)
        .open()
        .exclude(rule_id=OVERDUE_RULE)
        .worst_first()
        .select_related("patient", "episode")
    )
    retests = list(
        Retest.objects.visible_to(user)
        .waiting()
        .filter(episode__closed_on=None, target_on__lte=today)
        .select_related("patient", "episode")
    )
    return Worklist(
        sections=(
            _flags(
                "critical",
                "Critical flags",
                "alert-octagon",
                _of(flags, Severity.CRITICAL),
                today,
                "No critical flags.",
            ),
            _panels(user, today),
            _flags(
                "dose",
                "Dose decisions",
                "pill",
                [f for f in flags if f.rule_id in DOSE_RULES],
                today,
                "No rule proposes a dose change.",
            ),
            _retests("overdue", "Retests overdue", DueState.OVERDUE, retests, today),
            _retests("due", "Retests due", DueState.DUE, retests, today),
            _unscheduled(user, today),
            _not_evaluated(user, today),
            _flags(
                "warning",
                "Warnings",
                "alert-triangle",
                _of(flags, Severity.WARNING),
                today,
                "No open warnings.",
            ),
            _information(_of(flags, Severity.INFO), today),
            _notes(user, today),
        ),
        today=today,
    )


def _of(flags: Sequence[Flag], severity: Severity) -> list[Flag]:
    return [flag for flag in flags if flag.severity == severity and flag.rule_id not in DOSE_RULES]


def days_since_stop(episode: Episode | None, today: date) -> str:
    """Where this man stands: "day 43", "washout until 2 Mar 2026", "still on testosterone"."""
    if episode is None:
        return "no episode"
    stop = episode.effective_stop_on
    if stop is None:
        return "on testosterone"
    if today < stop:
        return f"washout until {stop.day} {stop:%b %Y}"
    return f"day {(today - stop).days}"


def _section(key: str, title: str, icon: str, rows: Sequence[Row], empty: str) -> Section:
    return Section(key, title, icon, rows[:MOST_ROWS], len(rows), empty)


def _flags(key: str, title: str, icon: str, flags: Sequence[Flag], today: date, empty: str) -> Section:
    rows = [
        Row(
            patient=flag.patient,
            days=days_since_stop(flag.episode, today),
            what=flag.title,
            detail=flag.message,
            since=flag.first_seen_at,
            url=reverse("flag", args=[flag.id]),
            action="Look at flag",
            severity=flag.severity,
            badge=f"seen {flag.count} times" if flag.count > 1 else "",
            flag=flag,
        )
        for flag in flags
    ]
    return _section(key, title, icon, rows, empty)


def _information(flags: Sequence[Flag], today: date) -> Section:
    """Low severity is grouped: one row a patient."""
    of_patient: dict[Any, list[Flag]] = {}
    for flag in flags:
        of_patient.setdefault(flag.patient_id, []).append(flag)
    rows = [
        Row(
            patient=group[0].patient,
            days=days_since_stop(group[0].episode, today),
            what=", ".join(dict.fromkeys(flag.title for flag in group)),
            since=min(flag.first_seen_at for flag in group),
            url=reverse("chart", args=[patient_id]),
            action="Open chart",
            severity=Severity.INFO,
            badge=f"{len(group)} findings" if len(group) > 1 else "",
        )
        for patient_id, group in of_patient.items()
    ]
    return _section("information", "Information", "info-circle", rows, "Nothing for information.")


def _panels(user: Person, today: date) -> Section:
    panels = (
        Panel.objects.visible_to(user)
        .to_review()
        .select_related("patient", "laboratory")
        .prefetch_related("patient__episodes")
    )
    rows = []
    for panel in panels:
        episode = next((each for each in panel.patient.episodes.all() if each.closed_on is None), None)
        rows.append(
            Row(
                patient=panel.patient,
                days=days_since_stop(episode, today),
                what=f"{panel.get_kind_display()} of {panel.collected_on.day} {panel.collected_on:%b %Y}",
                detail=panel.laboratory.name,
                since=panel.finalised_at,
                url=reverse("panel", args=[panel.id]),
                action="Review",
                badge=f"version {panel.version}" if panel.version > 1 else "",
            )
        )
    return _section("review", "Results to review", "flask", rows, "Every result has been read.")


def _retests(key: str, title: str, state: DueState, retests: Sequence[Retest], today: date) -> Section:
    """One row a patient: he comes once, for everything that is due."""
    of_patient: dict[Any, list[Retest]] = {}
    for retest in retests:
        if due_state_of(retest, today) == state:
            of_patient.setdefault(retest.patient_id, []).append(retest)
    rows = []
    for group in of_patient.values():
        keys = list(dict.fromkeys(key for retest in group for key in retest.analytes))
        rows.append(
            Row(
                patient=group[0].patient,
                days=days_since_stop(group[0].episode, today),
                what=", ".join(keys),
                detail=group[0].reason,
                since=group[0].target_on,
                url=reverse("panel_new", args=[group[0].patient_id, kind_of(keys)]),
                action="Enter results",
                badge=f"{len(group)} windows" if len(group) > 1 else "",
            )
        )
    icon = "calendar-x" if state == DueState.OVERDUE else "calendar-due"
    return _section(key, title, icon, rows, f"No retest is {state.value}.")


def _unscheduled(user: Person, today: date) -> Section:
    """An active episode with nothing planned is itself a finding: it is how patients are forgotten."""
    planned = Retest.objects.visible_to(user).waiting().filter(episode=OuterRef("pk"))
    episodes = (
        Episode.objects.visible_to(user)
        .open()
        .filter(~Exists(planned), evaluation__evaluated_at__isnull=False)
        .select_related("patient")
        .order_by("opened_at", "id")
    )
    rows = [
        Row(
            patient=episode.patient,
            days=days_since_stop(episode, today),
            what="No retest is planned",
            since=episode.opened_at,
            url=reverse("chart", args=[episode.patient_id]),
            action="Open chart",
        )
        for episode in episodes
    ]
    return _section(
        "unscheduled", "Without a next retest", "calendar", rows, "Every active patient has a next retest."
    )


def _not_evaluated(user: Person, today: date) -> Section:
    """Records that the rules could not judge, with the reason."""
    evaluations = (
        Evaluation.objects.visible_to(user).given_up().select_related("patient", "episode").order_by("id")
    )
    rows = [
        Row(
            patient=evaluation.patient,
            days=days_since_stop(evaluation.episode, today),
            what="Could not be evaluated",
            detail=evaluation.error or "The worker stopped each time it tried.",
            since=evaluation.episode.changed_at,
            url=reverse("chart", args=[evaluation.patient_id]),
            action="Open chart",
            severity=Severity.WARNING,
        )
        for evaluation in evaluations
    ]
    return _section(
        "not_evaluated", "Could not be evaluated", "hourglass", rows, "Every record could be evaluated."
    )


def _notes(user: Person, today: date) -> Section:
    """One's own drafts; what they say stays on their own page."""
    drafts = (
        Note.objects.visible_to(user)
        .to_sign(user)
        .select_related("patient")
        .prefetch_related("patient__episodes")
    )
    rows = []
    for draft in drafts:
        episode = next((each for each in draft.patient.episodes.all() if each.closed_on is None), None)
        rows.append(
            Row(
                patient=draft.patient,
                days=days_since_stop(episode, today),
                what="Your note is not signed yet",
                since=draft.started_at,
                url=reverse("note_new", args=[draft.patient_id]),
                action="Finish and sign",
            )
        )
    return _section("notes", "Notes to sign", "signature", rows, "Every note of yours is signed.")
