"""Recording a panel, and amending one by a new version."""

import uuid
from collections.abc import Collection as Several
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.actions import KeyUsed, Overtaken
from accounts.models import Person
from clinical.plausibility import Concern, ConcernKind
from labs.actions.drafts import discard_draft
from labs.actions.entries import (
    Collection,
    Doubts,
    Entered,
    EntryRefused,
    doubts_about,
    previous_readings,
    with_statement,
)
from labs.actions.semen import SemenDetails
from labs.actions.storing import new_panel, note, store
from labs.models import Laboratory, Panel, PanelKind, SpermSeen
from patients.models import Patient

NOTHING_ENTERED = Concern(
    ConcernKind.HARD, "Results: found nothing. Accepted: at least one value with its unit."
)


class AlreadyRecorded(Exception):
    """The same patient, moment and analyte stand already; asked, not doubled."""

    def __init__(self, panel: Panel) -> None:
        super().__init__("A sample of this moment is already recorded, or this form was stored before.")
        self.panel = panel


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
    confirmed: bool | Several[str] = False,
    repeat_confirmed: bool = False,
) -> Panel:
    """Store a final panel: as reported, beside its canonical value and the interval in force, frozen.

    The same entry with the same `entry_key` again returns the panel already stored. Raises EntryRefused
    where a value is impossible or an unlikely one is not `confirmed` (True for all, or the very sentences
    that somebody read), AlreadyRecorded where the key was used for another entry of this patient, or where
    the moment and an analyte stand already and `repeat_confirmed` is not set, and KeyUsed where the key was
    used for another patient. Wakes the evaluation of the patient's open episode.
    """
    _queue_at(patient)
    entered = with_statement(entered, semen)
    stored = _stored(patient, entry_key=entry_key, collection=collection, entered=entered)
    if stored is not None:
        return stored
    asks = _accepted(patient, collection=collection, entered=entered, semen=semen, confirmed=confirmed)
    if not repeat_confirmed:
        _refuse_repeat(patient, collection=collection, entered=entered)
    panel = new_panel(
        patient, by=by, laboratory=laboratory, kind=kind, collection=collection, entry_key=entry_key
    )
    store(panel, entered=entered, semen=semen, asks=asks)
    note("labs.panel.recorded", panel, by=by, results=len(entered))
    discard_draft(patient, kind=kind, by=by)
    return panel


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
    confirmed: bool | Several[str] = False,
) -> Panel:
    """Replace a panel by a new version with a reason; the old one stays readable.

    Raises Overtaken where `read_version` is no longer the current one, EntryRefused as `record_panel`, and
    KeyUsed where `entry_key` stands for another entry.
    The new version needs review and release anew.
    """
    _queue_at(panel.patient)
    entered = with_statement(entered, semen)
    try:
        stored = _stored(panel.patient, entry_key=entry_key, collection=collection, entered=entered)
    except AlreadyRecorded:
        raise KeyUsed from None
    if stored is not None:
        return stored
    old = Panel.objects.select_for_update(of=("self",)).select_related("patient").get(pk=panel.pk)
    if old.superseded_at is not None or old.version != read_version:
        raise Overtaken(old)
    # Before anything is compared: an amended value must not count as its own predecessor.
    old.superseded_at = timezone.now()
    old.save(update_fields=["superseded_at"])
    asks = _accepted(old.patient, collection=collection, entered=entered, semen=semen, confirmed=confirmed)
    new = new_panel(
        old.patient,
        by=by,
        laboratory=laboratory,
        kind=PanelKind(old.kind),
        collection=collection,
        entry_key=entry_key,
    )
    new.supersedes, new.version, new.amendment_reason = old, old.version + 1, reason
    store(new, entered=entered, semen=semen, asks=asks)
    note("labs.panel.amended", new, by=by, supersedes=str(old.id))
    return new


def _queue_at(patient: Patient) -> None:
    """Two clicks at once wait for each other here, so that the second one finds what the first stored."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


def _stored(
    patient: Patient, *, entry_key: uuid.UUID, collection: Collection, entered: Sequence[Entered]
) -> Panel | None:
    """The panel that this very entry became.

    Raises AlreadyRecorded where the key stands for another of this patient, which may be shown, and KeyUsed
    where it stands for somebody else's, of which nothing may be told.
    """
    panel: Panel | None = Panel.objects.filter(clinic_id=patient.clinic_id, entry_key=entry_key).first()
    if panel is None:
        return None
    if panel.patient_id != patient.id:
        raise KeyUsed
    then = set(panel.results.values_list("analyte", "reported_text", "reported_unit"))
    now = {(row.reading.analyte, row.text, row.reading.unit) for row in entered}
    if then != now or panel.collected_at != collection.collected_at:
        raise AlreadyRecorded(panel)
    return panel


def _accepted(
    patient: Patient,
    *,
    collection: Collection,
    entered: Sequence[Entered],
    semen: SemenDetails | None,
    confirmed: bool | Several[str],
) -> tuple[Concern, ...]:
    """The unlikely things that were confirmed; raises EntryRefused for what is impossible or was not."""
    says_something = entered or (semen and semen.sperm_seen != SpermSeen.COUNTED)
    if not says_something:
        raise EntryRefused(Doubts(stops=(NOTHING_ENTERED,)))
    previous = previous_readings(patient, before=collection.collected_at)
    doubts = doubts_about(entered, collected_on=collection.collected_on, previous=previous, semen=semen)
    if doubts.stops or _unconfirmed(doubts.asks, confirmed):
        raise EntryRefused(doubts)
    return doubts.asks


def _unconfirmed(asks: Sequence[Concern], confirmed: bool | Several[str]) -> list[Concern]:
    if isinstance(confirmed, bool):
        return [] if confirmed else list(asks)
    return [ask for ask in asks if ask.message not in confirmed]


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
