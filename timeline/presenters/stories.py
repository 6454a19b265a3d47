"""Puts the story together from what was gathered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import F
from django.utils import timezone

from accounts.models import Person
from clinical.exposure import FORMULATIONS
from monitoring.models import Milestone, Retest
from patients.models import Episode, Exposure, Goal, Patient
from timeline.presenters.dosing import bars_of
from timeline.presenters.gathering import Gathered, gather
from timeline.presenters.measured import series_of, table_of
from timeline.presenters.telling import entries_of, names_of, state_word
from timeline.story import Entry, Kind, MilestoneMark, Story, Testosterone, Window

# The effective stop has its own place on every page, and a sustained testosterone is the end of M3's line.
TOLD_ELSEWHERE = {"M0", "M3s"}


def story_of(episode: Episode, user: Person, *, today: date | None = None) -> Story:
    """The story of an episode as this user may see it; the same number of queries whatever its length.

    A patient's holds released panels, his doses, the milestones those panels bear out and his retest
    windows, and neither flags nor reasons. `today` is the clinic's day unless given.
    """
    found = gather(episode, user, today=today or timezone.localdate())
    exposures = _exposures(episode, found.exposures)
    return Story(
        episode_id=str(episode.id),
        patient_id=str(episode.patient_id),
        today=found.today,
        last_dose_on=episode.last_dose_on,
        effective_stop_on=episode.effective_stop_on,
        restarted_on=_restart(episode, exposures),
        goal=str(Goal(episode.goal).label),
        testosterone=tuple(map(_testosterone, exposures)),
        series=series_of(found.panels),
        doses=bars_of(found.steps, with_reasons=not found.is_patient),
        milestones=tuple(
            _mark(row, row.reached_on)
            for row in found.milestones
            if row.reached_on and row.key not in TOLD_ELSEWHERE
        ),
        windows=_windows(found),
        entries=entries_of(found),
        table=table_of(found.panels),
    )


def episode_of(patient: Patient, user: Person) -> Episode | None:
    """The attempt that pages tell of: the open one, else the one begun last; None before the first."""
    attempts = Episode.objects.visible_to(user).filter(patient=patient)
    return attempts.order_by(F("closed_on").desc(nulls_first=True), "-opened_at", "id").first()


def filtered(story: Story, kinds: Collection[str]) -> tuple[Entry, ...]:
    """The entries of the kinds asked for; all of them where none is. Unknown kinds are ignored."""
    wanted = {kind for kind in Kind if kind.value in kinds}
    return tuple(entry for entry in story.entries if not wanted or entry.kind in wanted)


def _exposures(episode: Episode, exposures: Sequence[Exposure]) -> list[Exposure]:
    """The course that this attempt follows, and any begun since."""
    stop = episode.effective_stop_on
    return [
        row
        for row in exposures
        if row.id == episode.exposure_id or (stop and row.started_on and row.started_on > stop)
    ]


def _restart(episode: Episode, exposures: Sequence[Exposure]) -> date | None:
    starts = [row.started_on for row in exposures if row.id != episode.exposure_id and row.started_on]
    return min(starts, default=None)


def _testosterone(exposure: Exposure) -> Testosterone:
    known = FORMULATIONS.get(exposure.formulation)
    name = known.name if known else exposure.formulation
    return Testosterone(name, exposure.dose, exposure.started_on, exposure.last_dose_on)


def _mark(row: Milestone, reached_on: date) -> MilestoneMark:
    return MilestoneMark(row.key, row.title, reached_on, row.sustained_on, row.lost_on, row.note)


def _windows(found: Gathered) -> tuple[Window, ...]:
    """The retests that wait, soonest first."""
    return tuple(
        _window(row, found) for row in found.retests if row.satisfied_by is None and row.waived_at is None
    )


def _window(row: Retest, found: Gathered) -> Window:
    return Window(
        retest_id=str(row.id),
        analytes=tuple(row.analytes),
        names=names_of(row.analytes),
        earliest_on=row.earliest_on,
        target_on=row.target_on,
        latest_on=row.latest_on,
        state=state_word(row, found.today),
        reason="" if found.is_patient else row.reason,
    )
