"""How each form of the product is sent: what creates carries a key, what changes something carries a version.

A new route that takes a POST is entered here, or `test_sending.py` fails and says so.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """What a form must carry. `version` is the name of its version; `neither` the reason to need nothing.

    `has_words` is False where the form has no box to write in, so that nothing typed could be lost.
    """

    key: bool = False
    version: str = ""
    neither: str = ""
    has_words: bool = True


CREATES = Sent(key=True)
CHANGES = Sent(key=True, version="version")
DRAFT = Sent(version="draft_version")
CHOOSES = Sent(version="version", has_words=False)
STORES_NOTHING = Sent(neither="answers and stores nothing of what it is sent")
ONE_OPEN = Sent(neither="an address has one open invitation, by a constraint: a second one is refused")
ONE_LINK = Sent(neither="the link of an invitation is worth something once")
LEADS_AWAY = Sent(neither="leads to another site's log-in, where one is named, and stores nothing here")
API = Sent(neither="the API: its key and version are in the JSON: its own tests show that both are asked for")
OWN_VERSION = Sent(
    neither="its form asks for the version itself: without it, or overtaken, nothing is changed"
)

# Nothing is typed into these, so that nothing is lost when they come after a session has ended; for every
# other form accounts.unsaved names the page that draws it.
NOTHING_TYPED = set(
    "clinic_choose document_request document_retry dry_run_retry evaluation_retry invitation_resend"
    " invitation_withdraw emergency_end emergency_notice member_end note_discard note_sign oidc_leave"
    " panel_draft_discard portal_resend portal_withdraw protocol_copy protocol_copy_shipped protocol_move"
    " token_revoke".split()
)
# What is asked is asked again; whoever is new here has no session that could end.
NOT_LOST = {"access_search", "join", "portal_join"}

SENT = {
    "access_search": STORES_NOTHING,
    "oidc_leave": LEADS_AWAY,
    "clinic_choose": STORES_NOTHING,
    "panel_check": STORES_NOTHING,
    "dose_check": STORES_NOTHING,
    "patient_register": CREATES,
    "episode_open": CREATES,
    "observe": CREATES,
    "note": CREATES,
    "panel_new": CREATES,
    "course_start": CREATES,
    "protocol_start": CREATES,
    "protocol_copy_shipped": CREATES,
    "protocol_copy": CREATES,
    "protocol_edit": CHANGES,
    "protocol_review": CHANGES,
    "protocol_move": CHOOSES,
    "document_request": CREATES,
    "episode_last_dose": CHANGES,
    "panel_amend": CHANGES,
    "panel_review": CHANGES,
    "panel_release": CHANGES,
    "dose_adjust": CHANGES,
    "course_stop": CHANGES,
    "course_hold": CHANGES,
    "course_resume": CHANGES,
    "flag_acknowledge": CHANGES,
    "retest_waive": CHANGES,
    "evaluation_retry": Sent(neither="gives a record its tries back, which is the same when done twice"),
    "cut_offs": CHANGES,
    "dry_runs": CREATES,
    "dry_run_retry": Sent(neither="gives a run its tries back, which is the same when done twice"),
    "document_retry": Sent(neither="gives a document its tries back, which is the same when done twice"),
    "member_role": CHOOSES,
    "member_end": CHOOSES,
    # Read back before it is signed: its key names the draft, so that a second signature finds it signed.
    "note_sign": CHOOSES,
    "note_discard": Sent(neither="forgets one's own draft, and has nothing to forget the second time"),
    "restriction_place": Sent(neither="a record has one restriction, by a constraint: a second is refused"),
    "restriction_carers": OWN_VERSION,
    "restriction_lift": OWN_VERSION,
    "emergency_open": Sent(
        neither="has a key of its own, and a person one open access to a record at a time"
    ),
    "emergency_end": Sent(neither="ends what cannot be ended twice"),
    "emergency": OWN_VERSION,
    "emergency_notice": Sent(neither="gives a mail its tries back, which is the same when done twice"),
    "invitation_resend": CHOOSES,
    "invitation_withdraw": CHOOSES,
    "portal_resend": CHOOSES,
    "portal_withdraw": CHOOSES,
    "invitation_new": ONE_OPEN,
    "portal_invite": ONE_OPEN,
    "join": ONE_LINK,
    "portal_join": ONE_LINK,
    "token_create": Sent(
        neither="has a key of its own below: a token is shown once, and cannot be shown again"
    ),
    "token_revoke": Sent(neither="ends a token, which cannot be ended twice"),
    "api_panels": API,
    "api_panel_amend": API,
    "api_patient_search": API,
    # Saved again and again while somebody types: its version alone tells two pages of one person apart.
    "note_new": Sent(version="version"),
    "panel_draft": DRAFT,
    "panel_draft_discard": DRAFT,
}
