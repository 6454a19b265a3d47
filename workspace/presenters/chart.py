"""The patient chart: its sticky header, the overview, and the labs flowsheet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse

from accounts.models import Person
from clinical.analytes import ANALYTES, analyte
from clinical.readings import shown_in
from labs.actions import reading_of
from labs.models import Panel, Result
from monitoring.models import Flag, FlagState, Milestone, Retest, Severity
from monitoring.presenters import Judged, JudgedState, due_state_of, judged_of, kind_of, names_of
from patients.models import Episode, Patient
from protocols.presenters import current_doses
from workspace.presenters.worklist import days_since_stop

TABS = [
    ("chart", "Overview"),
    ("chart_labs", "Labs"),
    ("chart_treatment", "Treatment"),
    ("chart_timeline", "Timeline"),
    ("chart_documents", "Documents"),
    ("chart_notes", "Notes"),
    ("chart_access", "Access"),
]


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the chart."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Header:
    """What stays in sight on every page of the chart: who this is and what must not be forgotten."""

    patient: Patient
    episode: Episode | None
    stop: str
    doses: Sequence[Any]
    cautions: str
    critical: int
    warning: int
    tabs: Sequence[Tab]


def header_of(patient: Patient, user: Person, *, tab: str, today: date) -> Header:
    """The sticky header, in a fixed number of queries."""
    episode = Episode.objects.visible_to(user).open().filter(patient=patient).first()
    counts = (
        Flag.objects.visible_to(user)
        .open()
        .filter(patient=patient)
        .aggregate(
            critical=Count("pk", filter=Q(severity=Severity.CRITICAL)),
            warning=Count("pk", filter=Q(severity=Severity.WARNING)),
        )
    )
    conditions = [each.kind.replace("_", " ") for each in patient.conditions.visible_to(user)]
    return Header(
        patient=patient,
        episode=episode,
        stop=_stop(episode, today),
        doses=current_doses(episode) if episode else (),
        cautions="; ".join(filter(None, [patient.allergies, *conditions])),
        critical=counts["critical"],
        warning=counts["warning"],
        tabs=[Tab(label, reverse(name, args=[patient.id]), name == tab) for name, label in TABS],
    )


def _stop(episode: Episode | None, today: date) -> str:
    if episode is None or episode.effective_stop_on is None or today < episode.effective_stop_on:
        return days_since_stop(episode, today)
    on = episode.effective_stop_on
    return f"{on.day} {on:%b %Y}, {days_since_stop(episode, today)}"


@dataclass(frozen=True, slots=True)
class DueRetest:
    """A retest with its state today."""

    retest: Retest
    state: str
    names: str
    panel_kind: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The first page of the chart."""

    judged: Judged
    flags: Sequence[Flag]
    acknowledged: Sequence[Flag]
    milestones: Sequence[Milestone]
    retests: Sequence[DueRetest]
    to_review: Sequence[Panel]

    @property
    def critical(self) -> int:
        return sum(flag.severity == Severity.CRITICAL for flag in self.flags)

    @property
    def warning(self) -> int:
        return sum(flag.severity == Severity.WARNING for flag in self.flags)

    @property
    def is_pending(self) -> bool:
        return self.judged.state == JudgedState.PENDING


