"""Starting, adjusting, holding, resuming and stopping courses."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Person
from audit import actions as audit
from clinical import drugs
from patients.actions import mark_changed
from patients.models import ConcomitantDrug, Condition, Episode
from protocols.models import MAY_BECOME, Course, CourseStatus, DoseStep


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as ordered: amount with unit, frequency, and for gonadorelin the mode and pulse interval."""

    amount: Decimal
    unit: str
    frequency: str
    mode: str = ""
    pulse_interval_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that speaks against a dose, and how much."""

    severity: str
    message: str
    source: str


class NeedsReason(Exception):
    """The dose was not ordered: a check warns, and nobody gave a reason to order it all the same."""

    def __init__(self, checks: Sequence[Check]) -> None:
        super().__init__(" ".join(check.message for check in checks))
        self.checks = tuple(checks)


class Overtaken(Exception):
    """Somebody else changed the course since it was read."""

    def __init__(self, course: Course) -> None:
        super().__init__("This course was changed by somebody else in the meantime.")
        self.course = course


class NotPossible(Exception):
    """The course's state or dates do not allow this."""


def checks_of(episode: Episode, *, drug: str, dose: Dose, on: date) -> tuple[Check, ...]:
    """What the catalogue says of this dose for this patient: limits, interactions, contraindications.

    The worst first. Raises clinical.drugs.UnknownDrug for a drug that the catalogue does not hold.
    """
    found = [
        *drugs.check_dose(
            drug,
            dose.amount,
            dose.unit,
            dose.frequency,
            mode=dose.mode or None,
            pulse_interval_min=dose.pulse_interval_minutes,
        ),
        *drugs.check_combination(
            drug,
            taken=_drugs_in_the_body(episode, on=on, besides=drug),
            concomitant=tuple(
                ConcomitantDrug.objects.filter(patient_id=episode.patient_id, stopped_on=None).values_list(
                    "name", flat=True
                )
            ),
            history=tuple(
                Condition.objects.filter(patient_id=episode.patient_id).values_list("kind", flat=True)
            ),
            on_testosterone=episode.effective_stop_on is None or on < episode.effective_stop_on,
        ),
    ]
    rank = {"critical": 0, "warning": 1, "info": 2}
    checks = [Check(each.severity.value, each.message, each.source) for each in found]
    return tuple(sorted(checks, key=lambda check: rank[check.severity]))


def _drugs_in_the_body(episode: Episode, *, on: date, besides: str) -> tuple[str, ...]:
    """Drugs being taken, or stopped so recently that their washout has not ended."""
    courses = Course.objects.filter(episode=episode).exclude(drug=besides)
    return tuple(
        course.drug
        for course in courses
        if course.stopped_on is None
        or (on - course.stopped_on).days < drugs.drug(course.drug).washout_weeks * 7
    )


def _refuse_unreasoned(checks: Sequence[Check], *, override_reason: str) -> None:
    serious = [check for check in checks if check.severity != "info"]
    if serious and not override_reason.strip():
        raise NeedsReason(serious)


def _order(
    course: Course, *, dose: Dose, on: date, by: Person, parent: DoseStep | None, **words: Any
) -> DoseStep:
    weekly = drugs.weekly_amount(
        course.drug,
        dose.amount,
        dose.unit,
        dose.frequency,
        mode=dose.mode or None,
        pulse_interval_min=dose.pulse_interval_minutes,
    )
    return DoseStep.objects.create(
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
        course=course,
        parent=parent,
        amount=dose.amount,
        unit=dose.unit,
        frequency=dose.frequency,
        mode=dose.mode,
        pulse_interval_minutes=dose.pulse_interval_minutes,
        weekly_amount=weekly.amount,
        weekly_unit=weekly.unit,
        starts_on=on,
        ordered_by=by,
        **words,
    )


def _note(action: str, course: Course, *, by: Person, **details: Any) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=course.clinic_id,
        object_kind="protocols.course",
        object_id=course.id,
        patient_id=course.patient_id,
        details={"version": course.version, **details},
    )


@transaction.atomic
def start_course(
    episode: Episode,
    *,
    drug: str,
    dose: Dose,
    starts_on: date,
    reason: str,
    by: Person,
    entry_key: uuid.UUID,
    override_reason: str = "",
) -> Course:
    """Start a drug with its first dose step. The same `entry_key` again returns the course already started.

    Raises NeedsReason where a check warns and `override_reason` is empty, NotPossible where a course of
    this drug is running already.
    """
    ordered = DoseStep.objects.filter(clinic_id=episode.clinic_id, entry_key=entry_key).first()
    if ordered is not None:
        return ordered.course
    if Course.objects.running().filter(episode=episode, drug=drug).exists():
        raise NotPossible(f"{drugs.drug(drug).name} is being taken already; adjust that course instead.")
    checks = checks_of(episode, drug=drug, dose=dose, on=starts_on)
    _refuse_unreasoned(checks, override_reason=override_reason)
    course = Course.objects.create(
        clinic_id=episode.clinic_id,
        patient_id=episode.patient_id,
        episode=episode,
        drug=drug,
        started_on=starts_on,
    )
    _order(
        course,
        dose=dose,
        on=starts_on,
        by=by,
        parent=None,
        reason=reason,
        concerns=[asdict(check) for check in checks],
        override_reason=override_reason,
        entry_key=entry_key,
    )
    _note("protocols.course.started", course, by=by)
    mark_changed(episode)
    return course


