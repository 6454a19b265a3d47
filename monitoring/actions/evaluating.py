"""Judging an episode: counted, then done under a lock, then stored in the same transaction."""

import uuid
from dataclasses import asdict
from datetime import date
from zoneinfo import ZoneInfo

import structlog
from django.utils import timezone

from accounts.tenancy import in_clinic
from audit import actions as audit
from clinical.evaluate import evaluate_current
from clinical.overdue import overdue
from clinical.rulebook import load_rulebook
from monitoring.actions.storing import store_flags, store_milestones, store_retests
from monitoring.models import MOST_ATTEMPTS, Evaluation, Heartbeat
from monitoring.record import record_of
from patients.models import Episode

log = structlog.get_logger(__name__)


def evaluate_episode(episode_id: uuid.UUID, *, clinic_id: uuid.UUID) -> bool:
    """Judge one episode and store the findings; True where there was something to judge.

    Twice is once: an episode judged at its present version today is left alone. The try is counted and
    committed before it begins, so that a record which kills its worker is given up after MOST_ATTEMPTS.
    """
    with in_clinic(clinic_id):
        if not _count_attempt(episode_id):
            return False
    try:
        with in_clinic(clinic_id):
            _judge(_lock(episode_id))
    except Exception as error:
        log.exception("evaluation_failed", episode=str(episode_id))
        with in_clinic(clinic_id):
            because = f"{type(error).__name__}: the record could not be judged"
            Evaluation.objects.filter(episode_id=episode_id).update(error=because)
    return True


def _lock(episode_id: uuid.UUID) -> Episode:
    return (
        Episode.objects.select_for_update(of=("self",), no_key=True)
        .select_related("patient", "clinic")
        .get(pk=episode_id)
    )


def _today(episode: Episode) -> date:
    return timezone.localdate(timezone=ZoneInfo(episode.clinic.time_zone))


def _is_judged(episode: Episode, evaluation: Evaluation) -> bool:
    return evaluation.evaluated_version >= episode.record_version and evaluation.evaluated_on == _today(
        episode
    )


def _count_attempt(episode_id: uuid.UUID) -> bool:
    episode = _lock(episode_id)
    evaluation, _ = Evaluation.objects.get_or_create(
        episode=episode, defaults={"clinic_id": episode.clinic_id, "patient_id": episode.patient_id}
    )
    if episode.closed_on is not None or _is_judged(episode, evaluation):
        return False
    if evaluation.attempted_version != episode.record_version:
        evaluation.attempted_version, evaluation.attempts = episode.record_version, 0
    if evaluation.attempts >= MOST_ATTEMPTS:
        return False
    evaluation.attempts += 1
    evaluation.save(update_fields=["attempted_version", "attempts"])
    return True


def _judge(episode: Episode) -> None:
    evaluation = Evaluation.objects.get(episode=episode)
    if _is_judged(episode, evaluation):
        return
    today = _today(episode)
    rulebook = load_rulebook()
    facts = record_of(episode)
    found = evaluate_current(facts, rulebook, today)
    still_open = store_retests(episode, facts, rulebook, today)
    store_flags(episode, (*found.findings, *overdue(still_open, rulebook, today)), found.not_evaluated)
    store_milestones(episode, found.milestones)
    evaluation.evaluated_version = episode.record_version
    evaluation.evaluated_at, evaluation.evaluated_on = timezone.now(), today
    evaluation.rulebook_version = found.rulebook_version
    evaluation.axis_pattern = found.axis_pattern
    evaluation.not_evaluated = [asdict(each) for each in found.not_evaluated]
    evaluation.calculated = {key: str(value) for key, value in found.calculated.items()}
    evaluation.attempts, evaluation.error = 0, ""
    evaluation.save()
    audit.record(
        "monitoring.episode.evaluated",
        by=None,
        clinic_id=episode.clinic_id,
        object_kind="patients.episode",
        object_id=episode.id,
        patient_id=episode.patient_id,
        details={"record_version": episode.record_version, "rulebook_version": found.rulebook_version},
    )


def beat_seen() -> None:
    """Note that the clock is running."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"seen_at": timezone.now()})
