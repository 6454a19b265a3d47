"""What the record holds of one episode for one reader: every query of a story is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Prefetch

from accounts.models import Person, Role
from clinical.evaluate import evaluate_current
from clinical.findings import MilestoneReached
from labs.models import Panel, Result
from monitoring.models import Flag, FlagChange, Milestone, Retest
from monitoring.record import record_of
from monitoring.rulebook import rulebook_of
from patients.models import Episode, Exposure, Note
from protocols.models import DoseStep


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows of one episode that one reader may see; panels and steps oldest first."""

    episode: Episode
    is_patient: bool
    today: date
    exposures: Sequence[Exposure]
    panels: Sequence[Panel]
    steps: Sequence[DoseStep]
    milestones: Sequence[Milestone]
    flags: Sequence[Flag]
    retests: Sequence[Retest]
    notes: Sequence[Note]


def gather(episode: Episode, user: Person, *, today: date) -> Gathered:
    """Everything a story tells. A patient gets released panels and what follows from those alone."""
    is_patient = user.standing is not None and user.standing.role == Role.PATIENT
    panels = _panels(episode, user)
    milestones = list(
        Milestone.objects.visible_to(user).filter(episode=episode).order_by("reached_on", "key")
    )
    if is_patient:
        milestones = _borne_out(milestones, episode, panels, today)
    return Gathered(
        episode=episode,
        is_patient=is_patient,
        today=today,
        exposures=list(
            Exposure.objects.visible_to(user)
            .filter(patient_id=episode.patient_id)
            .order_by("started_on", "id")
        ),
        panels=panels,
        steps=list(
            DoseStep.objects.visible_to(user)
            .filter(course__episode=episode)
            .select_related("course", "ordered_by")
            .order_by("starts_on", "ordered_at", "id")
        ),
        milestones=milestones,
        flags=[] if is_patient else _flags(episode, user),
        retests=list(
            Retest.objects.visible_to(user)
            .filter(episode=episode, withdrawn_at=None)
            .select_related("waived_by")
            .order_by("target_on", "id")
        ),
        notes=[] if is_patient else _notes(episode, user),
    )


def _panels(episode: Episode, user: Person) -> list[Panel]:
    """Current panels of this attempt: after the one before was closed, up to the day this one is closed."""
    closed_before = (
        Episode.objects.visible_to(user)
        .filter(patient_id=episode.patient_id, closed_on__isnull=False, opened_at__lt=episode.opened_at)
        .order_by("-closed_on")
        .values_list("closed_on", flat=True)
        .first()
    )
    found = (
        Panel.objects.visible_to(user)
        .current()
        .filter(patient_id=episode.patient_id)
        .select_related("laboratory", "semen", "finalised_by", "reviewed_by", "released_by")
        .prefetch_related(Prefetch("results", Result.objects.visible_to(user).order_by("analyte")))
        .order_by("collected_at", "id")
    )
    return [
        panel
        for panel in found
        if panel.before_testosterone
        or (
            (closed_before is None or panel.collected_on > closed_before)
            and (episode.closed_on is None or panel.collected_on <= episode.closed_on)
        )
    ]


def _flags(episode: Episode, user: Person) -> list[Flag]:
    changes = FlagChange.objects.visible_to(user).select_related("by").order_by("at", "id")
    return list(
        Flag.objects.visible_to(user)
        .filter(episode=episode)
        .prefetch_related(Prefetch("changes", changes))
        .order_by("first_seen_at", "id")
    )


def _notes(episode: Episode, user: Person) -> list[Note]:
    """Who signed a note during this attempt and when; what it says is not fetched."""
    signed = Note.objects.visible_to(user).signed().filter(patient_id=episode.patient_id)
    during = signed.filter(signed_at__gte=episode.opened_at)
    if episode.closed_on is not None:
        during = during.filter(signed_at__date__lte=episode.closed_on)
    return list(during.select_related("signed_by").defer("text", "html"))


def _borne_out(
    milestones: Sequence[Milestone], episode: Episode, panels: Sequence[Panel], today: date
) -> list[Milestone]:
    """Milestones of the whole record that the released panels alone bear out, on the same day.

    A date that compares a released with an unreleased draw would tell of the unreleased one, so the engine
    is asked again with the released draws only, and what both agree on is shown.
    """
    released = {str(panel.id) for panel in panels}
    facts = record_of(episode)
    seen = replace(
        facts,
        samples=tuple(sample for sample in facts.samples if sample.id in released),
        baseline=facts.baseline if any(panel.before_testosterone for panel in panels) else {},
    )
    found = evaluate_current(seen, rulebook_of(episode.clinic_id).book, today)
    reached = {each.key: each for each in found.milestones}
    return [row for row in milestones if _agrees(row, reached.get(row.key))]


def _agrees(row: Milestone, found: MilestoneReached | None) -> bool:
    if found is None or found.reached_on != row.reached_on:
        return False
    return found.sustained_on == row.sustained_on and found.lost_on == row.lost_on
