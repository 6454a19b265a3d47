"""The patient's released results, as the laboratory reported them, with the clinician's comment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch

from accounts.models import Person
from labs.models import Panel, PanelKind, Result
from patients.models import Patient
from portal.presenters.plain import PLACES, TESTS
from timeline.presenters.measured import ordered, shown

TITLES = {PanelKind.BLOOD: "Blood test", PanelKind.SEMEN: "Semen test"}


@dataclass(frozen=True, slots=True)
class Line:
    """One result: the lab's own digits, the range it is held against, and whose range that is."""

    name: str
    about: str
    text: str
    unit: str
    range_text: str
    is_laboratorys: bool
    place: str
    note: str


@dataclass(frozen=True, slots=True)
class Released:
    """One released test. `corrected_at` is set where it replaces an earlier report."""

    panel_id: str
    title: str
    on: date
    laboratory: str
    lines: tuple[Line, ...]
    comment: str
    by: str
    corrected_at: datetime | None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A test that was released and is being corrected; its numbers are not shown any more."""

    title: str
    on: date


@dataclass(frozen=True, slots=True)
class Results:
    """The results page, newest first."""

    panels: tuple[Released, ...]
    withdrawn: tuple[Withdrawn, ...]


def results_of(patient: Patient, user: Person) -> Results:
    """Everything released to this patient, in a constant number of queries."""
    found = list(
        Panel.objects.visible_to(user)
        .filter(patient=patient)
        .select_related("laboratory", "semen", "released_by")
        .prefetch_related(Prefetch("results", Result.objects.visible_to(user)))
        .order_by("-collected_at", "-version", "id")
    )
    current = [panel for panel in found if panel.superseded_at is None]
    return Results(
        panels=tuple(map(_released, current)),
        withdrawn=tuple(
            Withdrawn(TITLES[PanelKind(panel.kind)], panel.collected_on)
            for panel in _withdrawn(found, current, patient)
        ),
    )


def _released(panel: Panel) -> Released:
    return Released(
        panel_id=str(panel.id),
        title=TITLES[PanelKind(panel.kind)],
        on=panel.collected_on,
        laboratory=panel.laboratory.name,
        lines=tuple(_line(result, panel) for result in ordered(panel)),
        comment=panel.release_comment,
        by=panel.released_by.full_name if panel.released_by else "",
        corrected_at=panel.finalised_at if panel.version > 1 else None,
    )


def _line(result: Result, panel: Panel) -> Line:
    told = shown(result, panel=panel)
    return Line(
        name=told.name,
        about=TESTS.get(result.analyte, ""),
        text=told.text,
        unit=told.unit,
        range_text=told.range_text,
        is_laboratorys=result.interval_is_laboratorys,
        place=PLACES.get(told.place, ""),
        note=told.note,
    )


def _withdrawn(found: Sequence[Panel], current: Sequence[Panel], patient: Patient) -> list[Panel]:
    """Replaced reports whose correction is not released yet, the latest of each; the chain is followed by id.

    A correction that waits for release is invisible to the patient, so the chain is read past it.
    """
    earlier = dict(
        Panel.objects.filter(patient=patient, clinic_id=patient.clinic_id, version__gt=1).values_list(
            "id", "supersedes_id"
        )
    )
    replaced = set()
    for panel in found:
        before = earlier.get(panel.id)
        while before is not None:
            replaced.add(before)
            before = earlier.get(before)
    return [panel for panel in found if panel not in current and panel.id not in replaced]
