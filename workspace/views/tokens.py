"""Letting other programs in: tokens that act in a member's name, created and revoked by the clinic admin."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import actions
from accounts.models import ApiToken
from accounts.permissions import admin_required, recent_proof_required
from accounts.sending import sent_or_kept
from workspace.forms import TokenForm


@admin_required
@require_GET
def tokens(request: HttpRequest) -> HttpResponse:
    """Every token that the clinic has given, and the form for a new one."""
    return _show(request, TokenForm(sent_or_kept(request), by=request.user))


@admin_required
@require_POST
@recent_proof_required()
def token_create(request: HttpRequest) -> HttpResponse:
    """Create a token. This one answer holds its secret, and nothing holds it afterwards."""
    form = TokenForm(request.POST, by=request.user)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        token, secret = actions.issue_token(**form.cleaned_data, by=request.user)
    except actions.KeyUsed:
        form.add_error("name", "found a form that was sent before, for another token. Open this page again.")
        return _show(request, form, status=422)
    if not secret:
        messages.warning(request, f"{token.name}: this token was created already; its secret was shown once.")
        return redirect("tokens")
    return _show(request, TokenForm(by=request.user), created=token, secret=secret)


@admin_required
@require_POST
def token_revoke(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """Close a token; the next request that shows it is refused."""
    token = get_object_or_404(ApiToken.objects.visible_to(request.user), pk=token_id)
    actions.revoke_token(token, by=request.user)
    messages.success(request, f"{token.name}: revoked. The next request that shows it is refused.")
    return redirect("tokens")


def _show(
    request: HttpRequest,
    form: TokenForm,
    *,
    created: ApiToken | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    found = ApiToken.objects.visible_to(request.user).with_people()
    context = {"tokens": found, "form": form, "created": created, "secret": secret}
    return render(request, "workspace/tokens.html", context, status=status)
