"""The clinic's page of work that was given up or waits for long."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.permissions import member_required
from recovery_clinic.signs import signs_of_life
from recovery_clinic.work import unfinished_of


@member_required
@require_GET
def unfinished(request: HttpRequest) -> HttpResponse:
    """Of every kind, each with one button. It names no patient, so the clinic admin may tend it too."""
    kinds = unfinished_of(request.user)
    context = {
        "kinds": kinds,
        "total": sum(kind.total for kind in kinds),
        "signs": signs_of_life(timezone.now()),
    }
    return render(request, "recovery_clinic/unfinished.html", context)
