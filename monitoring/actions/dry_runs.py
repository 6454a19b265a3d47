"""Dry runs: asked for by a clinician, replayed by a worker in batches, each counted before it is tried."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.actions import nudge
from accounts.models import Person
from accounts.tenancy import in_clinic
from audit import actions as audit
from clinical.dry_run import WEEKS_AHEAD, Change, Difference, Kind, Raised, difference, drafted
from clinical.rulebook import Rulebook
from monitoring.models import MOST_ATTEMPTS, DryRun
from monitoring.record import records_of
from monitoring.rulebook import rulebook_of
from patients.models import Episode

log = structlog.get_logger(__name__)

DRY_RUN = "monitoring.dry_run"
# A history takes longer than a day: their records are kept in memory while these are replayed.
AT_ONCE = 25
# The records with the most differences, and so many flags of each, are kept by name.
LARGEST, FLAGS_OF_EACH = 20, 12


@transaction.atomic
def ask_for_dry_run(*, title: str, changes: Sequence[Change], by: Person) -> DryRun:
    """Have a draft replayed over the clinic's history. Nothing that stands is changed by it.

    Raises RulebookError where a change cannot be made, and ValueError where there is none.
    """
    if not changes:
        raise ValueError("A draft changes at least one thing.")
    drafted(rulebook_of(by.acting.clinic_id).book, changes)
    run = DryRun.objects.create(
        clinic_id=by.acting.clinic_id,
        title=title.strip(),
        changes=[asdict(change) for change in changes],
        asked_by=by,
    )
    _note("monitoring.dry_run.requested", run, by=by)
    nudge(DRY_RUN, run.clinic_id, run.id)
    return run


@transaction.atomic
def retry_dry_run(run: DryRun, *, by: Person) -> None:
    """Give a dry run its tries back and wake a worker for it."""
    DryRun.objects.filter(pk=run.pk, finished_at=None).update(attempts=0, error="")
    _note("monitoring.dry_run.retried", run, by=by)
    nudge(DRY_RUN, run.clinic_id, run.id)


def _note(action: str, run: DryRun, *, by: Person) -> None:
    audit.record(action, by=by, clinic_id=run.clinic_id, object_kind="monitoring.dryrun", object_id=run.id)


def advance_dry_run(run_id: uuid.UUID, *, clinic_id: uuid.UUID) -> bool:
    """Replay the next episodes; True where more are left for another call.

    Twice at once is once: the batch is found and stored under one lock. The try is counted and committed
    before it begins, so a record that kills its worker stops the run after MOST_ATTEMPTS, visibly.
    """
    with in_clinic(clinic_id):
        run = _held(run_id)
        if run is None:
            return False
        run.attempts += 1
        run.moved_at = timezone.now()
        run.save(update_fields=["attempts", "moved_at"])
    try:
        with in_clinic(clinic_id):
            again = _held(run_id, counted=True)
            return again is not None and _replay_next(again)
    except Exception as error:
        log.exception("dry_run_failed", dry_run=str(run_id))
        with in_clinic(clinic_id):
            because = f"{type(error).__name__}: the next records could not be replayed"
            DryRun.objects.filter(pk=run_id).update(error=because)
        return run.attempts < MOST_ATTEMPTS


def _held(run_id: uuid.UUID, *, counted: bool = False) -> DryRun | None:
    """The run, locked; None where it is over or another worker holds it."""
    runs = DryRun.objects.filter(pk=run_id, finished_at=None)
    if not counted:
        runs = runs.filter(attempts__lt=MOST_ATTEMPTS)
    return runs.select_for_update(of=("self",), skip_locked=True).select_related("clinic").first()


def _replay_next(run: DryRun) -> bool:
    own = rulebook_of(run.clinic_id)
    rulebook, draft = own.book, drafted(own.book, changes_of(run))
    # Also where the clinic has set a cut-off meanwhile: all records are compared with one and the same.
    compared_with = f"{rulebook.digest[:48]}-{own.cut_offs}"
    if run.rulebook_digest != compared_with:
        _begin(run, rulebook, compared_with)
    today = timezone.localdate(timezone=ZoneInfo(run.clinic.time_zone))
    left = Episode.objects.filter(clinic_id=run.clinic_id).order_by("id")
    if run.last_episode is not None:
        left = left.filter(id__gt=run.last_episode)
    batch = list(left.select_related("patient")[:AT_ONCE])
    _add(run, _differences(batch, rulebook, draft, today))
    run.done += len(batch)
    run.last_episode = batch[-1].id if batch else run.last_episode
    run.attempts, run.error = 0, ""
    if len(batch) < AT_ONCE:
        run.finished_at = timezone.now()
        # What was opened since the run began was replayed, too.
        run.episodes = run.done
    run.save()
    return run.finished_at is None


def _begin(run: DryRun, rulebook: Rulebook, compared_with: str) -> None:
    run.rulebook_version, run.rulebook_digest = rulebook.version, compared_with
    run.episodes = Episode.objects.filter(clinic_id=run.clinic_id).count()
    run.done, run.last_episode = 0, None
    run.found = {
        "gained": 0,
        "lost": 0,
        "touched": 0,
        "by_rule": {},
        "retests": [[0, 0] for _ in range(WEEKS_AHEAD)],
        "largest": [],
    }


def changes_of(run: DryRun) -> list[Change]:
    """The changes as they were asked for."""
    return [Change(Kind(each["kind"]), each["name"], each["value"]) for each in run.changes]


def _differences(
    episodes: Sequence[Episode], rulebook: Rulebook, draft: Rulebook, today: date
) -> list[tuple[Episode, Difference]]:
    records = records_of(episodes)
    return [(each, difference(records[each.id], rulebook, draft, today)) for each in episodes]


def _add(run: DryRun, differences: Iterable[tuple[Episode, Difference]]) -> None:
    found = run.found
    for episode, one in differences:
        found["gained"] += len(one.gained)
        found["lost"] += len(one.lost)
        found["touched"] += one.touches
        for flags, column in ((one.gained, 0), (one.lost, 1)):
            for flag in flags:
                found["by_rule"].setdefault(flag.rule_id, [0, 0])[column] += 1
        for weeks, column in ((one.retests_now, 0), (one.retests_then, 1)):
            for week, number in weeks.items():
                found["retests"][week][column] += number
        if one.size:
            found["largest"].append(_row(episode, one))
    found["largest"] = sorted(found["largest"], key=lambda row: (-row["size"], row["episode"]))[:LARGEST]


def _row(episode: Episode, one: Difference) -> dict[str, Any]:
    return {
        "size": one.size,
        "episode": str(episode.id),
        "patient": str(episode.patient_id),
        "gained": [_flag(each) for each in one.gained[:FLAGS_OF_EACH]],
        "lost": [_flag(each) for each in one.lost[:FLAGS_OF_EACH]],
    }


def _flag(flag: Raised) -> list[str]:
    return [flag.on.isoformat(), flag.rule_id, flag.severity]
