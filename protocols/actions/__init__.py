"""Every write of courses and dose steps, and the checks that come before it."""

from accounts.actions import KeyUsed, Overtaken
from protocols.actions.checks import Around, Check, Dose, around, checks_in, checks_of, slip_in, weekly_of
from protocols.actions.courses import hold_course, resume_course, stop_course
from protocols.actions.library import (
    begin_protocol,
    begin_version,
    move_version,
    publish_version,
    write_draft,
)
from protocols.actions.orders import Source, adjust_dose, start_course
from protocols.actions.steps import (
    NeedsReason,
    NotPossible,
    dose_of,
    step_replaced,
    stored_step,
)
from protocols.actions.together import Ordered, start_protocol

__all__ = [
    "Around",
    "Check",
    "Dose",
    "KeyUsed",
    "NeedsReason",
    "NotPossible",
    "Ordered",
    "Overtaken",
    "Source",
    "adjust_dose",
    "around",
    "begin_protocol",
    "begin_version",
    "checks_in",
    "checks_of",
    "dose_of",
    "hold_course",
    "move_version",
    "publish_version",
    "resume_course",
    "slip_in",
    "start_course",
    "start_protocol",
    "step_replaced",
    "stop_course",
    "stored_step",
    "weekly_of",
    "write_draft",
]
