"""What may be done to clinics, memberships and tokens; each is one transaction with its audit row."""

from accounts.actions.clinics import admit, found_clinic
from accounts.actions.entering import note_log_in, person_of_address
from accounts.actions.factors import note_factor, note_new_password
from accounts.actions.invitations import (
    InvitationOvertaken,
    Unusable,
    accept,
    begin_telling,
    find_invitation,
    invite,
    is_known,
    note_told,
    note_untold,
    resend,
    token_of,
    withdraw,
)
from accounts.actions.members import NotPossible, change_role, end_membership, remove_member
from accounts.actions.nudging import nudge
from accounts.actions.resets import (
    ask_for_reset,
    begin_reset,
    forget_resets,
    note_reset_told,
    note_reset_untold,
)
from accounts.actions.sending import (
    KeyUsed,
    Overtaken,
    forget_sent_forms,
    keep_answer,
    let_go,
    take_form,
)
from accounts.actions.sessions import KEPT_FOR, forget_sessions
from accounts.actions.standing import take_standing
from accounts.actions.tokens import issue_token, open_with_token, revoke_token

__all__ = [
    "KEPT_FOR",
    "InvitationOvertaken",
    "KeyUsed",
    "NotPossible",
    "Overtaken",
    "Unusable",
    "accept",
    "admit",
    "ask_for_reset",
    "begin_reset",
    "begin_telling",
    "change_role",
    "end_membership",
    "find_invitation",
    "forget_resets",
    "forget_sent_forms",
    "forget_sessions",
    "found_clinic",
    "invite",
    "is_known",
    "issue_token",
    "keep_answer",
    "let_go",
    "note_factor",
    "note_log_in",
    "note_new_password",
    "note_reset_told",
    "note_reset_untold",
    "note_told",
    "note_untold",
    "nudge",
    "open_with_token",
    "person_of_address",
    "remove_member",
    "resend",
    "revoke_token",
    "take_form",
    "take_standing",
    "token_of",
    "withdraw",
]
