"""Both sides of an order that came too late: what is on file now, and what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Person
from accounts.templatetags.clinic import day
from protocols.models import CourseChange
from protocols.presenters.ordering import Desk


@dataclass(frozen=True, slots=True)
class OnFile:
    """The newest thing done to a course, by whom and when."""

    words: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BothSides:
    """What is on file beside what was typed. `typed` are labels with the text as it was typed."""

    desk: Desk
    on_file: OnFile | None
    typed: Sequence[tuple[str, str]]


def both_sides(desk: Desk, typed: Sequence[tuple[str, str]], user: Person) -> BothSides:
    """The page for somebody whose change was overtaken; one query."""
    change = (
        CourseChange.objects.visible_to(user)
        .filter(course=desk.course)
        .select_related("recorded_by")
        .order_by("-recorded_at")
        .first()
    )
    step = desk.last
    newest = None
    if step is not None:
        newest = OnFile(
            f"{desk.drug.name} {desk.now}", step.reason, step.ordered_by.full_name, step.ordered_at
        )
    if change is not None and (newest is None or change.recorded_at >= newest.at):
        words = f"{desk.drug.name}: {change.get_kind_display().lower()} on {day(change.changed_on)}"
        newest = OnFile(words, change.reason, change.recorded_by.full_name, change.recorded_at)
    return BothSides(desk, newest, typed)