def overview_of(patient: Patient, episode: Episode | None, user: Person, *, today: date) -> Overview:
    """Flags, milestones, retests and unread results of a patient, in a fixed number of queries.

    How far the record is judged is read first: a worker may commit between two statements, and flags read
    before that would stand there as the whole of a judgement that had more.
    """
    judged = judged_of(episode, user)
    flags = list(
        Flag.objects.visible_to(user)
        .standing()
        .filter(patient=patient)
        .worst_first()
        .select_related("acknowledged_by")
    )
    waiting = Retest.objects.visible_to(user).waiting().filter(episode=episode) if episode else []
    return Overview(
        judged=judged,
        flags=[flag for flag in flags if flag.state == FlagState.OPEN],
        acknowledged=[flag for flag in flags if flag.state == FlagState.ACKNOWLEDGED],
        milestones=list(
            Milestone.objects.visible_to(user).filter(episode=episode).order_by("reached_on", "key")
        )
        if episode
        else [],
        retests=[
            DueRetest(
                each, due_state_of(each, today).name.lower(), names_of(each.analytes), kind_of(each.analytes)
            )
            for each in waiting
        ],
        to_review=list(Panel.objects.visible_to(user).to_review().filter(patient=patient)),
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """One result in the flowsheet: as sent, or, where another unit is asked for, converted and said to be."""

    text: str
    unit: str
    place: str
    reason: str
    url: str
    converted: bool = False


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One analyte across all panels; `cells` has None where it was not measured."""

    name: str
    interval: str
    cells: Sequence[Cell | None]


@dataclass(frozen=True, slots=True)
class FlowGroup:
    """The analytes of one specimen."""

    title: str
    rows: Sequence[FlowRow]


@dataclass(frozen=True, slots=True)
class Column:
    """One panel as a column."""

    panel: Panel
    collected_at: datetime
    kind: str
    pending: bool


@dataclass(frozen=True, slots=True)
class Flowsheet:
    """Analytes by dates, newest first."""

    columns: Sequence[Column]
    groups: Sequence[FlowGroup] = field(default_factory=tuple)
    units: str = "reported"


# Where the SI unit is not simply the unit that every laboratory uses.
SI_UNITS = {
    "TT": "nmol/L",
    "FT": "pmol/L",
    "E2": "pmol/L",
    "ALB": "g/L",
    "HGB": "g/L",
    "PRL": "m[IU]/L",
}
UNITS_SHOWN = {"reported": "As reported", "conventional": "Conventional units", "si": "SI units"}


def flowsheet_of(patient: Patient, user: Person, *, units: str, judged_version: int) -> Flowsheet:
    """All current results as analytes by panels, in three queries. Stored values are never touched."""
    panels = list(
        Panel.objects.visible_to(user)
        .current()
        .filter(patient=patient)
        .order_by("-collected_at", "-finalised_at")
        .prefetch_related("results")
    )
    of_analyte: dict[str, dict[Any, Result]] = {}
    for panel in panels:
        for result in panel.results.all():
            of_analyte.setdefault(result.analyte, {})[panel.id] = result
    groups: dict[str, list[FlowRow]] = {}
    for key in ANALYTES:
        if key in of_analyte:
            title = "Semen" if analyte(key).specimen == "semen" else "Blood"
            groups.setdefault(title, []).append(_row(key, of_analyte[key], panels, units))
    return Flowsheet(
        columns=[
            Column(panel, panel.collected_at, panel.get_kind_display(), panel.record_version > judged_version)
            for panel in panels
        ],
        groups=[FlowGroup(title, rows) for title, rows in groups.items()],
        units=units,
    )


def _row(key: str, results: dict[Any, Result], panels: Sequence[Panel], units: str) -> FlowRow:
    newest = next(results[panel.id] for panel in panels if panel.id in results)
    return FlowRow(
        name=analyte(key).name,
        interval=interval_text(newest),
        cells=[_cell(results[panel.id], units) if panel.id in results else None for panel in panels],
    )


def interval_text(result: Result) -> str:
    """The interval frozen with a result, in its own unit, with its own digits."""
    if result.interval_low is None and result.interval_high is None:
        return ""
    low, high = (
        None if limit is None else f"{limit.normalize():f}"
        for limit in (result.interval_low, result.interval_high)
    )
    label = analyte(result.analyte).units_by_code[result.interval_unit].label
    if low is None:
        return f"up to {high} {label}"
    return f"{low} or more {label}" if high is None else f"{low} to {high} {label}"


def _cell(result: Result, units: str) -> Cell:
    row = analyte(result.analyte)
    shown, unit = result.reported_text, result.reported_unit
    wanted = {"conventional": row.canonical_unit, "si": SI_UNITS.get(result.analyte, unit)}.get(units, unit)
    if wanted != unit:
        shown, unit = shown_in(reading_of(result), wanted), wanted
    return Cell(
        text=shown,
        unit=row.units_by_code[unit].label,
        place=result.place,
        reason=result.place_reason,
        url=reverse("panel", args=[result.panel_id]),
        converted=unit != result.reported_unit,
    )
