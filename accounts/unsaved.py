"""What somebody sent after his session had ended: kept for him, and back in its form once he is logged in.

It waits in the session on the server, bound to the person and the clinic, for an hour and up to a size;
nothing of it is in the browser. Somebody else who logs in there removes it. It is drawn again, not saved.
"""

import json
import re
import time
import uuid
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import NoReverseMatch, reverse

from accounts.actions.sessions import UNSAVED, is_old
from accounts.choosing import CLINIC
from accounts.sending import is_effect

# In the session: whose it was when it ended. What comes afterwards is in UNSAVED, by the page that draws it.
ENDED = "session_ended"
# In the address of a page that is to show it. Without it the page begins afresh.
ASKED = "unsaved"
# Of all that is kept together, in bytes.
LARGEST = 64 * 1024
SECRET = re.compile(r"csrf|passw|token|secret|otp|code", re.IGNORECASE)

# Every form with words, by the name of its route, and the page that draws it; tests/house/sending.py says
# of the others that nothing is typed into them.
DRAWN_ON = {
    name: name
    for name in (
        "patient_register episode_open episode_last_dose observe note note_new panel_new panel_amend"
        " course_start protocol_start protocol_edit protocol_review dose_adjust course_stop course_hold"
        " course_resume retest_waive invitation_new emergency emergency_open dry_runs cut_offs"
    ).split()
} | {
    "flag_acknowledge": "flag",
    "panel_review": "panel",
    "panel_release": "panel",
    "panel_draft": "panel_new",
    "portal_invite": "portal_access",
    "restriction_place": "restriction",
    "restriction_carers": "restriction",
    "restriction_lift": "restriction",
    "member_role": "member",
    "token_create": "tokens",
    "dose_check": "course_start",
    "panel_check": "panel_new",
}
# Where a field of the form names a record, the page belongs to that one and not to the address's.
OF_A_RECORD = {
    "dose_check": ("course", "dose_adjust", "course_id"),
    "panel_check": ("amends", "panel_amend", "panel_id"),
    "restriction_carers": ("patient", "restriction", "patient_id"),
    "restriction_lift": ("patient", "restriction", "patient_id"),
}
# Keeping a draft is no redirect, and an effect all the same.
DRAFTS = {"note_new", "panel_draft"}


@dataclass(frozen=True, slots=True)
class Unsaved:
    """One form that came too late. `at` is in seconds; `person` and `clinic` say whose it is."""

    person: str
    clinic: str
    at: int
    fields: list[tuple[str, list[str]]]

    @property
    def is_old(self) -> bool:
        return is_old(self.at)

    @property
    def data(self) -> QueryDict:
        """As a form reads it."""
        data = QueryDict(mutable=True)
        for name, texts in self.fields:
            data.setlist(name, texts)
        return data


def end_session(request: HttpRequest) -> None:
    """Log out, and remember on the server who it was: his pages are still open and may still be sent."""
    standing = request.user.standing
    ended = {"person": str(request.user.pk), "clinic": str(standing.clinic_id) if standing else ""}
    logout(request)
    request.session[ENDED] = ended


def keep(request: HttpRequest) -> None:
    """Keep what a POST of nobody had typed, where it is known whose session it was.

    Every page that passes the check of its CSRF token was drawn for him: a log-in changes the token.
    """
    ended, page = request.session.get(ENDED), page_of(request)
    if request.method != "POST" or not ended or page is None:
        return
    fields = [(name, texts) for name, texts in request.POST.lists() if not SECRET.search(name)]
    kept = {each: form for each, form in _read(request).items() if each != page}
    kept[page] = Unsaved(**ended, at=int(time.time()), fields=fields)
    while kept and _size(kept) > LARGEST:
        del kept[next(iter(kept))]
    _write(request, kept)
    _say(request, is_kept=page in kept)


def _say(request: HttpRequest, *, is_kept: bool) -> None:
    # HTMX stays on the page, where the words still stand.
    if request.headers.get("HX-Request") == "true":
        return
    if is_kept:
        messages.info(
            request, "Your session had ended. What you typed is kept for one hour: log in, and save it."
        )
    else:
        messages.warning(
            request, "Your session had ended, and what you typed was too long to keep. Go back to copy it."
        )


def page_of(request: HttpRequest) -> str | None:
    """The page that draws the form which this request sends, or shows; None where nothing is typed in it."""
    match, sent = request.resolver_match, request.POST or request.GET
    name = DRAWN_ON.get(match.url_name or "")
    if request.method != "POST":
        name = match.url_name if match.url_name in DRAWN_ON.values() else None
    if name is None:
        return None
    arguments = match.kwargs
    field, drawn_on, argument = OF_A_RECORD.get(match.url_name or "", ("", "", ""))
    try:
        if sent.get(field):
            name, arguments = drawn_on, {argument: uuid.UUID(sent[field])}
        page = reverse(name, kwargs=arguments)
    except (ValueError, NoReverseMatch):
        return None
    drug = sent.get("drug", "") if name == "course_start" else ""
    return f"{page}?{urlencode({'drug': drug})}" if drug else page


def kept_for(request: HttpRequest) -> QueryDict | None:
    """What this person had typed into the form of this page, where its address asks for it."""
    if request.method not in {"GET", "HEAD"} or ASKED not in request.GET or not request.user.is_authenticated:
        return None
    form = _read(request).get(page_of(request) or "")
    standing = request.user.standing
    if form is None or standing is None or form.is_old:
        return None
    is_his = (form.person, form.clinic) == (str(request.user.pk), str(standing.clinic_id))
    return form.data if is_his else None


def way_back(request: HttpRequest) -> str | None:
    """Where the person who has just logged in goes on with what he had typed last."""
    mine = [
        page
        for page, form in _read(request).items()
        if form.person == str(request.user.pk) and not form.is_old
    ]
    return f"{mine[-1]}{'&' if '?' in mine[-1] else '?'}{ASKED}=1" if mine else None


def forget_where_used(request: HttpRequest, response: HttpResponse) -> None:
    """Once its form is stored, nothing is kept any more; after an hour neither."""
    kept = _read(request)
    if not kept:
        return
    is_draft = request.resolver_match.url_name in DRAFTS and response.status_code == 200
    used = page_of(request) if request.method == "POST" and (is_draft or is_effect(response)) else None
    left = {page: form for page, form in kept.items() if page != used and not form.is_old}
    if left != kept:
        _write(request, left)


@receiver(user_logged_in, dispatch_uid="accounts.keep_unsaved_for_its_person")
def keep_for_its_person(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Whoever logs in finds his own words, in the clinic where he typed them, and nobody else's."""
    request.session.pop(ENDED, None)
    kept = _read(request)
    if not kept:
        return
    mine = {page: form for page, form in kept.items() if form.person == str(user.pk) and not form.is_old}
    _write(request, mine)
    if mine:
        request.session.setdefault(CLINIC, [*mine.values()][-1].clinic)


def _read(request: HttpRequest) -> dict[str, Unsaved]:
    return {page: Unsaved(**form) for page, form in request.session.get(UNSAVED, {}).items()}


def _write(request: HttpRequest, kept: dict[str, Unsaved]) -> None:
    if kept:
        request.session[UNSAVED] = {page: asdict(form) for page, form in kept.items()}
    else:
        request.session.pop(UNSAVED, None)


def _size(kept: dict[str, Unsaved]) -> int:
    return len(json.dumps([asdict(form) for form in kept.values()]).encode())
