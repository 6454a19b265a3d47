"""The treatment pages: starting, adjusting, holding, resuming and stopping, with checks as one types."""

from protocols.views.changing import course_hold, course_resume, course_stop
from protocols.views.checking import dose_check
from protocols.views.starting import course_start, dose_adjust

__all__ = [
    "course_hold",
    "course_resume",
    "course_start",
    "course_stop",
    "dose_adjust",
    "dose_check",
]
