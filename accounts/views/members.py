"""The clinic's members, for its admin: who they are, what they may, and until when."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts import actions
from accounts.forms import RoleForm
from accounts.guards import version_in, without_version
from accounts.models import Membership
from accounts.permissions import admin_required, recent_proof_required
from accounts.presenters import invitations_of, members_by_name, members_of
from accounts.sending import sent_or_kept


@admin_required
@require_GET
def members(request: HttpRequest) -> HttpResponse:
    """Everybody who works here, with his role and whether he has a second factor."""
    context = {"members": members_by_name(request.user), "invitations": invitations_of(request.user)}
    return render(request, "accounts/members.html", context)


@admin_required
@require_GET
def member(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    """One member, with what may be done to his role."""
    found = get_object_or_404(members_of(request.user), pk=membership_id)
    return _draw(request, found, RoleForm(sent_or_kept(request), initial={"role": found.role}))


@admin_required
@require_POST
@recent_proof_required()
def member_role(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    """Give another role."""
    found = get_object_or_404(members_of(request.user), pk=membership_id)
    version, form = version_in(request), RoleForm(request.POST)
    if version is None:
        return without_version(request, back_to=reverse("member", args=[found.id]))
    if not form.is_valid():
        return _draw(request, found, form, status=422)
    try:
        changed = actions.change_role(found, role=form.chosen, read_version=version, by=request.user)
    except actions.Overtaken as late:
        return _overtaken(request, late.record, wanted=f"Role: {form.chosen.label}")
    except actions.NotPossible as problem:
        form.add_error(None, str(problem))
        return _draw(request, found, form, status=422)
    messages.success(request, f"{changed.person.full_name}: {changed.get_role_display()} from now on.")
    return redirect("members")


@admin_required
@require_POST
@recent_proof_required()
def member_end(request: HttpRequest, membership_id: uuid.UUID) -> HttpResponse:
    """End the membership."""
    # Also one that somebody else has ended meanwhile: it is shown as such, and not as missing.
    mine = Membership.objects.visible_to(request.user).members().select_related("person")
    found = get_object_or_404(mine, pk=membership_id)
    version = version_in(request)
    if version is None:
        return without_version(request, back_to=reverse("members"))
    try:
        actions.remove_member(found, read_version=version, by=request.user)
    except actions.Overtaken as late:
        return _overtaken(request, late.record, wanted="End the membership")
    except actions.NotPossible as problem:
        form = RoleForm({"role": found.role})
        form.add_error(None, str(problem))
        return _draw(request, found, form, status=422)
    messages.success(request, f"The membership of {found.person.full_name} has ended.")
    return redirect("members")


def _draw(request: HttpRequest, found: Membership, form: RoleForm, *, status: int = 200) -> HttpResponse:
    context = {"member": found, "form": form, "is_own": found.person_id == request.user.id}
    return render(request, "accounts/member.html", context, status=status)


def _overtaken(request: HttpRequest, now: Membership, *, wanted: str) -> HttpResponse:
    """409: what the membership is now beside what was wanted."""
    return render(request, "accounts/overtaken.html", {"member": now, "wanted": wanted}, status=409)
