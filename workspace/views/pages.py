"""The clinic's pages: worklist, patients, the chart with its tabs, and the clinic's settings."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.permissions import admin_required, care_team_required
from audit import actions as audit
from monitoring.presenters import judged_of
from patients.actions import note_look
from patients.models import Patient
from patients.presenters import notes_of
from protocols.presenters import treatment_of
from timeline.presenters import story_of
from workspace.presenters import chart as charts
from workspace.presenters.clinic import settings_of
from workspace.presenters.patients import page_of_patients
from workspace.presenters.worklist import worklist_of


@care_team_required
@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """Everything that waits for somebody."""
    return _worklist(request, "workspace/worklist.html")


@care_team_required
@require_GET
def worklist_rows(request: HttpRequest) -> HttpResponse:
    """The same rows alone, for the page that asks again while it is open."""
    return _worklist(request, "workspace/_worklist.html")


def _worklist(request: HttpRequest, template: str) -> HttpResponse:
    shown = worklist_of(request.user, today=timezone.localdate())
    audit.record_looks(
        "workspace.worklist.viewed",
        by=request.user,
        clinic_id=request.user.acting.clinic_id,
        patient_ids=shown.patient_ids,
    )
    return render(request, template, {"worklist": shown})


@care_team_required
@require_GET
def patients(request: HttpRequest) -> HttpResponse:
    """The clinic's patients, or those who match what was searched."""
    page = page_of_patients(request.user, words=request.GET.get("q", ""), after=request.GET.get("after", ""))
    audit.record_looks(
        "workspace.patients.viewed",
        by=request.user,
        clinic_id=request.user.acting.clinic_id,
        patient_ids=[row.patient.id for row in page.rows],
    )
    # That somebody looked for a restricted record is worth knowing, also where he went no further.
    audit.record_looks(
        "workspace.restricted_record.viewed",
        by=request.user,
        clinic_id=request.user.acting.clinic_id,
        patient_ids=page.restricted,
    )
    return render(request, "workspace/patients.html", {"page": page})


def open_chart(request: HttpRequest, patient_id: uuid.UUID, tab: str) -> tuple[Patient, dict[str, Any]]:
    """The patient by the one door, the look recorded, and the chart's sticky header."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    note_look(patient, by=request.user, page=f"workspace.{tab}")
    header = charts.header_of(patient, request.user, tab=tab, today=timezone.localdate())
    return patient, {"header": header, "patient": patient}


@care_team_required
@require_GET
def chart(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """The overview."""
    patient, context = open_chart(request, patient_id, "chart")
    episode = context["header"].episode
    context["overview"] = charts.overview_of(patient, episode, request.user, today=timezone.localdate())
    context["story"] = story_of(episode, request.user) if episode else None
    return render(request, "workspace/chart.html", context)


@care_team_required
@require_GET
def chart_flags(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Findings and retests alone, asked again while the record is being evaluated."""
    patient, context = open_chart(request, patient_id, "chart")
    episode = context["header"].episode
    context["overview"] = charts.overview_of(patient, episode, request.user, today=timezone.localdate())
    return render(request, "workspace/_findings_again.html", context)


@care_team_required
@require_GET
def chart_labs(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Analytes by dates, in the units asked for."""
    patient, context = open_chart(request, patient_id, "chart_labs")
    units = request.GET.get("units", "reported")
    judged = judged_of(context["header"].episode, request.user)
    context["judged"] = judged
    context["sheet"] = charts.flowsheet_of(
        patient,
        request.user,
        units=units if units in charts.UNITS_SHOWN else "reported",
        judged_version=judged.version,
    )
    context["units_shown"] = charts.UNITS_SHOWN
    return render(request, "workspace/labs.html", context)


@care_team_required
@require_GET
def chart_treatment(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Courses and dose steps with their reasons."""
    patient, context = open_chart(request, patient_id, "chart_treatment")
    context["treatment"] = treatment_of(patient, request.user)
    return render(request, "workspace/treatment.html", context)


@care_team_required
@require_GET
def chart_timeline(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Everything in order."""
    _, context = open_chart(request, patient_id, "chart_timeline")
    episode = context["header"].episode
    context["story"] = story_of(episode, request.user) if episode else None
    return render(request, "workspace/timeline.html", context)


@care_team_required
@require_GET
def chart_documents(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """What was printed for this patient, and what can be; the list itself comes from documents."""
    _, context = open_chart(request, patient_id, "chart_documents")
    return render(request, "workspace/documents.html", context)


@care_team_required
@require_GET
def chart_notes(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Signed notes with what was added to them, and one's own draft."""
    patient, context = open_chart(request, patient_id, "chart_notes")
    context["notes"] = notes_of(patient, request.user, number=request.GET.get("page", ""))
    return render(request, "workspace/notes.html", context)


@admin_required
@require_GET
def clinic_settings(request: HttpRequest) -> HttpResponse:
    """The clinic's people and laboratories."""
    return render(request, "workspace/clinic.html", {"settings": settings_of(request.user)})
