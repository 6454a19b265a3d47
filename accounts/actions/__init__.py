"""What may be done to clinics and memberships; each is one transaction with its audit row."""

from accounts.actions.clinics import admit, found_clinic
from accounts.actions.members import NotPossible, Overtaken, change_role, end_membership, remove_member
from accounts.actions.nudging import nudge
from accounts.actions.standing import take_standing

__all__ = [
    "NotPossible",
    "Overtaken",
    "admit",
    "change_role",
    "end_membership",
    "found_clinic",
    "nudge",
    "remove_member",
    "take_standing",
]
