"""Breaking the glass of a restricted record, and ending that before its hour is over."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import care_team_required, member_required, proof_asked
from accounts.sending import sent_or_kept
from patients import actions
from patients.forms import BreakGlassForm
from patients.models import EmergencyAccess, EmergencyReason, Patient

PROOF_MINUTES = 5


@care_team_required
@require_http_methods(["GET", "POST"])
def emergency_open(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Ask for sight of a restricted record. The page names nobody: whoever asks says whom he means."""
    if Patient.objects.visible_to(request.user).filter(pk=patient_id).exists():
        return redirect("chart", patient_id)
    patient = get_object_or_404(Patient.objects.hidden_to(request.user), pk=patient_id)
    form = BreakGlassForm(sent_or_kept(request), patient=patient, initial={"entry_key": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        if asked := proof_asked(request, minutes=PROOF_MINUTES):
            return asked
        actions.break_glass(
            patient,
            reason=EmergencyReason(form.cleaned_data["reason"]),
            explanation=form.cleaned_data["explanation"],
            entry_key=form.cleaned_data["entry_key"],
            by=request.user,
        )
        return redirect("chart", patient.id)
    refused = request.method == "POST" and form.errors
    return render(request, "patients/emergency_open.html", {"form": form}, status=422 if refused else 200)


@member_required
@require_POST
def emergency_end(request: HttpRequest, emergency_id: uuid.UUID) -> HttpResponse:
    """End one's own emergency access; the admin ends anybody's."""
    access = get_object_or_404(EmergencyAccess.objects.visible_to(request.user), pk=emergency_id)
    actions.end_emergency(access, by=request.user)
    messages.success(request, "The emergency access has ended.")
    return redirect("home")
