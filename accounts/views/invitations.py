"""Inviting members: asked for, sent again, withdrawn."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions
from accounts.forms import InviteForm
from accounts.guards import version_in, without_version
from accounts.models import Invitation, InvitationQuerySet, Role
from accounts.permissions import admin_required, proof_asked, recent_proof_required
from accounts.sending import sent_or_kept


@admin_required
@require_http_methods(["GET", "POST"])
def invitation_new(request: HttpRequest) -> HttpResponse:
    """Invite somebody to work here."""
    form = InviteForm(sent_or_kept(request))
    if request.method == "POST" and form.is_valid():
        if asked := proof_asked(request, minutes=5):
            return asked
        try:
            made = actions.invite(email=form.cleaned_data["email"], role=form.chosen, by=request.user)
        except actions.NotPossible as problem:
            form.add_error("email", str(problem))
        else:
            messages.success(request, f"{made.email} is invited. The mail follows in a moment.")
            return redirect("members")
    context = {"form": form}
    refused = request.method == "POST" and form.errors
    return render(request, "accounts/invite.html", context, status=422 if refused else 200)


@admin_required
@require_POST
@recent_proof_required()
def invitation_resend(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """A new mail with a new link."""
    found = get_object_or_404(_of_members(request), pk=invitation_id)
    return change(request, found, actions.resend, said="The invitation is sent again.", back_to="members")


@admin_required
@require_POST
@recent_proof_required()
def invitation_withdraw(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Make the link worth nothing."""
    found = get_object_or_404(_of_members(request), pk=invitation_id)
    return change(request, found, actions.withdraw, said="The invitation is withdrawn.", back_to="members")


def change(
    request: HttpRequest,
    found: Invitation,
    deed: Callable[..., Invitation],
    *,
    said: str,
    back_to: str,
    patient_id: uuid.UUID | None = None,
) -> HttpResponse:
    """Do it to the version that the form was drawn from, or say what is on file instead."""
    back = reverse(back_to, args=[patient_id] if patient_id else [])
    version = version_in(request)
    if version is None:
        return without_version(request, back_to=back)
    try:
        deed(found, read_version=version, by=request.user)
    except actions.InvitationOvertaken as late:
        context = {"invitation": late.invitation, "wanted": said, "back_to": back}
        return render(request, "accounts/invitation_overtaken.html", context, status=409)
    except actions.NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said)
    return redirect(back)


def _of_members(request: HttpRequest) -> InvitationQuerySet:
    return Invitation.objects.visible_to(request.user).exclude(role=Role.PATIENT)
