"""Who saw a record: a tab of the chart for the care team, a report for the clinic admin."""

import uuid
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import admin_required, care_team_required, recent_proof_required
from audit import actions as audit
from audit.models import Purpose
from patients.models import Patient
from workspace.forms import PeriodForm, WhoseRecordForm
from workspace.presenters import access
from workspace.views.pages import open_chart


def _page(request: HttpRequest, patient: Patient, form: PeriodForm) -> access.AccessPage | None:
    if not form.is_valid():
        return None
    number = request.GET.get("page", "")
    return access.page_of(
        access.events_of(request.user, patient.id, form.days),
        sort=request.GET.get("sort", access.NEWEST),
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1,
        days=form.days,
    )


@care_team_required
@require_GET
def chart_access(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Who looked at this record, who changed it, and when."""
    patient, context = open_chart(request, patient_id, "chart_access")
    form = PeriodForm(request.GET)
    context |= {"form": form, "page": _page(request, patient, form)}
    return render(request, "workspace/access.html", context, status=422 if form.errors else 200)


@admin_required
@require_http_methods(["GET", "POST"])
def access_search(request: HttpRequest) -> HttpResponse:
    """Whose record the report is about. By POST, so that no number stands in an address."""
    form = WhoseRecordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        mrn = form.cleaned_data["mrn"]
        patient = access.patient_by_mrn(request.user, mrn)
        if patient is not None:
            return redirect("access_report", patient.id)
        form.add_error(
            "mrn", f'MRN: found "{mrn}", which no patient has. Accepted: the number on his papers.'
        )
    return render(request, "workspace/access_search.html", {"form": form}, status=422 if form.errors else 200)


@admin_required
@require_GET
def access_report(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """The report on the page: people, moments and kinds of deed, and nothing of what the record says."""
    patient = get_object_or_404(access.patients_named_to(request.user), pk=patient_id)
    form = PeriodForm(request.GET)
    _note(request, patient, "viewed", form)
    context: dict[str, Any] = {"patient": patient, "form": form, "page": _page(request, patient, form)}
    return render(request, "workspace/access_report.html", context, status=422 if form.errors else 200)


@admin_required
@require_GET
@recent_proof_required()
def access_report_csv(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """The same as a file."""
    patient = get_object_or_404(access.patients_named_to(request.user), pk=patient_id)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        context = {"patient": patient, "form": form, "page": None}
        return render(request, "workspace/access_report.html", context, status=422)
    _note(request, patient, "exported", form)
    table = access.as_csv(access.events_of(request.user, patient.id, form.days))
    name = f"access-{form.days[0]}-{form.days[1]}.csv"
    return HttpResponse(
        table,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _note(request: HttpRequest, patient: Patient, verb: str, form: PeriodForm) -> None:
    days: list[date] = list(form.days) if form.is_valid() else []
    audit.record(
        f"workspace.access_report.{verb}",
        by=request.user,
        clinic_id=patient.clinic_id,
        object_kind="patients.patient",
        object_id=patient.id,
        patient_id=patient.id,
        details={"days": [day.isoformat() for day in days]},
        purpose=Purpose.OPERATIONS,
    )
