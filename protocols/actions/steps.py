"""What every deed on a course shares: locking, ending its step, ordering the next, refusing, the audit."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.actions import Overtaken
from accounts.models import Person
from accounts.templatetags.clinic import day
from audit import actions as audit
from protocols.actions.checks import Check, Dose, weekly_of
from protocols.models import Course, CourseChange, CourseChangeKind, DoseStep


class NeedsReason(Exception):
    """The dose was not ordered: a check warns, and nobody gave a reason to order it all the same."""

    def __init__(self, checks: Sequence[Check]) -> None:
        super().__init__(" ".join(check.message for check in checks))
        self.checks = tuple(checks)


class NotPossible(Exception):
    """The course's state or dates do not allow this."""


def refuse_unreasoned(checks: Sequence[Check], *, override_reason: str) -> None:
    """Raise NeedsReason where a check warns and no reason is given."""
    serious = [check for check in checks if check.is_serious]
    if serious and not override_reason.strip():
        raise NeedsReason(serious)


def take(course: Course) -> Course:
    """The course as it is now, locked until the transaction ends."""
    locked = Course.objects.select_for_update(of=("self",)).select_related("episode__patient")
    return locked.get(pk=course.pk, clinic_id=course.clinic_id)


def move_on(course: Course, *, read_version: int) -> None:
    """Give the locked course its next version; raises Overtaken where it is not the version that was read."""
    if course.version != read_version:
        raise Overtaken(course)
    course.version += 1


def stored_step(clinic_id: uuid.UUID, entry_key: uuid.UUID) -> DoseStep | None:
    """The step that this very order made, if it was stored before."""
    steps = DoseStep.with_withdrawn.filter(clinic_id=clinic_id, entry_key=entry_key)
    return steps.select_related("course").first()


def is_this_order(step: DoseStep, *, dose: Dose, on: date) -> bool:
    """Whether a stored step is what is being ordered now: the same key must not stand for another dose."""
    return (dose, on) == (dose_of(step), step.starts_on)


def dose_of(step: DoseStep) -> Dose:
    """The dose of a stored step."""
    return Dose(step.amount, step.unit, step.frequency, step.mode, step.pulse_interval_minutes, step.route)


def order(
    course: Course,
    *,
    dose: Dose,
    on: date,
    by: Person,
    parent: DoseStep | None,
    checks: Sequence[Check],
    **words: Any,
) -> DoseStep:
    """Store the next step of a course, with what the checks said of it."""
    weekly = weekly_of(course.drug, dose)
    step = DoseStep(
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
        course=course,
        parent=parent,
        weekly_amount=weekly.amount,
        weekly_unit=weekly.unit,
        starts_on=on,
        ordered_by=by,
        concerns=[asdict(check) for check in checks],
        **asdict(dose),
        **words,
    )
    step.save(force_insert=True)
    return step


def step_replaced(course: Course, *, on: date, today: date) -> tuple[DoseStep | None, list[DoseStep]]:
    """The step that a change from a day would end, and the steps planned for later that it would withdraw.

    None where the course itself would not have begun by then.
    """
    current: DoseStep | None = course.steps.select_related("parent").get(ends_on=None)
    withdrawn = []
    while current is not None and on < current.starts_on and today < current.starts_on:
        withdrawn.append(current)
        current = current.parent
    return current, withdrawn


def end_current_step(course: Course, *, on: date, by: Person) -> DoseStep | None:
    """End the dose that is taken on a day, and withdraw steps planned for later; see step_replaced.

    Raises NotPossible where the dose in force began after that day.
    """
    today = timezone.localdate(timezone=ZoneInfo(by.acting.time_zone))
    current, planned = step_replaced(course, on=on, today=today)
    for step in planned:
        step.withdrawn_at, step.withdrawn_by = timezone.now(), by
        step.save(update_fields=["withdrawn_at", "withdrawn_by"])
    if current is None:
        return None
    if on < current.starts_on:
        raise NotPossible(
            f"The current dose began on {day(current.starts_on)}; choose that day or a later one."
        )
    # A step that ended before, because the course was held then, is not drawn out by a plan that is given up.
    current.ends_on = min(current.ends_on or on, on)
    current.save(update_fields=["ends_on"])
    return current


def note_change(
    course: Course, kind: CourseChangeKind, *, on: date, reason: str, by: Person, entry_key: uuid.UUID | None
) -> CourseChange:
    """Store the hold, resumption or stop that was just done, for the lineage."""
    return CourseChange.objects.create(
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
        course=course,
        kind=kind,
        changed_on=on,
        reason=reason,
        recorded_by=by,
        entry_key=entry_key or uuid.uuid4(),
    )


def note(action: str, course: Course, *, by: Person, **details: Any) -> None:
    """The audit row of a deed on a course."""
    audit.record(
        action,
        by=by,
        clinic_id=course.clinic_id,
        object_kind="protocols.course",
        object_id=course.id,
        patient_id=course.patient_id,
        details={"version": course.version, **details},
    )
