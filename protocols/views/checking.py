"""Checks of a dose while it is typed."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.permissions import clinician_required
from clinical.drugs import DRUGS
from patients.actions import note_look
from patients.guards import wrong_patient
from patients.models import Patient
from protocols.presenters import Desk, desk_of
from protocols.views.finding import course_or_404, patient_or_404, start_desk
from protocols.views.ordering import check_in, form_of


@clinician_required
@require_POST
def dose_check(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """What the dose typed so far comes to, and what speaks against it; stores nothing of it."""
    patient = patient_or_404(request.user, patient_id)
    if refused := wrong_patient(request, patient):
        return refused
    note_look(patient, by=request.user, page="protocols.dose_check")
    desk = _desk(request, patient)
    check = check_in(desk, form_of(desk, request.POST)) if desk.is_open_to_change else None
    return render(request, "protocols/_check.html", {"check": check})


def _desk(request: HttpRequest, patient: Patient) -> Desk:
    """The desk of the course that the form names, or of the drug to be started."""
    course_id = request.POST.get("course", "")
    if course_id:
        try:
            course = course_or_404(request.user, uuid.UUID(course_id))
        except ValueError:
            raise Http404("There is no such course.") from None
        if course.patient_id != patient.id:
            raise Http404("There is no such course of this patient.")
        return desk_of(course, request.user)
    drug = request.POST.get("drug", "")
    desk = start_desk(patient, drug, request.user) if drug in DRUGS else None
    if desk is None:
        raise Http404("There is no such drug, or no open episode.")
    return desk
