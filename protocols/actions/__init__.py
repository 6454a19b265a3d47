"""Every write of courses and dose steps, and the checks that come before it."""

from accounts.actions import KeyUsed, Overtaken
from protocols.actions.checks import Check, Dose, checks_of, slip_in, weekly_of
from protocols.actions.courses import hold_course, resume_course, stop_course
from protocols.actions.orders import adjust_dose, start_course
from protocols.actions.steps import (
    NeedsReason,
    NotPossible,
    dose_of,
    step_replaced,
    stored_step,
)

__all__ = [
    "Check",
    "Dose",
    "KeyUsed",
    "NeedsReason",
    "NotPossible",
    "Overtaken",
    "adjust_dose",
    "checks_of",
    "dose_of",
    "hold_course",
    "resume_course",
    "slip_in",
    "start_course",
    "step_replaced",
    "stop_course",
    "stored_step",
    "weekly_of",
]
