"""Courses as a lineage: each dose with what it replaced, why, who ordered it, and what the checks said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from accounts.models import Person
from accounts.templatetags.clinic import day
from clinical import drugs
from patients.models import Episode, Patient
from protocols.models import Course, CourseChange, CourseChangeKind, CourseStatus, DoseStep
from protocols.presenters.library import Chosen
from protocols.presenters.waiting import Waiting, origin_of, protocols_of, waiting_of
from protocols.presenters.words import change_words, step_words, weekly_words

ICONS = {
    CourseChangeKind.HELD: "player-pause",
    CourseChangeKind.RESUMED: "player-play",
    CourseChangeKind.STOPPED: "player-stop",
}


@dataclass(frozen=True, slots=True)
class CurrentDose:
    """What is taken of one drug on a day. `text` is the whole line for a header."""

    drug: str
    name: str
    text: str
    course_id: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of a lineage: a dose or a change of the course, from a day, newest first on the page."""

    kind: str
    icon: str
    on: date
    title: str
    detail: str
    reason: str
    by: str
    at: datetime
    concerns: Sequence[dict[str, str]] = ()
    override_reason: str = ""
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class CourseCard:
    """One course: what it is now, what may be done to it, and its lineage."""

    course: Course
    name: str
    drug_class: str
    now: str
    off_label: str
    entries: Sequence[Entry]
    may_adjust: bool
    may_hold: bool
    may_resume: bool
    may_stop: bool
    protocol: str = ""
    protocol_url: str = ""


@dataclass(frozen=True, slots=True)
class Treatment:
    """All courses of a patient, the running ones first; `may_start` while an episode is open.

    `waiting` are drugs that the protocols which he is on add later.
    """

    running: Sequence[CourseCard]
    past: Sequence[CourseCard]
    waiting: Sequence[Waiting]
    may_start: bool


def current_doses(episode: Episode) -> tuple[CurrentDose, ...]:
    """What is taken today in this episode, what is on hold, and what is planned; one query."""
    steps = (
        DoseStep.objects.filter(course__episode=episode)
        .select_related("course")
        .order_by("course__started_on", "course_id", "starts_on", "ordered_at")
    )
    by_course: dict[Any, list[DoseStep]] = {}
    for step in steps:
        by_course.setdefault(step.course_id, []).append(step)
    today = timezone.localdate()
    found = [_current(own[0].course, own, today) for own in by_course.values()]
    return tuple(each for each in found if each is not None)


def _current(course: Course, steps: Sequence[DoseStep], today: date) -> CurrentDose | None:
    words = _now_words(course, steps, today)
    if not words:
        return None
    name = drugs.drug(course.drug).name
    return CurrentDose(course.drug, name, f"{name} {words}", course.id)


def _now_words(course: Course, steps: Sequence[DoseStep], today: date) -> str:
    """What is taken of a course on a day and what is planned; empty where nothing is."""
    in_force = [
        step for step in steps if step.starts_on <= today and (step.ends_on is None or today < step.ends_on)
    ]
    planned = [step for step in steps if step.starts_on > today]
    words = [step_words(course.drug, step) for step in in_force]
    if course.status == CourseStatus.HELD and not in_force:
        words = [f"on hold since {day(steps[-1].ends_on)}"]
    words += [f"{step_words(course.drug, step)} from {day(step.starts_on)}" for step in planned]
    if course.stopped_on is not None and words:
        words.append(f"stops on {day(course.stopped_on)}")
    return ", then ".join(words)


def treatment_of(patient: Patient, user: Person) -> Treatment:
    """Every course with its lineage, in five queries at most, whatever their number."""
    courses = list(
        Course.objects.visible_to(user).filter(patient=patient).order_by("-started_on", "drug", "id")
    )
    steps: dict[Any, list[DoseStep]] = {}
    for step in (
        DoseStep.with_withdrawn.visible_to(user)
        .filter(patient=patient)
        .select_related("ordered_by")
        .order_by("starts_on", "ordered_at")
    ):
        steps.setdefault(step.course_id, []).append(step)
    changes: dict[Any, list[CourseChange]] = {}
    for change in CourseChange.objects.visible_to(user).filter(patient=patient).select_related("recorded_by"):
        changes.setdefault(change.course_id, []).append(change)
    today = timezone.localdate()
    origins = protocols_of(courses, user)
    cards = [
        _card(
            each,
            steps.get(each.id, []),
            changes.get(each.id, []),
            today,
            origins.get(origin_of(each)),
        )
        for each in courses
    ]
    return Treatment(
        running=[card for card in cards if card.course.status == CourseStatus.ACTIVE]
        + [card for card in cards if card.course.status == CourseStatus.HELD],
        past=[card for card in cards if card.course.status == CourseStatus.STOPPED],
        waiting=waiting_of(courses, origins),
        may_start=Episode.objects.visible_to(user).open().filter(patient=patient).exists(),
    )


def _card(
    course: Course,
    steps: Sequence[DoseStep],
    changes: Sequence[CourseChange],
    today: date,
    origin: Chosen | None,
) -> CourseCard:
    row = drugs.drug(course.drug)
    standing = [step for step in steps if step.withdrawn_at is None]
    is_active, is_held = course.status == CourseStatus.ACTIVE, course.status == CourseStatus.HELD
    return CourseCard(
        course=course,
        name=row.name,
        drug_class=row.drug_class,
        now=_now_words(course, standing, today) if standing else "",
        off_label=row.off_label_statement,
        entries=sorted(
            [*_doses(course, steps), *(_change(each) for each in changes)],
            key=lambda entry: (entry.on, entry.at),
            reverse=True,
        ),
        may_adjust=is_active,
        may_hold=is_active and bool(standing) and standing[0].starts_on <= today,
        may_resume=is_held,
        may_stop=is_active or is_held,
        protocol=f"{course.protocol_name}, version {course.protocol_number}" if course.protocol_key else "",
        protocol_url=origin.url if origin else "",
    )


def _doses(course: Course, steps: Sequence[DoseStep]) -> Iterable[Entry]:
    by_id = {step.id: step for step in steps}
    for step in steps:
        parent = by_id.get(step.parent_id)
        detail = weekly_words(step)
        if parent is not None:
            before, after = (drugs.Weekly(each.weekly_amount, each.weekly_unit) for each in (parent, step))
            detail = f"{detail}: {change_words(before, after)}" if change_words(before, after) else detail
        yield Entry(
            kind="dose",
            icon="pill",
            on=step.starts_on,
            title=step_words(course.drug, step),
            detail=", ".join(filter(None, [detail, step.route])),
            reason=step.reason,
            by=step.ordered_by.full_name,
            at=step.ordered_at,
            concerns=step.concerns,
            override_reason=step.override_reason,
            is_withdrawn=step.withdrawn_at is not None,
        )


def _change(change: CourseChange) -> Entry:
    kind = CourseChangeKind(change.kind)
    return Entry(
        kind=kind.value,
        icon=ICONS[kind],
        on=change.changed_on,
        title=kind.label,
        detail="",
        reason=change.reason,
        by=change.recorded_by.full_name,
        at=change.recorded_at,
    )
