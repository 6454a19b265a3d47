"""Starting a course of a drug, and adjusting the dose of one that runs."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import clinician_required
from accounts.sending import entry_key_in, sent_once, sent_or_kept
from clinical.drugs import DRUGS
from patients.actions import note_look
from patients.guards import wrong_patient
from patients.models import Patient
from protocols.models import Course
from protocols.presenters import Desk, choose_drug, desk_of
from protocols.views.finding import course_or_404, patient_or_404, start_desk
from protocols.views.ordering import draw, form_of, take_order


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def course_start(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Choose a drug, then order its first dose."""
    patient = patient_or_404(request.user, patient_id)
    note_look(patient, by=request.user, page="protocols.course_start")
    asked = request.POST if request.method == "POST" else request.GET
    drug = asked.get("drug", "")
    if request.method == "POST" and (refused := wrong_patient(request, patient)):
        return refused
    if drug and drug not in DRUGS:
        raise Http404("The catalogue holds no such drug.")
    desk = start_desk(patient, drug, request.user) if drug else None
    if desk is None:
        return render(request, "protocols/choose.html", {"page": choose_drug(patient, request.user)})
    return _start(request, patient, desk)


def _start(request: HttpRequest, patient: Patient, desk: Desk) -> HttpResponse:
    if request.method == "POST":
        return take_order(request, desk)
    running = Course.objects.visible_to(request.user).running().filter(patient=patient, drug=desk.drug.key)
    course = running.first()
    if course is not None:
        return redirect("dose_adjust", course.id)
    return draw(request, desk, form_of(desk, sent_or_kept(request)), entry_key=entry_key_in(request))


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def dose_adjust(request: HttpRequest, course_id: uuid.UUID) -> HttpResponse:
    """Order a new dose of a course; the form starts with the dose of now."""
    course = course_or_404(request.user, course_id)
    note_look(course.patient, by=request.user, page="protocols.dose_adjust")
    if request.method == "POST" and (refused := wrong_patient(request, course.patient)):
        return refused
    desk = desk_of(course, request.user)
    if request.method == "POST":
        return take_order(request, desk)
    return draw(request, desk, form_of(desk, sent_or_kept(request)), entry_key=entry_key_in(request))
