"""Who may do which deed: one decorator for each circle of roles."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import CARE_TEAM, Role

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def _for_roles(*roles: Role) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_login(request)
            standing = request.user.standing
            if standing is None or (standing.role == Role.PATIENT) != (Role.PATIENT in roles):
                raise Http404
            if standing.role not in roles:
                raise PermissionDenied(f"This page is for: {', '.join(role.label for role in roles)}.")
            return view(request, *args, **kwargs)

        guarded.allowed_roles = roles  # type: ignore[attr-defined]
        return guarded

    return decorate


def to_login(request: HttpRequest) -> HttpResponse:
    """To the login page; a fragment tells HTMX to leave the page instead of swapping a login form into it."""
    target: Any = redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": target.url})
    return HttpResponseRedirect(target.url)


clinician_required = _for_roles(Role.CLINICIAN)
care_team_required = _for_roles(*CARE_TEAM)
member_required = _for_roles(Role.CLINICIAN, Role.STAFF, Role.ADMIN)
admin_required = _for_roles(Role.ADMIN)
patient_required = _for_roles(Role.PATIENT)
