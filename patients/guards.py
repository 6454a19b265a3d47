"""The last look before a write: is this the patient whom the person had in front of him?"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.sending import OnFile, both_sides, not_current
from patients.actions import note_look
from patients.models import Patient


def wrong_patient(request: HttpRequest, patient: Patient) -> HttpResponse | None:
    """The answer to a form that was drawn for another patient, or None where it was drawn for this one.

    Every form of a patient echoes his id as `patient`: two tabs, a stale page or a slip of the browser
    cannot put one man's result into another man's record.
    """
    if request.POST.get("patient") == str(patient.id):
        return None
    note_look(patient, by=request.user, page="patients.wrong_patient")
    return render(request, "patients/wrong_patient.html", {"patient": patient}, status=409)


def changed_first(request: HttpRequest, on_file: OnFile, **page: Any) -> HttpResponse | None:
    """The answer to a form that was not drawn from what stands now, or None; the look is recorded."""
    refused = not_current(request, on_file, **page)
    if refused is not None:
        note_look(on_file.patient, by=request.user, page="patients.both_sides")
    return refused


def overtaken(request: HttpRequest, on_file: OnFile, **page: Any) -> HttpResponse:
    """409: both sides, where the record was changed while the form was on its way."""
    note_look(on_file.patient, by=request.user, page="patients.both_sides")
    return both_sides(request, on_file, **page)
