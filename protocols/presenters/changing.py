"""Holding, resuming and stopping as pages: what each says, and what follows from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from protocols import actions
from protocols.models import MAY_BECOME, CourseStatus
from protocols.presenters.ordering import Desk
from protocols.presenters.retests import Coming, coming_retests


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed on a course: the words of its page, the status it leads to, and the action that does it."""

    key: str
    verb: str
    becomes: CourseStatus
    text: str
    done: str
    action: Callable[..., Any]
    takes_away: bool = False
    orders: bool = False


DEEDS: Mapping[str, Deed] = {
    deed.key: deed
    for deed in (
        Deed(
            "stop",
            "Stop",
            CourseStatus.STOPPED,
            "The course ends with this day. It can be started again as a new course.",
            "stopped",
            actions.stop_course,
            takes_away=True,
        ),
        Deed(
            "hold",
            "Hold",
            CourseStatus.HELD,
            "Nothing is taken from this day until the course is resumed.",
            "put on hold",
            actions.hold_course,
        ),
        Deed(
            "resume",
            "Resume",
            CourseStatus.ACTIVE,
            "The dose that was held is taken again from this day, as a new step.",
            "resumed",
            actions.resume_course,
            orders=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A deed on one course, with the checks of the dose it would resume and the retests that follow."""

    desk: Desk
    deed: Deed
    checks: Sequence[actions.Check]
    retests: Coming

    @property
    def title(self) -> str:
        return f"{self.deed.verb} {self.desk.drug.name}"

    @property
    def is_possible(self) -> bool:
        course = self.desk.course
        return course is not None and self.deed.becomes in MAY_BECOME[CourseStatus(course.status)]

    @property
    def earliest(self) -> date:
        """Not before the dose in force began, nor before a hold."""
        last = self.desk.last
        return last.ends_on if last and last.ends_on else self.desk.earliest

    @property
    def latest(self) -> date:
        """A stop or hold is written down when it happens; a resumption may be planned."""
        return self.desk.latest if self.deed.orders else self.desk.today

    @property
    def needs_reason(self) -> bool:
        return any(check.is_serious for check in self.checks)


def change_page(desk: Desk, deed: Deed, *, on: date) -> ChangePage:
    """The page of a deed from a day, in a fixed number of queries."""
    dose = actions.dose_of(desk.last) if deed.orders and desk.last else None
    key = desk.drug.key
    return ChangePage(
        desk=desk,
        deed=deed,
        checks=actions.checks_of(desk.episode, drug=key, dose=dose, on=on) if dose else (),
        retests=coming_retests(desk.episode, drug=key, dose=dose, on=on),
    )
