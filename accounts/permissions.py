"""Who may do which deed: one decorator for each circle of roles, and one that asks anew who it is."""

import time
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY, suspend_request
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from accounts.models import CARE_TEAM, Person, Role
from accounts.problems import asks_api, no_credentials
from accounts.unsaved import keep

P = ParamSpec("P")
V = TypeVar("V", bound=Callable[..., HttpResponse])
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def _for_roles(*roles: Role) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_login(request)
            check_role(request.user, roles)
            return view(request, *args, **kwargs)

        guarded.allowed_roles = roles  # type: ignore[attr-defined]
        return guarded

    return decorate


def check_role(person: Person, roles: Collection[Role]) -> None:
    """Raise Http404 in the other world, of patients or of members; PermissionDenied in the wrong role."""
    standing = person.standing
    if standing is None or (standing.role == Role.PATIENT) != (Role.PATIENT in roles):
        raise Http404
    if standing.role not in roles:
        raise PermissionDenied(f"This page is for: {', '.join(role.label for role in roles)}.")


def to_login(request: HttpRequest) -> HttpResponse:
    """To the login page; a fragment tells HTMX to leave the page instead of swapping a login form into it.

    What a form had sent is kept for whose session has ended. A program is told so in JSON.
    """
    if asks_api(request):
        return no_credentials().answer()
    if request.method != "GET":
        keep(request)
        return away(request, resolve_url(settings.LOGIN_URL))
    target: Any = redirect_to_login(request.get_full_path())
    return away(request, target.url)


def away(request: HttpRequest, url: str) -> HttpResponse:
    """To another page; a fragment tells HTMX to leave its own."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def standing_required(view: View[P]) -> View[P]:
    """Whoever stands in a clinic, as whatever: for pages about himself."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_login(request)
        if request.user.standing is None:
            raise Http404
        return view(request, *args, **kwargs)

    guarded.allowed_roles = tuple(Role)  # type: ignore[attr-defined]
    return guarded


def anyone_may(view: V) -> V:
    """Says that a view is for everybody, logged in or not: a view that says nothing stops the start-up."""
    view.allowed_roles = ()  # type: ignore[attr-defined]
    return view


clinician_required = _for_roles(Role.CLINICIAN)
care_team_required = _for_roles(*CARE_TEAM)
member_required = _for_roles(Role.CLINICIAN, Role.STAFF, Role.ADMIN)
admin_required = _for_roles(Role.ADMIN)
# Whoever may decide who sees a record.
keeper_required = _for_roles(Role.CLINICIAN, Role.ADMIN)
patient_required = _for_roles(Role.PATIENT)


def recent_proof_required(*, minutes: int = 5) -> Callable[[View[P]], View[P]]:
    """The person has shown within `minutes` that it is he, by logging in or by being asked again.

    For role grants, invitations, exports and break-glass; stands below the decorator of the circle of roles
    and below the one of the methods, so that nobody proves himself for a door that is closed to him:

        @admin_required
        @require_POST
        @recent_proof_required()
        def member_end(request, membership_id): ...

    Whoever is asked comes back to the very request: a POST is kept in his session and then answered by the
    same view as if it had just been sent, so what was typed is not lost. The view must therefore stand being
    called from another address, and take all it needs from its arguments and from request.POST.
    Where only some requests of a view need it, `proof_asked` asks in the middle.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def proven(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            return proof_asked(request, minutes=minutes) or view(request, *args, **kwargs)

        proven.proof_minutes = minutes  # type: ignore[attr-defined]
        return proven

    return decorate


def proof_asked(request: HttpRequest, *, minutes: int) -> HttpResponse | None:
    """The answer that asks the person to show that it is he, or None where he has within `minutes`.

    Raises PermissionDenied where he has nothing to show it with.
    """
    if _is_proven(request, seconds=60 * minutes):
        return None
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods:
        raise PermissionDenied("This asks for a second factor, and you have none yet. Set one up first.")
    # A POST that was kept and then given up must not be what a later proof for this address carries out.
    request.session.pop(STATE_SESSION_KEY, None)
    answer = suspend_request(request, methods[0]["url"])
    if request.method != "POST":
        return away(request, answer.url)
    # allauth takes a kept POST up again only where `next` is its bare path; its query it keeps itself.
    return away(request, f"{methods[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: request.path})}")


def _is_proven(request: HttpRequest, *, seconds: int) -> bool:
    """Whoever has a second factor shows it: a password may have been read over a shoulder."""
    records = get_authentication_records(request, request.user)
    if is_mfa_enabled(request.user):
        records = [record for record in records if record["method"] == "mfa"]
    return any(0 <= time.time() - record["at"] <= seconds for record in records)
