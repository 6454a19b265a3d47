"""One transaction for each request of somebody who is logged in, behind the wall of their clinic."""

import uuid
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.actions import take_standing

CLINIC_IN_SESSION = "clinic"


class ClinicMiddleware:
    """Asks the database for the person's standing on every request: a revoked role ends at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with transaction.atomic():
            chosen = request.session.get(CLINIC_IN_SESSION)
            take_standing(request.user, clinic_id=uuid.UUID(chosen) if chosen else None)
            zone = request.user.standing.time_zone if request.user.standing else "UTC"
            with timezone.override(zone):
                response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "view_raised", False):
                transaction.set_rollback(True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Whatever a view did before it raised is undone: nothing is half-saved."""
        request.view_raised = True  # type: ignore[attr-defined]
