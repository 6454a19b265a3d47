"""Recording, amending, reviewing and releasing panels."""

import uuid
from collections.abc import Sequence
from typing import Any

from clinical.plausibility import Concern
from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from audit import actions as audit
from clinical import intervals
from clinical.readings import canonical
from labs.actions.drafts import discard_draft
from labs.actions.entries import (
    OWN_MARK,
    Collection,
    Doubts,
    Entered,
    EntryRefused,
    SemenDetails,
    doubts_about,
    intervals_in_force,
    previous_readings,
)
from labs.models import Laboratory, Panel, PanelKind, Place, Result, SemenAnalysis
from patients.actions import mark_changed
from patients.models import Episode, Patient


class AlreadyRecorded(Exception):
    """The same patient, moment and analyte stand already; asked, not doubled."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(f"A {panel.get_kind_display().lower()} panel of this moment is already recorded.")
        self.panel = panel


class Overtaken(Exception):
    """Somebody else changed the panel since it was read."""

    def __init__(self, panel: Panel) -> None:
        super().__init__("This panel was amended by somebody else in the meantime.")
        self.panel = panel


def _result(
    panel: Panel, entered: Entered, *, interval: intervals.Interval | None, confirmed: list[str]
) -> Result:
    placement = intervals.place(entered.reading, interval)
    in_canonical = canonical(entered.reading)
    frozen: dict[str, Any] = {}
    if interval is not None:
        frozen = {
            "interval_id": interval.id,
            "interval_version": interval.version,
            "interval_low": interval.low,
            "interval_high": interval.high,
            "interval_unit": interval.unit,
            "interval_source": interval.source,
            "interval_is_laboratorys": interval.mark == OWN_MARK,
            "method": interval.method or "",
        }
    return Result(
        clinic_id=panel.clinic_id,
        panel=panel,
        analyte=entered.reading.analyte,
        reported_text=entered.text,
        reported_unit=entered.reading.unit,
        comparator=entered.reading.comparator.value,
        value=entered.reading.value,
        canonical_value=round(in_canonical.value, 10),
        canonical_unit=in_canonical.unit,
        place=placement.place.value if interval is not None else Place.NO_INTERVAL,
        place_reason=placement.reason or "",
        confirmed=confirmed,
        **frozen,
    )


def _store(
    panel: Panel, *, entered: Sequence[Entered], semen: SemenDetails | None, asks: Sequence[Concern]
) -> None:
    own = intervals_in_force(panel.laboratory)
    edition = semen.who_edition if semen else intervals.CURRENT_WHO_EDITION
    panel.save(force_insert=True)
    results = []
    for row in entered:
        key = row.reading.analyte
        interval = own.get(key) or intervals.default_interval(key, who_edition=edition)
        confirmed = [ask.message for ask in asks if ask.analyte in {key, None}]
        results.append(_result(panel, row, interval=interval, confirmed=confirmed))
    Result.objects.bulk_create(results)
    if semen is not None:
        SemenAnalysis.objects.create(
            clinic_id=panel.clinic_id,
            panel=panel,
            sperm_seen=semen.sperm_seen,
            abstinence_days=semen.abstinence_days,
            collection_complete=semen.collection_complete,
            minutes_to_analysis=semen.minutes_to_analysis,
            who_edition=semen.who_edition,
        )


def _panel(
    patient: Patient,
    *,
    by: Person,
    laboratory: Laboratory,
    kind: PanelKind,
    collection: Collection,
    entry_key: uuid.UUID,
) -> Panel:
    episode = Episode.objects.open().filter(patient=patient).first()
    if episode is not None:
        mark_changed(episode)
    return Panel(
        clinic_id=patient.clinic_id,
        patient=patient,
        laboratory=laboratory,
        kind=kind,
        collected_at=collection.collected_at,
        collected_zone=collection.zone,
        collected_on=collection.collected_on,
        fasting=collection.fasting,
        acutely_ill=collection.acutely_ill,
        before_testosterone=collection.before_testosterone,
        note=collection.note,
        entry_key=entry_key,
        finalised_by=by,
        record_version=episode.record_version if episode else 0,
    )


def _note(action: str, panel: Panel, *, by: Person, **details: Any) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=panel.clinic_id,
        object_kind="labs.panel",
        object_id=panel.id,
        patient_id=panel.patient_id,
        details={"version": panel.version, **details},
    )


def _refuse_doubtful(doubts: Doubts, *, confirmed: bool) -> None:
    if doubts.stops or (doubts.asks and not confirmed):
        raise EntryRefused(doubts)


@transaction.atomic
def record_panel(
    patient: Patient,
    *,
    by: Person,
    laboratory: Laboratory,
    kind: PanelKind,
    collection: Collection,
    entered: Sequence[Entered],
    entry_key: uuid.UUID,
    semen: SemenDetails | None = None,
    confirmed: bool = False,
    repeat_confirmed: bool = False,
) -> Panel:
    """Store a final panel: as reported, beside its canonical value and the interval in force, frozen.

    The same `entry_key` again returns the panel already stored. Raises EntryRefused where a value is
    impossible or an unlikely one is not `confirmed`, AlreadyRecorded where the moment and an analyte stand
    already and `repeat_confirmed` is not set. Wakes the evaluation of the patient's open episode.
    """
    stored = Panel.objects.filter(clinic_id=patient.clinic_id, entry_key=entry_key).first()
    if stored is not None:
        return stored
    previous = previous_readings(patient, before=collection.collected_at)
    doubts = doubts_about(entered, collected_on=collection.collected_on, previous=previous)
    _refuse_doubtful(doubts, confirmed=confirmed)
    if not repeat_confirmed:
        _refuse_repeat(patient, collection=collection, entered=entered)
    panel = _panel(
        patient, by=by, laboratory=laboratory, kind=kind, collection=collection, entry_key=entry_key
    )
    _store(panel, entered=entered, semen=semen, asks=doubts.asks)
    _note("labs.panel.recorded", panel, by=by, results=len(entered))
    discard_draft(patient, kind=kind, by=by)
    return panel


def _refuse_repeat(patient: Patient, *, collection: Collection, entered: Sequence[Entered]) -> None:
    standing = Panel.objects.current().filter(
        clinic_id=patient.clinic_id,
        patient=patient,
        collected_at=collection.collected_at,
        results__analyte__in=[row.reading.analyte for row in entered],
    )
    twin = standing.first()
    if twin is not None:
        raise AlreadyRecorded(twin)


@transaction.atomic
def amend_panel(
    panel: Panel,
    *,
    by: Person,
    reason: str,
    read_version: int,
    laboratory: Laboratory,
    collection: Collection,
    entered: Sequence[Entered],
    entry_key: uuid.UUID,
    semen: SemenDetails | None = None,
    confirmed: bool = False,
) -> Panel:
    """Replace a panel by a new version with a reason; the old one stays readable.

    Raises Overtaken where `read_version` is no longer the current one, EntryRefused as `record_panel`.
    The new version needs review and release anew.
    """
    stored = Panel.objects.filter(clinic_id=panel.clinic_id, entry_key=entry_key).first()
    if stored is not None:
        return stored
    old = Panel.objects.select_for_update(of=("self",)).select_related("patient").get(pk=panel.pk)
    if old.superseded_at is not None or old.version != read_version:
        raise Overtaken(old)
    previous = previous_readings(old.patient, before=collection.collected_at)
    doubts = doubts_about(entered, collected_on=collection.collected_on, previous=previous)
    _refuse_doubtful(doubts, confirmed=confirmed)
    old.superseded_at = timezone.now()
    old.save(update_fields=["superseded_at"])
    new = _panel(
        old.patient,
        by=by,
        laboratory=laboratory,
        kind=PanelKind(old.kind),
        collection=collection,
        entry_key=entry_key,
    )
    new.supersedes, new.version, new.amendment_reason = old, old.version + 1, reason
    _store(new, entered=entered, semen=semen, asks=doubts.asks)
    _note("labs.panel.amended", new, by=by, supersedes=str(old.id))
    return new


@transaction.atomic
def review_panel(panel: Panel, *, by: Person, comment: str = "") -> Panel:
    """Say that a clinician has read this panel. Reviewing twice keeps the first review."""
    changed = Panel.objects.filter(pk=panel.pk, reviewed_at=None).update(
        reviewed_at=timezone.now(), reviewed_by=by, review_comment=comment
    )
    if changed:
        _note("labs.panel.reviewed", panel, by=by)
    panel.refresh_from_db()
    return panel


@transaction.atomic
def release_panel(panel: Panel, *, by: Person, comment: str = "") -> Panel:
    """Let the patient see this panel, with the clinician's comment. Releasing twice keeps the first."""
    changed = Panel.objects.filter(pk=panel.pk, released_at=None, superseded_at=None).update(
        released_at=timezone.now(), released_by=by, release_comment=comment
    )
    if changed:
        _note("labs.panel.released", panel, by=by)
    panel.refresh_from_db()
    return panel
