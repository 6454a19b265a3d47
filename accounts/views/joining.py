"""Taking up an invitation: the link in the mail, and the page that it leads to."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts import actions
from accounts.choosing import move_to
from accounts.forms import NewPersonForm
from accounts.models import Invitation, Person, Role
from accounts.permissions import anyone_may

LINK = "invitation_link"
Accept = Callable[..., tuple[Invitation, Person]]


@anyone_may
@require_GET
def join_link(request: HttpRequest, token: str) -> HttpResponse:
    """Put the token away and leave its address at once, so that no page tells it to another as Referer."""
    request.session[LINK] = token
    return redirect("join")


@anyone_may
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Become a member. Whose invitation opens the portal is sent on to the page that knows his record."""
    found = actions.find_invitation(request.session.get(LINK, ""))
    if found is not None and found.role == Role.PATIENT:
        return redirect("portal_join")
    return take_up(request, found, accept=actions.accept)


def take_up(request: HttpRequest, found: Invitation | None, *, accept: Accept) -> HttpResponse:
    """The page of an invitation: its form, the way to the log-in, or that the link is worth nothing."""
    if found is None:
        return _unusable(request)
    me = request.user if request.user.is_authenticated else None
    is_known = actions.is_known(found.email)
    if me is not None and me.email != found.email:
        return render(request, "accounts/join_as_other.html", {"invitation": found}, status=409)
    if is_known and me is None:
        return render(request, "accounts/join_log_in.html", {"invitation": found})
    form = NewPersonForm(request.POST or None, email=found.email) if me is None else None
    if request.method == "POST" and (form is None or form.is_valid()):
        return _accept(request, me, form.cleaned_data if form else {}, accept)
    context = {"invitation": found, "form": form}
    return render(request, "accounts/join.html", context, status=422 if form and form.errors else 200)


def _accept(request: HttpRequest, me: Person | None, said: dict[str, Any], accept: Accept) -> HttpResponse:
    words = {"full_name": said["full_name"], "password": said["password1"]} if said else {}
    try:
        invitation, person = accept(request.session[LINK], person=me, **words)
    except actions.Unusable:
        return _unusable(request)
    del request.session[LINK]
    if me is None:
        login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
        record_authentication(request, person, method="password", email=person.email, reauthenticated=True)
    move_to(request, invitation.clinic_id)
    messages.success(request, f"Welcome. You are now in {invitation.clinic.name}.")
    if invitation.role != Role.PATIENT and not is_mfa_enabled(person):
        return redirect("mfa_activate_totp")
    return redirect("home")


def _unusable(request: HttpRequest) -> HttpResponse:
    """One answer, whether the link was used, has expired, was withdrawn or never was."""
    return render(request, "accounts/join_unusable.html", status=404)
