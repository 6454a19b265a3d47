"""What a man's courses came from, and which drugs of those protocols still wait for their trigger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.models import Person
from protocols.models import Course, CourseStatus
from protocols.presenters.library import Chosen, own_protocol, shipped_protocol, versions_of
from protocols.presenters.sheet import Part, part_of

Origin = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A drug that a protocol adds later, and that he does not take yet."""

    part: Part
    chosen: Chosen


def origin_of(course: Course) -> Origin:
    """The protocol and version that a course came from; an empty key where from none."""
    return course.protocol_key, course.protocol_number


def protocols_of(courses: Iterable[Course], user: Person) -> Mapping[Origin, Chosen]:
    """The protocols that these courses came from, where they are still to be had; at most one query."""
    origins = {origin_of(course) for course in courses if course.protocol_key}
    found = {}
    for key, number in origins:
        shipped = shipped_protocol(key)
        if shipped is not None and shipped.number == number:
            found[key, number] = shipped
    own = {key for key, _ in origins if shipped_protocol(key) is None}
    versions = versions_of(user).filter(protocol__key__in=own) if own else []
    for version in versions:
        origin = (version.protocol.key, version.number)
        if origin in origins:
            found[origin] = own_protocol(version)
    return found


def waiting_of(courses: Sequence[Course], origins: Mapping[Origin, Chosen]) -> Sequence[Waiting]:
    """The drugs on a trigger of the protocols that he is on, without those that he takes."""
    running = [course for course in courses if course.status != CourseStatus.STOPPED]
    taken = {course.drug for course in running}
    on = dict.fromkeys(origin_of(course) for course in running if origin_of(course) in origins)
    return [
        Waiting(part_of(each), origins[origin])
        for origin in on
        for each in origins[origin].content.components
        if not each.is_at_once and each.drug not in taken
    ]
