"""Courses of drugs with their dose steps, and the clinic's own protocols."""

from protocols.models.courses import (
    MAY_BECOME,
    Course,
    CourseChange,
    CourseChangeKind,
    CourseQuerySet,
    CourseStatus,
    DoseStep,
    StandingSteps,
)
from protocols.models.library import (
    VERSION_MAY_BECOME,
    Protocol,
    ProtocolVersion,
    ProtocolVersionQuerySet,
    VersionState,
    VersionStep,
)

__all__ = [
    "MAY_BECOME",
    "VERSION_MAY_BECOME",
    "Course",
    "CourseChange",
    "CourseChangeKind",
    "CourseQuerySet",
    "CourseStatus",
    "DoseStep",
    "Protocol",
    "ProtocolVersion",
    "ProtocolVersionQuerySet",
    "StandingSteps",
    "VersionState",
    "VersionStep",
]
