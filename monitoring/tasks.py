"""Evaluations in the background: one on a nudge, and a sweep for whatever a lost nudge left undone."""

import uuid
from zoneinfo import ZoneInfo

from celery import shared_task
from django.utils import timezone

from accounts.models import Clinic
from accounts.tenancy import in_clinic
from monitoring import actions
from monitoring.models import judged_before, unevaluated

BATCH = 200
# Their locks are held, and their records kept in memory, while these are judged together.
AT_ONCE = 50


@shared_task(name="monitoring.evaluate")
def evaluate(clinic_id: str, episode_id: str) -> None:
    """Judge one episode. Safe to run twice, late, or for an episode judged already."""
    actions.evaluate_episode(uuid.UUID(episode_id), clinic_id=uuid.UUID(clinic_id))


@shared_task(name="monitoring.sweep")
def sweep() -> int:
    """Judge, in batches, every episode that changed or that was last judged on an earlier day."""
    actions.note_sweep("evaluations")
    return sum(_sweep_clinic(clinic) for clinic in Clinic.objects.all())


def _sweep_clinic(clinic: Clinic) -> int:
    today = timezone.localdate(timezone=ZoneInfo(clinic.time_zone))
    with in_clinic(clinic.id):
        left_undone = list(unevaluated(clinic.id).values_list("id", flat=True)[:BATCH])
        left_undone += judged_before(clinic.id, today).values_list("id", flat=True)[:BATCH]
    due = list(dict.fromkeys(left_undone))
    return sum(
        actions.evaluate_episodes(due[start : start + AT_ONCE], clinic_id=clinic.id)
        for start in range(0, len(due), AT_ONCE)
    )
