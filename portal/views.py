"""The patient's own pages: his recovery, his results, and his chart."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.permissions import patient_required
from patients.actions import note_look
from patients.models import Patient
from portal.presenters import recovery_of, results_of
from timeline.views import picture


def _own(request: HttpRequest, page: str) -> Patient:
    """The record of whoever asks, the look recorded; there is no other way to choose one."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user).select_related("clinic"))
    note_look(patient, by=request.user, page=page)
    return patient


@patient_required
@require_GET
def my_recovery(request: HttpRequest) -> HttpResponse:
    """Where I am, what is next, what I take, my story so far."""
    patient = _own(request, "portal.my_recovery")
    return render(request, "portal/my_recovery.html", {"recovery": recovery_of(patient, request.user)})


@patient_required
@require_GET
def my_results(request: HttpRequest) -> HttpResponse:
    """What has been released to me."""
    patient = _own(request, "portal.my_results")
    return render(request, "portal/my_results.html", {"results": results_of(patient, request.user)})


@patient_required
@require_GET
def my_chart_svg(request: HttpRequest) -> HttpResponse:
    """My recovery as a picture; `?theme=dark` or `auto`, and `?width=narrow`, choose its form."""
    story = recovery_of(_own(request, "portal.my_chart_svg"), request.user).story
    if story is None:
        raise Http404
    return picture(request, story)
