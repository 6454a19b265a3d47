"""Alive, ready, behind: three questions that an operator asks, answered without a word about any patient."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.utils import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import OperationalError

from accounts.models import Clinic, Invitation, ResetRequest
from accounts.tenancy import in_clinic
from documents.models import Document
from monitoring.models import MOST_ATTEMPTS, Evaluation, Heartbeat, unevaluated
from recovery_clinic import celery_app

LATE_SECONDS = 180


def live(request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """The database answers, so requests can be served. A lost broker makes work late, not lost."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError as error:
        return _without_database(error)
    return JsonResponse({"status": "ready", "database": "answers", "broker": _broker()})


def _without_database(error: DatabaseError) -> JsonResponse:
    return JsonResponse({"status": "not ready", "database": type(error).__name__}, status=503)


def _broker() -> str:
    try:
        with Connection(celery_app.conf.broker_url, connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
    except (OperationalError, OSError) as error:
        return type(error).__name__
    return "answers"


def behind(request: HttpRequest) -> JsonResponse:
    """Oldest pending work, work given up, beat last seen; 503 where any is later than LATE_SECONDS."""
    now = timezone.now()
    try:
        oldest, given_up = _pending()
        beat = Heartbeat.objects.filter(name="beat").values_list("seen_at", flat=True).first()
    except DatabaseError as error:
        return _without_database(error)
    answer: dict[str, Any] = {
        "oldest_pending_seconds": _age(oldest, now),
        "given_up": given_up,
        "beat_last_seen_seconds": _age(beat, now),
    }
    is_late = beat is None or (now - beat).total_seconds() > LATE_SECONDS
    is_late = (
        is_late or (oldest is not None and (now - oldest).total_seconds() > LATE_SECONDS) or given_up > 0
    )
    answer["status"] = "behind" if is_late else "up to date"
    return JsonResponse(answer, status=503 if is_late else 200)


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round((now - moment).total_seconds(), 1)


def _pending() -> tuple[datetime | None, int]:
    # One that was given up is no alarm: its person asks again, or has a mailbox that takes no mail.
    moments: list[datetime] = list(ResetRequest.objects.unanswered().values_list("asked_at", flat=True)[:1])
    given_up = 0
    for clinic_id in Clinic.objects.values_list("id", flat=True):
        with in_clinic(clinic_id):
            moments += unevaluated(clinic_id).values_list("changed_at", flat=True).order_by("changed_at")[:1]
            moments += Invitation.objects.untold(timezone.now()).values_list("invited_at", flat=True)[:1]
            given_up += Invitation.objects.given_up(timezone.now()).count()
            moments += Document.objects.unrendered().values_list("requested_at", flat=True)[:1]
            given_up += Evaluation.objects.given_up().count()
            given_up += Document.objects.filter(rendered_at=None, attempts__gte=MOST_ATTEMPTS).count()
    return min(moments, default=None), given_up
