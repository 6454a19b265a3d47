"""Whoever is logged in: one transaction behind his clinic's wall, a session that ends, a second factor."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.signals import authentication_step_completed
from allauth.core.internal import ratelimit
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.actions import open_with_token, take_standing
from accounts.choosing import chosen_clinic
from accounts.denials import note_refused_token
from accounts.models import MEMBERS, ApiToken, Role
from accounts.permissions import away, to_login
from accounts.problems import Problem, asks_api
from accounts.sending import typed_in
from accounts.unsaved import end_session, forget_where_used, kept_for
from audit.context import address, by_token

# What an address may show in vain in a quarter of an hour before it is told to wait. A secret has 256 random
# bits and cannot be guessed: this keeps a broken program from filling the audit record.
REFUSED_AT_MOST, REFUSED_WITHIN = 60, 15 * 60

SAFE = {"GET", "HEAD", "OPTIONS"}
CHOOSES_ANEW = {"home", "clinic_choose", "account_logout"}


class TokenMiddleware:
    """A program says who it is with a token, under /api/ and nowhere else: pages ask for a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        shown = request.headers.get("Authorization", "")
        if not shown or not asks_api(request):
            return self.get_response(request)
        scheme, _, secret = shown.partition(" ")
        token = open_with_token(secret.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            return _refuse_token(request)
        # Whoever shows a token is that token's person, whatever cookies came along; and no other site's
        # page can make a browser send it, so there is nothing to forge.
        request.user, request.api_token = token.membership.person, token  # type: ignore[attr-defined]
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        with by_token(token.id):
            return self.get_response(request)


def token_of(request: HttpRequest) -> ApiToken | None:
    """The token that this request showed; None where somebody is logged in by a session, or nobody is."""
    return getattr(request, "api_token", None)


def _refuse_token(request: HttpRequest) -> HttpResponse:
    rate = {"token_refused": f"{REFUSED_AT_MOST}/{REFUSED_WITHIN}s/key"}
    key = address() or "a socket"
    usage = ratelimit.consume(
        request, app="accounts", action="token_refused", config=rate, key=key, limit_get=True
    )
    if usage is None:
        waiting = f"found more than {REFUSED_AT_MOST} tokens that open nothing. Accepted: a valid token."
        return Problem("too-many", waiting, headers={"Retry-After": str(REFUSED_WITHIN)}).answer()
    note_refused_token()
    return Problem(
        "token-refused",
        "found a token that is unknown, revoked or expired, or whose person has left."
        " Accepted: Authorization: Bearer and a token that the clinic's admin created.",
        headers={"WWW-Authenticate": 'Bearer realm="Recovery Clinic", error="invalid_token"'},
    ).answer()


class ClinicMiddleware:
    """Asks the database for the person's standing on every request: a revoked role ends at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._answer(request) if request.user.is_authenticated else self.get_response(request)
        if getattr(request, "has_new_proof", False) and response.status_code < 500:
            # Outside the transaction: one that is rolled back would take the new session with it.
            request.session.cycle_key()
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            if token := token_of(request):
                take_standing(request.user, membership_id=token.membership_id)
            else:
                take_standing(request.user, clinic_id=chosen_clinic(request))
            zone = request.user.standing.time_zone if request.user.standing else "UTC"
            with timezone.override(zone):
                response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "view_raised", False):
                transaction.set_rollback(True)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Where the clinic that was chosen is his no more, he is told before he works in another one.

        What a page of it still sends is not carried out elsewhere.
        """
        if token_of(request):
            return None
        standing, chosen = getattr(request.user, "standing", None), chosen_clinic(request)
        if standing is None or chosen in (None, standing.clinic_id):
            return None
        if request.resolver_match.url_name in CHOOSES_ANEW:
            return None
        if request.method not in SAFE:
            raise Http404
        return away(request, reverse("home"))

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Whatever a view did before it raised is undone: nothing is half-saved."""
        request.view_raised = True  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives without use, and at most, in seconds."""

    idle: int
    absolute: int


# Members: stricter than the SHOULD of NIST SP 800-63B at AAL2 (1 h, 24 h); patients: within it.
LIFETIMES = {Role.PATIENT: Lifetime(30 * 60, 24 * 60 * 60)} | dict.fromkeys(
    MEMBERS, Lifetime(15 * 60, 12 * 60 * 60)
)
BEGAN, SEEN = "session_began", "session_seen"
# Writing the session at each request would cost a statement; this is how exact its idle time is.
EXACT_TO = 5
# Pages that ask again by themselves are no sign of a person.
BACKGROUND = {"worklist_rows", "chart_flags", "document_status"}


class SessionAgeMiddleware:
    """Ends a session by the server's clock: after its idle time, and after its absolute time in any case."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Ask before the view runs, when the standing, and with it the role's lifetime, is known."""
        if not request.user.is_authenticated or token_of(request):
            return None
        now = int(time.time())
        began = request.session.setdefault(BEGAN, now)
        seen = request.session.setdefault(SEEN, now)
        standing = request.user.standing
        lifetime = LIFETIMES[standing.role if standing else Role.CLINICIAN]
        if now - seen > lifetime.idle or now - began > lifetime.absolute:
            end_session(request)
            return to_login(request)
        if now - seen >= EXACT_TO and request.resolver_match.url_name not in BACKGROUND:
            request.session[SEEN] = now
        return None


class UnsavedMiddleware:
    """Draws a page with what its reader had typed when his session had ended; see accounts.unsaved."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.resolver_match is None or not request.user.is_authenticated or token_of(request):
            return response
        forget_where_used(request, response)
        if getattr(request, "unsaved", None) and 200 < response.status_code < 500:
            # The form is no more: a course has begun, an episode was closed. The words are not lost for that.
            request.unsaved = None  # type: ignore[attr-defined]
            return render(request, "sending/no_form.html", {"typed": request.typed}, status=409)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Find what was typed, for the forms that the view makes, and as a list for what has no box there."""
        request.unsaved = kept_for(request)  # type: ignore[attr-defined]
        if request.unsaved:  # type: ignore[attr-defined]
            request.typed = typed_in(request)  # type: ignore[attr-defined]


@receiver(authentication_step_completed, dispatch_uid="accounts.change_session_key")
def change_session_key(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """A key that somebody knew before a step of the log-in, or before a new proof, is worth nothing after."""
    request.has_new_proof = True  # type: ignore[attr-defined]


class SecondFactorMiddleware:
    """A member without a second factor reaches nothing but the pages that set one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Send a member to the set-up; patients are offered it and not forced."""
        if not settings.MFA_MANDATORY or not request.user.is_authenticated or token_of(request):
            return None
        standing = request.user.standing
        if standing is None or standing.role == Role.PATIENT or _leads_to_a_second_factor(request):
            return None
        if is_mfa_enabled(request.user) or _has_shown_one_elsewhere(request):
            return None
        if asks_api(request):
            return Problem(
                "role", "found a session without a second factor. Accepted: one that has it, or a token."
            ).answer()
        return redirect("mfa_activate_totp")


def _has_shown_one_elsewhere(request: HttpRequest) -> bool:
    """To the provider, which the operator says asks for one; this session began there."""
    return settings.OIDC_ENFORCES_MFA and request.session.get("factor_shown_elsewhere") is True


def _leads_to_a_second_factor(request: HttpRequest) -> bool:
    name = request.resolver_match.url_name or ""
    return name.startswith(("mfa_", "health_")) or name in {"account_logout", "account_reauthenticate"}
