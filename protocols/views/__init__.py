"""The treatment pages: starting, adjusting, holding, resuming and stopping, with checks; protocols."""

from protocols.views.changing import course_hold, course_resume, course_stop
from protocols.views.checking import dose_check
from protocols.views.library import protocol_shipped, protocol_version, protocols
from protocols.views.starting import course_start, dose_adjust
from protocols.views.together import protocol_choose, protocol_start
from protocols.views.writing import (
    protocol_copy,
    protocol_copy_shipped,
    protocol_edit,
    protocol_move,
    protocol_review,
)

__all__ = [
    "course_hold",
    "course_resume",
    "course_start",
    "course_stop",
    "dose_adjust",
    "dose_check",
    "protocol_choose",
    "protocol_copy",
    "protocol_copy_shipped",
    "protocol_edit",
    "protocol_move",
    "protocol_review",
    "protocol_shipped",
    "protocol_start",
    "protocol_version",
    "protocols",
]
