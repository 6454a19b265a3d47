"""The retests that would follow a change, planned before the change is stored."""

from collections.abc import Mapping, Sequence
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
    return retests_after(episode, {drug: (dose, on)})


def retests_after(
    episode: Episode, changes: Mapping[str, tuple[Dose | None, date]], *, shown: int = SHOWN
) -> Coming:
    """As coming_retests, of several drugs at once: each with its dose, or None, and from which day."""
    days = {on for _, on in changes.values()}
    on = min(days)
    stop = episode.effective_stop_on
    if stop is None:
        return Coming((), "Retests are planned once the last dose of testosterone is on file.")
    if on < stop:
        return Coming(
            (), f"Retests are counted from the effective stop, {day(stop)}: this day comes before it."
        )
    steps = DoseStep.objects.filter(patient_id=episode.patient_id).select_related("course")
    doses = [taken for step in steps if (taken := _as_taken(step, changes)) is not None]
    for drug, (dose, from_) in changes.items():
        if dose is not None:
            weekly = weekly_of(drug, dose)
            key = f"proposed {drug}"
            doses.append(_dose(key, drug, weekly.amount, weekly.unit, from_, None, dose.mode))
    record = clinical.Record(
        id=str(episode.id),
        birth_date=episode.patient.date_of_birth,
        fertility_goal=episode.wants_fertility,
        periods=(clinical.TestosteronePeriod(effective_stop=stop),),
        doses=tuple(doses),
    )
    planned = [
        window
        for window in plan_retests(record, load_rulebook(), max(days))
        if window.anchor.on in days and window.anchor.kind in ANCHORS
    ]
    if not planned:
        return Coming((), "This change does not move the retests: the windows already planned stay.")
    return Coming([_shown(window) for window in planned[:shown]])


def _as_taken(step: DoseStep, changes: Mapping[str, tuple[Dose | None, date]]) -> clinical.Dose | None:
    """A stored step as it would stand after the change: of the same drug, ended on that day at the latest."""
    ends_on = step.ends_on
    if step.course.drug in changes:
        _, on = changes[step.course.drug]
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
