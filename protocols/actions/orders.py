"""Ordering doses: the first of a course, and each that replaces another."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from accounts.actions import KeyUsed, Overtaken
from accounts.models import Person
from clinical import drugs
from patients.actions import mark_changed
from patients.models import Episode
from protocols.actions.checks import Dose, around, checks_in, checks_of, slip_in
from protocols.actions.steps import (
    NotPossible,
    end_current_step,
    is_this_order,
    move_on,
    note,
    order,
    refuse_unreasoned,
    stored_step,
    take,
)
from protocols.models import Course, CourseStatus, DoseStep, ProtocolVersion


@dataclass(frozen=True, slots=True)
class Source:
    """The protocol that a course comes from, in the version that was read."""

    key: str
    number: int
    name: str
    # The clinic's own version; a shipped one is always to be had.
    version: ProtocolVersion | None = None

    @property
    def on_course(self) -> dict[str, Any]:
        """As a course remembers it."""
        return {
            "protocol_key": self.key,
            "protocol_number": self.number,
            "protocol_name": self.name,
        }

    @property
    def on_audit(self) -> dict[str, Any]:
        """As the audit record names it."""
        return {"protocol": self.key, "protocol_number": self.number}


def _refuse_slip(drug: str, dose: Dose) -> None:
    slip = slip_in(drug, dose)
    if slip:
        raise NotPossible(slip)


def _started_before(
    episode: Episode, *, drug: str, dose: Dose, starts_on: date, entry_key: uuid.UUID
) -> Course | None:
    stored = stored_step(episode.clinic_id, entry_key)
    if stored is None:
        return None
    course = stored.course
    if course.patient_id != episode.patient_id:
        raise KeyUsed
    is_same = (course.episode_id, course.drug, stored.parent_id) == (episode.id, drug, None)
    if not is_same or not is_this_order(stored, dose=dose, on=starts_on):
        raise Overtaken(course)
    return course


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
    source: Source | None = None,
    beside: Sequence[str] = (),
) -> Course:
    """Start a drug with its first dose step. The same order again returns the course already started.

    `source` is the protocol that it comes from, `beside` the drugs that are ordered together with it.

    Raises NeedsReason where a check warns and `override_reason` is empty, NotPossible where a course of
    this drug is running already, the episode is closed or the amount is a slip, Overtaken where `entry_key`
    stands for another order of this patient, and KeyUsed where it stands for one of somebody else.
    """
    # Locked first: of two clicks at once, the second finds what the first has stored.
    locked = Episode.objects.select_for_update(of=("self",), no_key=True).select_related("patient")
    episode = locked.get(pk=episode.pk, clinic_id=episode.clinic_id)
    started = _started_before(episode, drug=drug, dose=dose, starts_on=starts_on, entry_key=entry_key)
    if started is not None:
        return started
    if episode.closed_on is not None:
        raise NotPossible("This recovery episode is closed; open a new one before a drug is started.")
    if Course.objects.running().filter(episode=episode, drug=drug).exists():
        raise NotPossible(f"{drugs.drug(drug).name} is being taken already; adjust that course instead.")
    _refuse_slip(drug, dose)
    checks = checks_in(around(episode), drug=drug, dose=dose, on=starts_on, beside=beside)
    refuse_unreasoned(checks, override_reason=override_reason)
    course = Course.objects.create(
        clinic_id=episode.clinic_id,
        patient_id=episode.patient_id,
        episode=episode,
        drug=drug,
        started_on=starts_on,
        **(source.on_course if source else {}),
    )
    words = {"reason": reason, "override_reason": override_reason, "entry_key": entry_key}
    order(course, dose=dose, on=starts_on, by=by, parent=None, checks=checks, **words)
    note("protocols.course.started", course, by=by, **(source.on_audit if source else {}))
    mark_changed(episode)
    return course


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

    A step planned for later than that date and not begun yet is withdrawn. Raises Overtaken, NeedsReason,
    or NotPossible where the course is not active, the date lies before the current step or the amount is a
    slip, and KeyUsed where `entry_key` stands for an order of another course. The same order again
    returns the step already stored.
    """
    course = take(course)
    stored = stored_step(course.clinic_id, entry_key)
    if stored is not None:
        if stored.course_id != course.id:
            raise KeyUsed
        if is_this_order(stored, dose=dose, on=starts_on):
            return stored
        raise Overtaken(course)
    move_on(course, read_version=read_version)
    if course.status != CourseStatus.ACTIVE:
        raise NotPossible(
            f"This course is {course.get_status_display().lower()}. Only an active course can be adjusted."
        )
    _refuse_slip(course.drug, dose)
    current = end_current_step(course, on=starts_on, by=by)
    checks = checks_of(course.episode, drug=course.drug, dose=dose, on=starts_on, current=current)
    refuse_unreasoned(checks, override_reason=override_reason)
    words = {"reason": reason, "override_reason": override_reason, "entry_key": entry_key}
    step = order(course, dose=dose, on=starts_on, by=by, parent=current, checks=checks, **words)
    if current is None:
        course.started_on = starts_on
    course.save(update_fields=["version", "started_on"])
    note("protocols.dose.adjusted", course, by=by, step=str(step.id))
    mark_changed(course.episode)
    return step
