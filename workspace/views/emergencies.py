"""The clinic admin's queue: who broke the glass of a restricted record, what was done, and its review."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import admin_required
from accounts.sending import sent_or_kept
from audit import actions as audit
from audit.models import Purpose
from patients import actions
from patients.forms import ReviewForm
from patients.models import EmergencyAccess
from workspace.presenters.emergencies import emergencies_of, reviewing_of


def _note(request: HttpRequest, page: str, patient_ids: Any) -> None:
    audit.record_looks(
        f"workspace.{page}.viewed",
        by=request.user,
        clinic_id=request.user.acting.clinic_id,
        patient_ids=patient_ids,
        purpose=Purpose.OPERATIONS,
    )


@admin_required
@require_GET
def emergencies(request: HttpRequest) -> HttpResponse:
    """What waits for review, what was reviewed, and which records are restricted."""
    found = emergencies_of(request.user)
    _note(request, "emergencies", found.patient_ids)
    return render(request, "workspace/emergencies.html", {"queue": found})


@admin_required
@require_http_methods(["GET", "POST"])
def emergency(request: HttpRequest, emergency_id: uuid.UUID) -> HttpResponse:
    """One emergency access with everything that was done under it, and the review."""
    accesses = EmergencyAccess.objects.visible_to(request.user).select_related("person", "reviewed_by")
    access = get_object_or_404(accesses, pk=emergency_id)
    form = ReviewForm(sent_or_kept(request), initial={"version": access.version})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.review_emergency(
                    access,
                    comment=form.cleaned_data["comment"],
                    read_version=form.cleaned_data["version"],
                    by=request.user,
                )
            except actions.NotPossible as problem:
                form.add_error(None, str(problem))
                status = 409
                access = get_object_or_404(accesses.all(), pk=emergency_id)
            else:
                messages.success(request, "Reviewed.")
                return redirect("emergencies")
    _note(request, "emergency", [access.patient_id])
    context = {"reviewing": reviewing_of(access, request.user), "form": form}
    return render(request, "workspace/emergency.html", context, status=status)


@admin_required
@require_POST
def emergency_notice(request: HttpRequest, emergency_id: uuid.UUID) -> HttpResponse:
    """Try once more to send a notice that was given up."""
    access = get_object_or_404(EmergencyAccess.objects.visible_to(request.user), pk=emergency_id)
    actions.retry_notice(access, by=request.user)
    messages.success(request, "The notice will be sent again within a minute.")
    return redirect("emergency", access.id)
