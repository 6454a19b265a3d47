"""Storing what the rules found: flags by life cycle, retest windows, milestones."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from django.utils import timezone

from accounts.models import Person
from clinical import findings, record, retests
from clinical.rulebook import Rulebook
from monitoring.models import Flag, FlagChange, FlagState, Milestone, Retest, Severity
from patients.models import Episode

# Milestones are rows of their own; as flags they would only be noise beside them.
MILESTONE_RULE = "R98"
WORST_FIRST = [Severity.CRITICAL, Severity.WARNING, Severity.INFO]


def _basis(finding: findings.Finding) -> str:
    numbers = [[each.analyte, each.text, each.result_id] for each in finding.numbers]
    text = json.dumps([finding.severity.value, finding.on.isoformat(), numbers], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _say(flag: Flag, finding: findings.Finding) -> None:
    flag.rule_version = finding.rule_version
    flag.severity = Severity(finding.severity.value)
    flag.title, flag.message, flag.suggestion = finding.title, finding.message, finding.suggestion
    flag.source, flag.threshold, flag.nearest = finding.source, finding.threshold, finding.nearest or ""
    flag.numbers = [
        {**asdict(each), "collected_on": each.collected_on.isoformat() if each.collected_on else None}
        for each in finding.numbers
    ]
    flag.missing, flag.stale = list(finding.missing), list(finding.stale)
    flag.basis = _basis(finding)


def store_flags(
    episode: Episode, found: Sequence[findings.Finding], not_evaluated: Sequence[findings.NotEvaluated]
) -> None:
    """Open, repeat or end flags so that those standing are what was found; one life for each cause."""
    standing = {
        flag.cause: flag for flag in Flag.objects.standing().filter(episode=episode).select_for_update()
    }
    changes: list[FlagChange] = []
    for finding in found:
        if finding.rule_id == MILESTONE_RULE:
            continue
        cause = finding.cause or finding.rule_id
        flag = standing.pop(cause, None)
        change = _open_flag(episode, cause, finding) if flag is None else _repeat_flag(flag, finding)
        changes += [change] if change else []
    unjudged = {each.rule_id for each in not_evaluated}
    firing = {finding.rule_id for finding in found}
    for flag in standing.values():
        # What could not be judged is not over: its flag stands until the rule can say so.
        if flag.rule_id not in unjudged:
            changes.append(_end_flag(flag, is_replaced=flag.rule_id in firing))
    FlagChange.objects.bulk_create(changes)


def change_of(flag: Flag, what: str, *, by: Person | None = None, comment: str = "") -> FlagChange:
    return FlagChange(clinic_id=flag.clinic_id, flag=flag, what=what, by=by, comment=comment)


def _open_flag(episode: Episode, cause: str, finding: findings.Finding) -> FlagChange:
    flag = Flag(
        clinic_id=episode.clinic_id, patient_id=episode.patient_id, episode=episode, rule_id=finding.rule_id
    )
    flag.cause = cause
    _say(flag, finding)
    flag.save(force_insert=True)
    return change_of(flag, "opened")


def _repeat_flag(flag: Flag, finding: findings.Finding) -> FlagChange | None:
    if flag.basis == _basis(finding):
        return None
    is_worse = WORST_FIRST.index(Severity(finding.severity.value)) < WORST_FIRST.index(
        Severity(flag.severity)
    )
    _say(flag, finding)
    flag.count += 1
    flag.version += 1
    flag.last_seen_at = timezone.now()
    reopens = is_worse and flag.state == FlagState.ACKNOWLEDGED
    if reopens:
        flag.state, flag.acknowledged_at, flag.acknowledged_by = FlagState.OPEN, None, None
    flag.save()
    return change_of(flag, "opened again: worse" if reopens else "seen again")


def _end_flag(flag: Flag, *, is_replaced: bool) -> FlagChange:
    flag.state = FlagState.SUPERSEDED if is_replaced else FlagState.RESOLVED
    flag.ended_at = timezone.now()
    flag.version += 1
    flag.save(update_fields=["state", "ended_at", "version"])
    return change_of(flag, "superseded" if is_replaced else "resolved")


def store_retests(
    episode: Episode, facts: record.Record, rulebook: Rulebook, today: date
) -> list[retests.RetestWindow]:
    """Move each window with its anchor, close what a sample satisfied, withdraw what no rule asks for now.

    Returns the windows that are still open.
    """
    still_open = []
    kept = {retest.key: retest for retest in Retest.objects.filter(episode=episode).select_for_update()}
    for window in retests.plan_retests(facts, rulebook, today):
        retest = kept.pop(window.key, None) or Retest(
            clinic_id=episode.clinic_id, patient_id=episode.patient_id, episode=episode, key=window.key
        )
        _move_retest(retest, window, facts.samples)
        if retest.satisfied_by is None and retest.waived_at is None:
            still_open.append(window)
    gone = [retest.pk for retest in kept.values() if retest.withdrawn_at is None]
    Retest.objects.filter(pk__in=gone).update(withdrawn_at=timezone.now())
    return still_open


def _move_retest(retest: Retest, window: retests.RetestWindow, samples: Sequence[record.Sample]) -> None:
    sample = next((each for each in samples if retests.satisfied_by(window, each)), None)
    fresh = {
        "analytes": list(window.analytes),
        "earliest_on": window.earliest,
        "target_on": window.target,
        "latest_on": window.latest,
        "anchor_kind": window.anchor.kind,
        "anchor_on": window.anchor.on,
        "reason": window.reason,
        "source": window.source,
        "rule_version": window.version,
        "satisfied_by": uuid.UUID(sample.id) if sample else None,
        "satisfied_on": sample.collected_on if sample else None,
        "withdrawn_at": None,
    }
    if any(getattr(retest, name) != value for name, value in fresh.items()):
        for name, value in fresh.items():
            setattr(retest, name, value)
        retest.save()


def store_milestones(episode: Episode, reached: Sequence[findings.MilestoneReached]) -> None:
    """Keep one row for each milestone reached; one whose draw was amended away goes."""
    Milestone.objects.filter(episode=episode).exclude(key__in=[each.key for each in reached]).delete()
    Milestone.objects.bulk_create(
        (
            Milestone(
                clinic_id=episode.clinic_id,
                patient_id=episode.patient_id,
                episode=episode,
                key=each.key,
                title=each.title,
                reached_on=each.reached_on,
                sustained_on=each.sustained_on,
                lost_on=each.lost_on,
                note=each.note,
            )
            for each in reached
        ),
        update_conflicts=True,
        unique_fields=["clinic", "episode", "key"],
        update_fields=["title", "reached_on", "sustained_on", "lost_on", "note"],
    )
