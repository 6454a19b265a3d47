"""Writing a panel with its results: as reported, converted, and placed in the interval of that day."""

import uuid
from collections.abc import Sequence
from typing import Any

from accounts.models import Person
from audit import actions as audit
from clinical import intervals
from clinical.plausibility import Concern
from clinical.readings import canonical
from labs.actions.entries import OWN_MARK, Collection, Entered, intervals_in_force
from labs.actions.semen import SemenDetails
from labs.models import Laboratory, Panel, PanelKind, Place, Result, SemenAnalysis
from patients.actions import mark_changed
from patients.models import Episode, Patient


def note(action: str, panel: Panel, *, by: Person, **details: Any) -> None:
    """One row of the audit record about a panel."""
    audit.record(
        action,
        by=by,
        clinic_id=panel.clinic_id,
        object_kind="labs.panel",
        object_id=panel.id,
        patient_id=panel.patient_id,
        details={"version": panel.version, **details},
    )


def new_panel(
    patient: Patient,
    *,
    by: Person,
    laboratory: Laboratory,
    kind: PanelKind,
    collection: Collection,
    entry_key: uuid.UUID,
) -> Panel:
    """A panel not yet saved; the patient's open episode is marked changed, so that it is judged anew."""
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


def store(
    panel: Panel, *, entered: Sequence[Entered], semen: SemenDetails | None, asks: Sequence[Concern]
) -> None:
    """Save the panel and its results; the laboratory's own interval wins over the default."""
    own = intervals_in_force(panel.laboratory)
    edition = semen.who_edition if semen else intervals.CURRENT_WHO_EDITION
    keys = {row.reading.analyte for row in entered}
    panel.save(force_insert=True)
    results = []
    for row in entered:
        key = row.reading.analyte
        interval = own.get(key) or intervals.default_interval(key, who_edition=edition)
        results.append(_result(panel, row, interval=interval, confirmed=_confirmed(key, keys, asks)))
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


def _confirmed(key: str, keys: set[str], asks: Sequence[Concern]) -> list[str]:
    """The sentences confirmed about a result; one about none of the results stands with every one."""
    return [ask.message for ask in asks if key in ask.analytes or keys.isdisjoint(ask.analytes)]


def _result(
    panel: Panel, entered: Entered, *, interval: intervals.Interval | None, confirmed: list[str]
) -> Result:
    placement = intervals.place(entered.reading, interval)
    in_canonical = canonical(entered.reading)
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
        **(_frozen(interval) if interval is not None else {}),
    )


def _frozen(interval: intervals.Interval) -> dict[str, Any]:
    return {
        "interval_id": interval.id,
        "interval_version": interval.version,
        "interval_low": interval.low,
        "interval_high": interval.high,
        "interval_unit": interval.unit,
        "interval_text": interval.text,
        "interval_source": interval.source,
        "interval_is_laboratorys": interval.mark == OWN_MARK,
        "method": interval.method or "",
    }
