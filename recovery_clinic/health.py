"""Alive, ready, behind: three questions that an operator asks, answered without a word about any patient."""

from datetime import datetime

from django.db import connection
from django.db.utils import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import OperationalError

from accounts.models import Clinic, Invitation, ResetRequest
from accounts.permissions import anyone_may
from accounts.tenancy import in_clinic
from documents.models import Document
from monitoring.models import DryRun, Evaluation, unevaluated
from recovery_clinic import celery_app
from recovery_clinic.signs import signs_of_life
from recovery_clinic.work import LATE_SECONDS


@anyone_may
def live(request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": "alive"})


@anyone_may
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


@anyone_may
def behind(request: HttpRequest) -> JsonResponse:
    """Whether work is late or given up and who is silent; 503 with `because`, which names what is wrong."""
    now = timezone.now()
    try:
        oldest, given_up = _pending()
        signs = signs_of_life(now)
    except DatabaseError as error:
        return _without_database(error)
    wrong = {
        "oldest pending": oldest is not None and _is_late(oldest, now),
        "given up": given_up > 0,
        "beat last seen": _is_late(signs.beat, now),
        "sweep last seen": _is_late(signs.sweep, now),
        "no worker seen": not signs.workers,
        "rulebook version differs between web and worker": signs.differs,
    }
    because = [what for what, holds in wrong.items() if holds]
    answer = {
        "status": "behind" if because else "up to date",
        "because": because,
        "oldest_pending_seconds": _age(oldest, now),
        "given_up": given_up,
        "beat_last_seen_seconds": _age(signs.beat, now),
        "sweep_last_seen_seconds": _age(signs.sweep, now),
        "rulebook_web": signs.own,
        "rulebook_workers": signs.workers,
    }
    return JsonResponse(answer, status=503 if because else 200)


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round((now - moment).total_seconds(), 1)


def _is_late(moment: datetime | None, now: datetime) -> bool:
    return moment is None or (now - moment).total_seconds() > LATE_SECONDS


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
            moments += DryRun.objects.under_way().values_list("moved_at", flat=True)[:1]
            given_up += DryRun.objects.given_up().count()
            given_up += Evaluation.objects.given_up().count() + Document.objects.given_up().count()
    return min(moments, default=None), given_up
