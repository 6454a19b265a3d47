"""The last look before a write: is this the patient whom the person had in front of him?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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
