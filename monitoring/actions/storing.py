"""Storing what the rules found in several episodes at once: flags by life cycle, retests, milestones.

The number of statements does not grow with the number of episodes.
"""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

from django.utils import timezone

from accounts.models import Person
from clinical import findings, record, retests
from clinical.overdue import overdue
from clinical.rulebook import Rulebook
from monitoring.models import Flag, FlagChange, FlagState, Milestone, Retest, Severity
from patients.models import Episode

# Milestones are rows of their own; as flags they would only be noise beside them.
MILESTONE_RULE = "R98"
WORST_FIRST = [Severity.CRITICAL, Severity.WARNING, Severity.INFO]


@dataclass(frozen=True)
class Judged:
    """An episode with its record and what the rules say of it on `today`."""

    episode: Episode
    facts: record.Record
    found: findings.Evaluation
    today: date


def store(judged: Sequence[Judged], rulebook: Rulebook) -> None:
    """Keep what was found. Every episode must be locked by the caller."""
    waiting = _store_retests(judged, rulebook)
    late = {one.episode.id: overdue(waiting[one.episode.id], rulebook, one.today) for one in judged}
    _store_flags(judged, late)
    _store_milestones(judged)


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


@dataclass
class _Flags:
    """What is to be written about flags, gathered over all episodes."""

    fresh: list[Flag] = field(default_factory=list)
    touched: list[Flag] = field(default_factory=list)
    changes: list[FlagChange] = field(default_factory=list)

    def write(self) -> None:
        Flag.objects.bulk_create(self.fresh)
        Flag.objects.bulk_update(self.touched, FLAG_FIELDS)
        FlagChange.objects.bulk_create(self.changes)


FLAG_FIELDS = [
    *("rule_version", "severity", "title", "message", "suggestion", "source", "threshold", "nearest"),
    *("numbers", "missing", "stale", "basis", "count", "version", "last_seen_at"),
    *("state", "acknowledged_at", "acknowledged_by", "ended_at"),
]


def _store_flags(judged: Sequence[Judged], late: Mapping[uuid.UUID, Sequence[findings.Finding]]) -> None:
    """Open, repeat or end flags so that those standing are what was found; one life for each cause."""
    standing: dict[uuid.UUID, dict[str, Flag]] = defaultdict(dict)
    episodes = [one.episode for one in judged]
    for flag in Flag.objects.standing().filter(episode__in=episodes).order_by("id").select_for_update():
        standing[flag.episode_id][flag.cause] = flag
    flags = _Flags()
    for one in judged:
        found = [each for each in one.found.findings if each.rule_id != MILESTONE_RULE]
        _change_flags(one, (*found, *late[one.episode.id]), standing[one.episode.id], flags)
    flags.write()


def _change_flags(
    one: Judged, found: Iterable[findings.Finding], standing: dict[str, Flag], flags: _Flags
) -> None:
    unjudged, firing = {each.rule_id for each in one.found.not_evaluated}, set()
    for finding in found:
        firing.add(finding.rule_id)
        cause = finding.cause or finding.rule_id
        flag = standing.pop(cause, None)
        if flag is None:
            flag = _new_flag(one.episode, cause, finding)
            flags.fresh.append(flag)
            flags.changes.append(change_of(flag, "opened"))
        elif what := _repeat_flag(flag, finding):
            flags.touched.append(flag)
            flags.changes.append(change_of(flag, what))
    for flag in standing.values():
        # What could not be judged is not over: its flag stands until the rule can say so.
        if flag.rule_id not in unjudged:
            flags.touched.append(flag)
            flags.changes.append(change_of(flag, _end_flag(flag, is_replaced=flag.rule_id in firing)))


def change_of(flag: Flag, what: str, *, by: Person | None = None, comment: str = "") -> FlagChange:
    return FlagChange(
        clinic_id=flag.clinic_id, flag=flag, what=what, by=by, comment=comment, version=flag.version
    )


def _new_flag(episode: Episode, cause: str, finding: findings.Finding) -> Flag:
    now = timezone.now()
    flag = Flag(
        clinic_id=episode.clinic_id,
        patient_id=episode.patient_id,
        episode=episode,
        rule_id=finding.rule_id,
        cause=cause,
        first_seen_at=now,
        last_seen_at=now,
    )
    _say(flag, finding)
    return flag


