"""One panel: read it, review it, release it to the patient."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from accounts.permissions import care_team_required, clinician_required
from accounts.sending import sent_once, sent_or_kept
from labs import actions
from labs.forms import release_form, review_form
from labs.models import Panel
from labs.presenters import judgement_on_file, panel_page, versions_of
from labs.views.finding import panel_or_404
from patients.actions import note_look
from patients.guards import changed_first, overtaken, wrong_patient


@care_team_required
@require_GET
def panel(request: HttpRequest, panel_id: uuid.UUID) -> HttpResponse:
    """A panel as reported, with ranges, confirmations and versions."""
    found = panel_or_404(request.user, panel_id)
    return _show(request, found, **_kept(request))


def _kept(request: HttpRequest) -> dict[str, Any]:
    """The form whose comment was typed when the session had ended, if one was."""
    typed = sent_or_kept(request) or {}
    made = [make(data=typed) for make in (review_form, release_form)]
    return {form.prefix: form for form in made if form.add_prefix("comment") in typed}


@clinician_required
@sent_once
@require_POST
def panel_review(request: HttpRequest, panel_id: uuid.UUID) -> HttpResponse:
    """A clinician says that he has read this panel."""
    return _judge(
        request, panel_id, form=review_form(data=request.POST), deed=actions.review_panel, done="Reviewed."
    )


@clinician_required
@sent_once
@require_POST
def panel_release(request: HttpRequest, panel_id: uuid.UUID) -> HttpResponse:
    """A clinician lets the patient see this panel."""
    return _judge(
        request,
        panel_id,
        form=release_form(data=request.POST),
        deed=actions.release_panel,
        done="Released: the patient sees this panel from now on.",
    )


def _judge(
    request: HttpRequest, panel_id: uuid.UUID, *, form: Any, deed: Callable[..., Panel], done: str
) -> HttpResponse:
    found = panel_or_404(request.user, panel_id)
    if refused := wrong_patient(request, found.patient):
        return refused
    if refused := changed_first(request, judgement_on_file(found, versions_of(found)[-1]), form=form):
        return refused
    if not form.is_valid():
        return _show(request, found, status=422, **{form.prefix: form})
    try:
        deed(found, by=request.user, comment=form.cleaned_data["comment"])
    except actions.Overtaken:
        found = panel_or_404(request.user, panel_id)
        return overtaken(request, judgement_on_file(found, versions_of(found)[-1]), form=form)
    messages.success(request, done)
    return redirect("panel", found.pk)


def _show(request: HttpRequest, found: Panel, *, status: int = 200, **forms: Any) -> HttpResponse:
    note_look(found.patient, by=request.user, page="labs.panel")
    context = {
        "page": panel_page(found),
        "patient": found.patient,
        "may_judge": request.user.acting.role == Role.CLINICIAN,
        "review_form": forms.get("review") or review_form(),
        "release_form": forms.get("release") or release_form(),
    }
    return render(request, "labs/panel.html", context, status=status)