def _take(course: Course, *, read_version: int) -> Course:
    """The course locked, with its next version; raises Overtaken where it is not the one that was read."""
    locked = Course.objects.select_for_update(of=("self",)).select_related("episode").get(pk=course.pk)
    if locked.version != read_version:
        raise Overtaken(locked)
    locked.version += 1
    return locked


def _end_current_step(course: Course, *, on: date) -> DoseStep:
    current = course.steps.get(ends_on=None)
    if on < current.starts_on:
        raise NotPossible(
            f"The current dose began on {current.starts_on:%Y-%m-%d}; choose that day or a later one."
        )
    current.ends_on = on
    current.save(update_fields=["ends_on"])
    return current


@transaction.atomic
def adjust_dose(
    course: Course,
    *,
    dose: Dose,
    starts_on: date,
    reason: str,
    by: Person,
    read_version: int,
    entry_key: uuid.UUID,
    override_reason: str = "",
) -> DoseStep:
    """Change the dose from a date: the current step ends, a new one begins and names it as its parent.

    Raises Overtaken, NeedsReason, or NotPossible where the course is not active or the date lies before
    the current step. The same `entry_key` again returns the step already ordered.
    """
    ordered = DoseStep.objects.filter(clinic_id=course.clinic_id, entry_key=entry_key).first()
    if ordered is not None:
        return ordered
    course = _take(course, read_version=read_version)
    if course.status != CourseStatus.ACTIVE:
        raise NotPossible("Only an active course can be adjusted.")
    checks = checks_of(course.episode, drug=course.drug, dose=dose, on=starts_on)
    _refuse_unreasoned(checks, override_reason=override_reason)
    step = _order(
        course,
        dose=dose,
        on=starts_on,
        by=by,
        parent=_end_current_step(course, on=starts_on),
        reason=reason,
        concerns=[asdict(check) for check in checks],
        override_reason=override_reason,
        entry_key=entry_key,
    )
    course.save(update_fields=["version"])
    _note("protocols.dose.adjusted", course, by=by, step=str(step.id))
    mark_changed(course.episode)
    return step


def _become(course: Course, status: CourseStatus) -> None:
    if status not in MAY_BECOME[CourseStatus(course.status)]:
        raise NotPossible(
            f"A course that is {course.get_status_display().lower()} cannot become {status.label.lower()}."
        )
    course.status = status


@transaction.atomic
def stop_course(course: Course, *, on: date, reason: str, by: Person, read_version: int) -> Course:
    """Stop a course; its last dose step ends with it. Raises Overtaken or NotPossible."""
    course = _take(course, read_version=read_version)
    was_active = course.status == CourseStatus.ACTIVE
    _become(course, CourseStatus.STOPPED)
    if was_active:
        _end_current_step(course, on=on)
    course.stopped_on, course.stop_reason = on, reason
    course.save(update_fields=["status", "stopped_on", "stop_reason", "version"])
    _note("protocols.course.stopped", course, by=by)
    mark_changed(course.episode)
    return course


@transaction.atomic
def hold_course(course: Course, *, on: date, reason: str, by: Person, read_version: int) -> Course:
    """Pause a course: nothing is taken from `on` until it is resumed. Raises Overtaken or NotPossible."""
    course = _take(course, read_version=read_version)
    _become(course, CourseStatus.HELD)
    _end_current_step(course, on=on)
    course.save(update_fields=["status", "version"])
    _note("protocols.course.held", course, by=by, reason=reason)
    mark_changed(course.episode)
    return course


@transaction.atomic
def resume_course(
    course: Course, *, on: date, reason: str, by: Person, read_version: int, entry_key: uuid.UUID
) -> DoseStep:
    """Go on with the dose that was held, as a new step. Raises Overtaken, NeedsReason or NotPossible."""
    course = _take(course, read_version=read_version)
    _become(course, CourseStatus.ACTIVE)
    last = course.steps.latest("starts_on", "ordered_at")
    if last.ends_on is not None and on < last.ends_on:
        raise NotPossible(f"The course was held on {last.ends_on:%Y-%m-%d}; choose that day or a later one.")
    dose = Dose(last.amount, last.unit, last.frequency, last.mode, last.pulse_interval_minutes)
    step = _order(
        course,
        dose=dose,
        on=on,
        by=by,
        parent=last,
        reason=reason,
        entry_key=entry_key,
        override_reason=last.override_reason,
    )
    course.save(update_fields=["status", "version"])
    _note("protocols.course.resumed", course, by=by, step=str(step.id))
    mark_changed(course.episode)
    return step
