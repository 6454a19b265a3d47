"""A patient's access to the portal: who has it, who is invited; and taking such an invitation up."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions as accounts
from accounts.models import Invitation, Role
from accounts.permissions import anyone_may, care_team_required, recent_proof_required
from accounts.presenters import row_of
from accounts.sending import sent_or_kept
from accounts.views.invitations import change
from accounts.views.joining import LINK, take_up
from patients import actions
from patients.forms import PortalForm
from patients.guards import wrong_patient
from patients.models import Patient, PortalInvitation, RecordOfPatientQuerySet


@care_team_required
@require_GET
def portal_access(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Who opens the portal of this record, or who is invited to."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    return _draw(request, patient, PortalForm(sent_or_kept(request), initial={"email": patient.email}))


@care_team_required
@require_POST
@recent_proof_required()
def portal_invite(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Invite the patient."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    if refused := wrong_patient(request, patient):
        return refused
    form = PortalForm(request.POST)
    if not form.is_valid():
        return _draw(request, patient, form, status=422)
    try:
        actions.invite_to_portal(patient, email=form.cleaned_data["email"], by=request.user)
    except accounts.NotPossible as problem:
        form.add_error("email", str(problem))
        return _draw(request, patient, form, status=422)
    messages.success(request, f"{patient.full_name} is invited. The mail follows in a moment.")
    return redirect("portal_access", patient.id)


@care_team_required
@require_POST
@recent_proof_required()
def portal_resend(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """A new mail with a new link."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    if refused := wrong_patient(request, patient):
        return refused
    found = get_object_or_404(_undecided(request, patient)).invitation
    words = {"said": "The invitation is sent again.", "back_to": "portal_access"}
    return change(request, found, accounts.resend, patient_id=patient.id, **words)


@care_team_required
@require_POST
@recent_proof_required()
def portal_withdraw(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Make the link worth nothing."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    if refused := wrong_patient(request, patient):
        return refused
    found = get_object_or_404(_undecided(request, patient)).invitation
    words = {"said": "The invitation is withdrawn.", "back_to": "portal_access"}
    return change(request, found, accounts.withdraw, patient_id=patient.id, **words)


@anyone_may
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def portal_join(request: HttpRequest) -> HttpResponse:
    """Take up an invitation to the portal."""
    found = accounts.find_invitation(request.session.get(LINK, ""))
    is_patients = found is not None and found.role == Role.PATIENT
    return take_up(request, found if is_patients else None, accept=actions.accept_to_portal)


def _undecided(request: HttpRequest, patient: Patient) -> RecordOfPatientQuerySet[PortalInvitation]:
    mine = PortalInvitation.objects.visible_to(request.user).filter(patient=patient)
    return mine.filter(invitation__in=Invitation.objects.visible_to(request.user).undecided()).select_related(
        "invitation"
    )


def _draw(request: HttpRequest, patient: Patient, form: PortalForm, *, status: int = 200) -> HttpResponse:
    actions.note_look(patient, by=request.user, page="patients.portal_access")
    invited = _undecided(request, patient).first()
    context = {"patient": patient, "form": form, "row": row_of(invited.invitation) if invited else None}
    return render(request, "patients/portal.html", context, status=status)
