"""Evaluations in the background: one on a nudge, and a sweep for whatever a lost nudge left undone."""

import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

from celery import shared_task
from django.utils import timezone

from accounts.actions import nudge
from accounts.models import Clinic
from accounts.tenancy import in_clinic
from monitoring import actions
from monitoring.models import DryRun, judged_before, unevaluated
from monitoring.rulebook import rulebook_of

BATCH = 200
# Their locks are held, and their records kept in memory, while these are judged together.
AT_ONCE = 50
# A batch of a dry run takes seconds; one that has not moved for so long has no message in the broker.
LOST_AFTER = timedelta(minutes=1)


@shared_task(name="monitoring.evaluate")
def evaluate(clinic_id: str, episode_id: str) -> None:
    """Judge one episode. Safe to run twice, late, or for an episode judged already."""
    actions.evaluate_episode(uuid.UUID(episode_id), clinic_id=uuid.UUID(clinic_id))


@shared_task(name="monitoring.dry_run")
def dry_run(clinic_id: str, run_id: str) -> None:
    """Replay the next episodes of a dry run and ask for those after them. Safe to run twice and at once."""
    if actions.advance_dry_run(uuid.UUID(run_id), clinic_id=uuid.UUID(clinic_id)):
        nudge("monitoring.dry_run", uuid.UUID(clinic_id), uuid.UUID(run_id))


@shared_task(name="monitoring.sweep")
def sweep() -> int:
    """Judge, in batches, every episode that changed or that was last judged on an earlier day.

    Then a batch of each dry run that has lost its message.
    """
    actions.note_sweep("evaluations")
    judged = sum(_sweep_clinic(clinic) for clinic in Clinic.objects.all())
    for clinic in Clinic.objects.all():
        _sweep_dry_runs(clinic)
    return judged


def _sweep_dry_runs(clinic: Clinic) -> None:
    lost = timezone.now() - LOST_AFTER
    with in_clinic(clinic.id):
        runs = DryRun.objects.filter(clinic_id=clinic.id).under_way().not_moved_since(lost)
        left_undone = list(runs.values_list("id", flat=True))
    for run_id in left_undone:
        dry_run(str(clinic.id), str(run_id))


def _sweep_clinic(clinic: Clinic) -> int:
    today = timezone.localdate(timezone=ZoneInfo(clinic.time_zone))
    with in_clinic(clinic.id):
        left_undone = list(unevaluated(clinic.id).values_list("id", flat=True)[:BATCH])
        cut_offs = rulebook_of(clinic.id).cut_offs
        left_undone += judged_before(clinic.id, today, cut_offs).values_list("id", flat=True)[:BATCH]
    due = list(dict.fromkeys(left_undone))
    return sum(
        actions.evaluate_episodes(due[start : start + AT_ONCE], clinic_id=clinic.id)
        for start in range(0, len(due), AT_ONCE)
    )