def _repeat_flag(flag: Flag, finding: findings.Finding) -> str:
    """What happened to the flag, empty where the same numbers said the same."""
    if flag.basis == _basis(finding):
        return ""
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
    return "opened again: worse" if reopens else "seen again"


def _end_flag(flag: Flag, *, is_replaced: bool) -> str:
    flag.state = FlagState.SUPERSEDED if is_replaced else FlagState.RESOLVED
    flag.ended_at = timezone.now()
    flag.version += 1
    return "superseded" if is_replaced else "resolved"


RETEST_FIELDS = [
    *("analytes", "earliest_on", "target_on", "latest_on", "anchor_kind", "anchor_on", "reason", "source"),
    *("rule_version", "satisfied_by", "satisfied_on", "withdrawn_at"),
]


def _store_retests(
    judged: Sequence[Judged], rulebook: Rulebook
) -> dict[uuid.UUID, list[retests.RetestWindow]]:
    """Move each window with its anchor, close what a sample satisfied, withdraw what no rule asks for now.

    Returns the windows that are still open, by episode.
    """
    kept: dict[uuid.UUID, dict[str, Retest]] = defaultdict(dict)
    episodes = [one.episode for one in judged]
    for retest in Retest.objects.filter(episode__in=episodes).order_by("id").select_for_update():
        kept[retest.episode_id][retest.key] = retest
    still_open: dict[uuid.UUID, list[retests.RetestWindow]] = {}
    fresh: list[Retest] = []
    moved: list[Retest] = []
    for one in judged:
        known = kept[one.episode.id]
        still_open[one.episode.id] = waiting = []
        for window in retests.plan_retests(one.facts, rulebook, one.today):
            is_known = window.key in known
            retest = known.pop(window.key) if is_known else _new_retest(one.episode, window)
            if _move_retest(retest, window, one.facts.samples):
                (moved if is_known else fresh).append(retest)
            if retest.satisfied_by is None and retest.waived_at is None:
                waiting.append(window)
    gone = [retest.pk for known in kept.values() for retest in known.values() if retest.withdrawn_at is None]
    Retest.objects.bulk_create(fresh)
    Retest.objects.bulk_update(moved, RETEST_FIELDS)
    Retest.objects.filter(pk__in=gone).update(withdrawn_at=timezone.now())
    return still_open


def _new_retest(episode: Episode, window: retests.RetestWindow) -> Retest:
    return Retest(clinic_id=episode.clinic_id, patient_id=episode.patient_id, episode=episode, key=window.key)


def _move_retest(retest: Retest, window: retests.RetestWindow, samples: Sequence[record.Sample]) -> bool:
    """Give the retest what the window says; True where that changed anything."""
    sample = next((each for each in samples if retests.satisfied_by(window, each)), None)
    says = {
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
    changed = any(getattr(retest, name) != value for name, value in says.items())
    for name, value in says.items():
        setattr(retest, name, value)
    return changed


def _store_milestones(judged: Sequence[Judged]) -> None:
    """Keep one row for each milestone reached; one whose draw was amended away goes."""
    reached = {(one.episode.id, each.key) for one in judged for each in one.found.milestones}
    known = Milestone.objects.filter(episode__in=[one.episode for one in judged])
    gone = [pk for pk, *named in known.values_list("pk", "episode", "key") if tuple(named) not in reached]
    Milestone.objects.filter(pk__in=gone).delete()
    Milestone.objects.bulk_create(
        (
            Milestone(
                clinic_id=one.episode.clinic_id,
                patient_id=one.episode.patient_id,
                episode=one.episode,
                key=each.key,
                title=each.title,
                reached_on=each.reached_on,
                sustained_on=each.sustained_on,
                lost_on=each.lost_on,
                note=each.note,
            )
            for one in judged
            for each in one.found.milestones
        ),
        update_conflicts=True,
        unique_fields=["clinic", "episode", "key"],
        update_fields=["title", "reached_on", "sustained_on", "lost_on", "note"],
    )
