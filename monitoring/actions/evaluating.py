"""Judging episodes: counted, then done under a lock, then stored in the same transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from zoneinfo import ZoneInfo

import structlog
from django.utils import timezone

from accounts.tenancy import in_clinic
from audit import actions as audit
from clinical.evaluate import evaluate_current
from monitoring.actions.storing import Judged, store
from monitoring.models import MOST_ATTEMPTS, Evaluation
from monitoring.record import records_of
from monitoring.rulebook import ClinicRulebook, rulebook_of
from patients.models import Episode

log = structlog.get_logger(__name__)


def evaluate_episode(episode_id: uuid.UUID, *, clinic_id: uuid.UUID) -> bool:
    """Judge one episode and store the findings; True where there was something to judge.

    Twice is once: an episode judged at its present version today is left alone. The try is counted and
    committed before it begins, so that a record which kills its worker is given up after MOST_ATTEMPTS.
    """
    with in_clinic(clinic_id):
        # Whoever holds it judges it, or changes it and wakes us again: waiting would only spend a try.
        counted = _count_attempts(_due(_locked([episode_id], leave_held=True), rulebook_of(clinic_id)))
    for each in counted:
        _try_alone(each, clinic_id)
    return bool(counted)


def evaluate_episodes(episode_ids: Sequence[uuid.UUID], *, clinic_id: uuid.UUID) -> int:
    """Judge episodes of one clinic, in as many statements as one; returns how many there were to judge.

    Each try is counted as in `evaluate_episode`. Where the whole cannot be stored, each is judged alone, so
    one broken record does not hold up the others; one that was tried before is judged alone from the start,
    so a record that kills its worker takes no other with it twice. Episodes that another worker holds are
    left to it.
    """
    with in_clinic(clinic_id):
        due = _due(_locked(episode_ids, leave_held=True), rulebook_of(clinic_id))
        together = _count_attempts([each for each in due if each.attempts == 0])
    if together:
        try:
            with in_clinic(clinic_id):
                _judge(_locked(together), rulebook_of(clinic_id))
        except Exception:
            log.exception("batch_failed", episodes=len(together))
            for each in together:
                _try_alone(each, clinic_id)
    tried_before = [each.episode_id for each in due if each.episode_id not in set(together)]
    return len(together) + sum(evaluate_episode(each, clinic_id=clinic_id) for each in tried_before)


def _try_alone(episode_id: uuid.UUID, clinic_id: uuid.UUID) -> None:
    """Judge an episode whose try is counted already; a failure is written down and raises nothing."""
    try:
        with in_clinic(clinic_id):
            _judge(_locked([episode_id]), rulebook_of(clinic_id))
    except Exception as error:
        log.exception("evaluation_failed", episode=str(episode_id))
        with in_clinic(clinic_id):
            because = f"{type(error).__name__}: the record could not be judged"
            Evaluation.objects.filter(episode_id=episode_id).update(error=because)


def _locked(episode_ids: Sequence[uuid.UUID], *, leave_held: bool = False) -> list[Episode]:
    """The open episodes, locked in the order of their ids so that two workers never wait for each other."""
    return list(
        Episode.objects.filter(pk__in=episode_ids, closed_on=None)
        .select_for_update(of=("self",), no_key=True, skip_locked=leave_held)
        .select_related("patient", "clinic")
        .order_by("id")
    )


def _today(episode: Episode) -> date:
    return timezone.localdate(timezone=ZoneInfo(episode.clinic.time_zone))


def _is_judged(episode: Episode, evaluation: Evaluation, own: ClinicRulebook) -> bool:
    is_of_today = evaluation.evaluated_on == _today(episode) and evaluation.cut_offs >= own.cut_offs
    return is_of_today and evaluation.evaluated_version >= episode.record_version


def _evaluations(episodes: Sequence[Episode]) -> dict[uuid.UUID, Evaluation]:
    found = Evaluation.objects.filter(episode__in=episodes)
    return {evaluation.episode_id: evaluation for evaluation in found}


def _due(episodes: Sequence[Episode], own: ClinicRulebook) -> list[Evaluation]:
    """The evaluations of those that are to be judged and have tries left; made where there is none yet."""
    kept = _evaluations(episodes)
    fresh = [
        Evaluation(clinic_id=each.clinic_id, patient_id=each.patient_id, episode=each)
        for each in episodes
        if each.id not in kept
    ]
    Evaluation.objects.bulk_create(fresh)
    kept |= {evaluation.episode_id: evaluation for evaluation in fresh}
    due = []
    for episode in episodes:
        evaluation = kept[episode.id]
        if evaluation.attempted_version != episode.record_version:
            evaluation.attempted_version, evaluation.attempts = episode.record_version, 0
        if not _is_judged(episode, evaluation, own) and evaluation.attempts < MOST_ATTEMPTS:
            due.append(evaluation)
    return due


def _count_attempts(due: Sequence[Evaluation]) -> list[uuid.UUID]:
    """Count a try of each; returns their episodes."""
    for evaluation in due:
        evaluation.attempts += 1
    Evaluation.objects.bulk_update(due, ["attempted_version", "attempts"])
    return [evaluation.episode_id for evaluation in due]


def _judge(episodes: Sequence[Episode], own: ClinicRulebook) -> None:
    """Judge what is not judged yet and store it in the caller's transaction."""
    kept = _evaluations(episodes)
    due = [episode for episode in episodes if not _is_judged(episode, kept[episode.id], own)]
    facts = records_of(due)
    judged = []
    for episode in due:
        today = _today(episode)
        found = evaluate_current(facts[episode.id], own.book, today)
        judged.append(Judged(episode, facts[episode.id], found, today))
    store(judged, own.book)
    for one in judged:
        _note_judged(kept[one.episode.id], one, own)
    Evaluation.objects.bulk_update((kept[one.episode.id] for one in judged), JUDGED_FIELDS)
    audit.record_each("monitoring.episode.evaluated", by=None, deeds=map(_deed, judged))


JUDGED_FIELDS = [
    *("evaluated_version", "evaluated_at", "evaluated_on", "rulebook_version", "cut_offs"),
    *("axis_pattern", "not_evaluated", "calculated", "attempts", "error"),
]


def _note_judged(evaluation: Evaluation, one: Judged, own: ClinicRulebook) -> None:
    found = one.found
    evaluation.evaluated_version = one.episode.record_version
    evaluation.evaluated_at, evaluation.evaluated_on = timezone.now(), one.today
    evaluation.rulebook_version, evaluation.cut_offs = found.rulebook_version, own.cut_offs
    evaluation.axis_pattern = found.axis_pattern
    evaluation.not_evaluated = [asdict(each) for each in found.not_evaluated]
    evaluation.calculated = {key: str(value) for key, value in found.calculated.items()}
    evaluation.attempts, evaluation.error = 0, ""


def _deed(one: Judged) -> audit.Deed:
    episode = one.episode
    versions = {
        "record_version": episode.record_version,
        "rulebook_version": one.found.rulebook_version,
    }
    return audit.Deed(episode.clinic_id, "patients.episode", episode.id, episode.patient_id, versions)
