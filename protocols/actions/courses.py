"""Holding, resuming and stopping a course."""

import uuid
from datetime import date

from django.db import transaction

from accounts.actions import KeyUsed, Overtaken
from accounts.models import Person
from accounts.templatetags.clinic import day
from patients.actions import mark_changed
from protocols.actions.checks import checks_of
from protocols.actions.steps import (
    NotPossible,
    dose_of,
    end_current_step,
    move_on,
    note,
    note_change,
    order,
    refuse_unreasoned,
    stored_step,
    take,
)
from protocols.models import MAY_BECOME, Course, CourseChange, CourseChangeKind, CourseStatus, DoseStep


def _become(course: Course, status: CourseStatus) -> None:
    if status not in MAY_BECOME[CourseStatus(course.status)]:
        raise NotPossible(
            f"A course that is {course.get_status_display().lower()} cannot become {status.label.lower()}."
        )
    course.status = status


def _done_before(course: Course, kind: CourseChangeKind, *, on: date, entry_key: uuid.UUID | None) -> bool:
    """Whether this very change was stored before.

    Raises Overtaken where its key stands for another change of the course, KeyUsed where of another course.
    """
    if entry_key is None:
        return False
    changes = CourseChange.objects.filter(clinic_id=course.clinic_id, entry_key=entry_key)
    stored = changes.first()
    if stored is None:
        return False
    if stored.course_id != course.id:
        raise KeyUsed
    if (stored.kind, stored.changed_on) != (kind, on):
        raise Overtaken(course)
    return True


@transaction.atomic
def stop_course(
    course: Course,
    *,
    on: date,
    reason: str,
    by: Person,
    read_version: int,
    entry_key: uuid.UUID | None = None,
) -> Course:
    """Stop a course; its last dose step ends with it. Raises Overtaken or NotPossible.

    A course that has not begun by then is stopped on the day on which it would have begun. With an
    `entry_key`, the same change again returns the course as it is.
    """
    course = take(course)
    if _done_before(course, CourseChangeKind.STOPPED, on=on, entry_key=entry_key):
        return course
    move_on(course, read_version=read_version)
    was_held = course.status == CourseStatus.HELD
    _become(course, CourseStatus.STOPPED)
    if was_held:
        _refuse_before_last_day(course, on=on)
    else:
        end_current_step(course, on=on, by=by)
    course.stopped_on, course.stop_reason = max(on, course.started_on), reason
    course.save(update_fields=["status", "stopped_on", "stop_reason", "version"])
    note_change(course, CourseChangeKind.STOPPED, on=on, reason=reason, by=by, entry_key=entry_key)
    note("protocols.course.stopped", course, by=by)
    mark_changed(course.episode)
    return course


def _refuse_before_last_day(course: Course, *, on: date) -> DoseStep:
    """The last step of a held course; raises NotPossible for a day before the hold."""
    last: DoseStep = course.steps.latest("starts_on", "ordered_at")
    if last.ends_on is not None and on < last.ends_on:
        raise NotPossible(f"The course was held on {day(last.ends_on)}; choose that day or a later one.")
    return last


@transaction.atomic
def hold_course(
    course: Course,
    *,
    on: date,
    reason: str,
    by: Person,
    read_version: int,
    entry_key: uuid.UUID | None = None,
) -> Course:
    """Pause a course: nothing is taken from `on` until it is resumed. Raises Overtaken or NotPossible.

    With an `entry_key`, the same change again returns the course as it is.
    """
    course = take(course)
    if _done_before(course, CourseChangeKind.HELD, on=on, entry_key=entry_key):
        return course
    move_on(course, read_version=read_version)
    _become(course, CourseStatus.HELD)
    if end_current_step(course, on=on, by=by) is None:
        raise NotPossible(
            "This course has not begun, so there is nothing to hold; stop it, or change its start."
        )
    course.save(update_fields=["status", "version"])
    note_change(course, CourseChangeKind.HELD, on=on, reason=reason, by=by, entry_key=entry_key)
    note("protocols.course.held", course, by=by)
    mark_changed(course.episode)
    return course


@transaction.atomic
def resume_course(
    course: Course,
    *,
    on: date,
    reason: str,
    by: Person,
    read_version: int,
    entry_key: uuid.UUID,
    override_reason: str = "",
) -> DoseStep:
    """Go on with the dose that was held, as a new step. Raises Overtaken, NeedsReason or NotPossible.

    The same change again returns the step already stored.
    """
    course = take(course)
    is_done = _done_before(course, CourseChangeKind.RESUMED, on=on, entry_key=entry_key)
    stored = stored_step(course.clinic_id, entry_key)
    if is_done and stored is not None:
        return stored
    if stored is not None:
        # An order's key: the step of a resumption has its change beside it.
        raise KeyUsed
    move_on(course, read_version=read_version)
    _become(course, CourseStatus.ACTIVE)
    last = _refuse_before_last_day(course, on=on)
    dose = dose_of(last)
    checks = checks_of(course.episode, drug=course.drug, dose=dose, on=on)
    refuse_unreasoned(checks, override_reason=override_reason)
    words = {"reason": reason, "override_reason": override_reason, "entry_key": entry_key}
    step = order(course, dose=dose, on=on, by=by, parent=last, checks=checks, **words)
    course.save(update_fields=["status", "version"])
    note_change(course, CourseChangeKind.RESUMED, on=on, reason=reason, by=by, entry_key=entry_key)
    note("protocols.course.resumed", course, by=by, step=str(step.id))
    mark_changed(course.episode)
    return step
