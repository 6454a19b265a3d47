"""The retests that would follow a change, planned before the change is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.templatetags.clinic import day
from clinical import record as clinical
from clinical.analytes import analyte
from clinical.retests import plan_retests
from clinical.rulebook import load_rulebook
from patients.models import Episode
from protocols.actions import Dose, weekly_of
from protocols.models import DoseStep

SHOWN = 3
ANCHORS = {"dose_step", "course_start", "off_drug"}


@dataclass(frozen=True, slots=True)
class ComingRetest:
    """A window for a set of analytes, with why and by which rule."""

    names: str
    earliest: date
    target: date
    latest: date
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Coming:
    """The retests counted from a day, or why there are none."""

    windows: Sequence[ComingRetest]
    because: str = ""


def coming_retests(episode: Episode, *, drug: str, dose: Dose | None, on: date) -> Coming:
    """What would be planned if, from `on`, this dose of the drug were taken; None is that it is not taken.

    One query. The windows are those counted from `on`: monitoring plans the same, with the results, once
    the change is stored.
    """
    stop = episode.effective_stop_on
    if stop is None:
        return Coming((), "Retests are planned once the last dose of testosterone is on file.")
    if on < stop:
        return Coming(
            (), f"Retests are counted from the effective stop, {day(stop)}: this day comes before it."
        )
    steps = DoseStep.objects.filter(patient_id=episode.patient_id).select_related("course")
    doses = [dose_ for step in steps if (dose_ := _as_taken(step, drug=drug, on=on)) is not None]
    if dose is not None:
        weekly = weekly_of(drug, dose)
        doses.append(_dose("proposed", drug, weekly.amount, weekly.unit, on, None, dose.mode))
    record = clinical.Record(
        id=str(episode.id),
        birth_date=episode.patient.date_of_birth,
        fertility_goal=episode.wants_fertility,
        periods=(clinical.TestosteronePeriod(effective_stop=stop),),
        doses=tuple(doses),
    )
    planned = [
        window
        for window in plan_retests(record, load_rulebook(), on)
        if window.anchor.on == on and window.anchor.kind in ANCHORS
    ]
    if not planned:
        return Coming((), "This change does not move the retests: the windows already planned stay.")
    return Coming([_shown(window) for window in planned[:SHOWN]])


def _as_taken(step: DoseStep, *, drug: str, on: date) -> clinical.Dose | None:
    """A stored step as it would stand after the change: of the same drug, ended on that day at the latest."""
    ends_on = step.ends_on
    if step.course.drug == drug:
        if step.starts_on >= on:
            return None
        ends_on = on if ends_on is None else min(ends_on, on)
    return _dose(
        str(step.id),
        step.course.drug,
        step.weekly_amount,
        step.weekly_unit,
        step.starts_on,
        ends_on,
        step.mode,
    )


def _dose(
    key: str, drug: str, weekly: Any, unit: str, starts_on: date, ends_on: date | None, mode: str
) -> clinical.Dose:
    return clinical.Dose(
        id=key,
        drug=drug,
        weekly=weekly,
        unit=unit,
        starts_on=starts_on,
        ends_on=ends_on,
        mode=mode or None,  # type: ignore[arg-type]
    )


def _shown(window: Any) -> ComingRetest:
    return ComingRetest(
        names=", ".join(analyte(key).name for key in window.analytes),
        earliest=window.earliest,
        target=window.target,
        latest=window.latest,
        reason=window.reason,
        source=f"{window.source}, {window.version}",
    )
