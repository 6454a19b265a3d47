"""The records of episodes as the engine reads them, built in a fixed number of queries, however many."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from clinical import record as clinical
from clinical.intervals import Interval
from clinical.readings import Reading, canonical
from labs.actions import reading_of
from labs.models import Panel, PanelKind, Result, YesNoUnknown
from patients.models import ConcomitantDrug, Condition, Episode, Exposure, Observation
from protocols.models import DoseStep

ANSWERS = {YesNoUnknown.YES: True, YesNoUnknown.NO: False, YesNoUnknown.UNKNOWN: None}
KINDS = {PanelKind.BLOOD: "serum", PanelKind.SEMEN: "semen"}


@dataclass(frozen=True)
class _Known:
    """Everything that is known about one patient, whichever episode is asked about."""

    panels: Sequence[Panel]
    conditions: Sequence[Condition]
    exposures: Sequence[Exposure]
    steps: Sequence[DoseStep]
    observations: Sequence[Observation]
    concomitant: Sequence[ConcomitantDrug]
    episodes: Sequence[Episode]


def record_of(episode: Episode) -> clinical.Record:
    """Everything that rules may read about this episode's patient."""
    return records_of([episode])[episode.id]


def records_of(episodes: Sequence[Episode]) -> dict[UUID, clinical.Record]:
    """The record of each episode by its id; nine queries whatever their number and size."""
    known = _known_of({episode.patient_id for episode in episodes})
    return {episode.id: _record(episode, known[episode.patient_id]) for episode in episodes}


def _known_of(patient_ids: set[UUID]) -> Mapping[UUID, _Known]:
    panels = (
        Panel.objects.current()
        .filter(patient__in=patient_ids)
        .select_related("semen", "laboratory")
        .prefetch_related("results")
    )
    steps = DoseStep.objects.filter(patient__in=patient_ids).select_related("course")
    drugs = ConcomitantDrug.objects.filter(patient__in=patient_ids, stopped_on=None).order_by("name")
    rows = [
        _by_patient(each)
        for each in (
            panels,
            Condition.objects.filter(patient__in=patient_ids),
            Exposure.objects.filter(patient__in=patient_ids),
            steps,
            Observation.objects.filter(patient__in=patient_ids),
            drugs,
            Episode.objects.filter(patient__in=patient_ids),
        )
    ]
    return {patient_id: _Known(*(each[patient_id] for each in rows)) for patient_id in patient_ids}


def _by_patient(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _record(episode: Episode, known: _Known) -> clinical.Record:
    panels, conditions = known.panels, known.conditions
    return clinical.Record(
        id=str(episode.id),
        birth_date=episode.patient.date_of_birth,
        fertility_goal=episode.wants_fertility,
        periods=_periods(known),
        exposures=tuple(
            clinical.Exposure(each.formulation, each.last_dose_on, each.started_on)
            for each in known.exposures
        ),
        baseline=_baseline(panel for panel in panels if panel.before_testosterone),
        samples=tuple(_sample(panel) for panel in panels if not panel.before_testosterone),
        doses=tuple(map(_dose, known.steps)),
        observations=_observations(known.observations),
        concomitant=tuple(each.name for each in known.concomitant),
        history=tuple(condition.kind for condition in conditions if condition.since_on is None),
        diagnoses=tuple((each.kind, each.since_on) for each in conditions if each.since_on is not None),
    )


def _observations(rows: Sequence[Observation]) -> tuple[clinical.Observation, ...]:
    """What was noted, and for each such day that he was seen: a symptom not noted again is then over."""
    seen: list[date] = sorted({row.observed_on for row in rows})
    return (*map(_observation, rows), *(clinical.Observation(on=day, kind="visit") for day in seen))


def _observation(row: Observation) -> clinical.Observation:
    kind, _, symptom = row.kind.partition(":")
    value: Any = symptom or (row.value if row.value is not None else True)
    return clinical.Observation(on=row.observed_on, kind=kind, value=value, id=str(row.id))


def _periods(known: _Known) -> tuple[clinical.TestosteronePeriod, ...]:
    starts = sorted(each.started_on for each in known.exposures if each.started_on is not None)
    stops = [each.effective_stop_on for each in known.episodes]
    return tuple(
        clinical.TestosteronePeriod(
            effective_stop=stop, restarted_on=next((start for start in starts if stop and start > stop), None)
        )
        for stop in stops
    )


def _baseline(panels: Iterable[Panel]) -> dict[str, Decimal]:
    """The latest value of each analyte from before testosterone; a censored one is no baseline."""
    values: dict[str, Decimal] = {}
    for panel in sorted(panels, key=lambda each: each.collected_at):
        for result in panel.results.all():
            reading = reading_of(result)
            if not reading.censored:
                values[result.analyte] = canonical(reading).value
    return values


def _sample(panel: Panel) -> clinical.Sample:
    semen = getattr(panel, "semen", None)
    return clinical.Sample(
        id=str(panel.id),
        collected_on=panel.collected_on,
        kind=KINDS[PanelKind(panel.kind)],
        collected_at=panel.collected_at.astimezone(ZoneInfo(panel.collected_zone)),
        fasting=ANSWERS[YesNoUnknown(panel.fasting)],
        acutely_ill=ANSWERS[YesNoUnknown(panel.acutely_ill)],
        abstinence_days=semen.abstinence_days if semen else None,
        complete=ANSWERS[YesNoUnknown(semen.collection_complete)] if semen else None,
        minutes_to_analysis=semen.minutes_to_analysis if semen else None,
        sperm_seen=semen.sperm_seen if semen else None,
        who_edition=semen.who_edition if semen else None,
        laboratory=panel.laboratory.name,
        results={result.analyte: _result(result) for result in panel.results.all()},
    )


def _result(result: Result) -> clinical.Result:
    return clinical.Result(
        id=str(result.id),
        reading=canonical(reading_of(result)),
        interval=_own_interval(result),
        method=result.method or None,
    )


def _own_interval(result: Result) -> Interval | None:
    """The laboratory's own interval in the canonical unit; for the rest, rules choose their default."""
    if not result.interval_is_laboratorys:
        return None

    def limit(value: Decimal | None) -> Decimal | None:
        if value is None:
            return None
        return canonical(Reading(result.analyte, value, result.interval_unit)).value

    return Interval(
        id=result.interval_id,
        version=result.interval_version,
        analyte=result.analyte,
        low=limit(result.interval_low),
        high=limit(result.interval_high),
        unit=result.canonical_unit,
        method=result.method or None,
        population="as reported by the laboratory",
        source=result.interval_source,
        mark="laboratory",
        effective_on=result.panel.collected_on,
    )


def _dose(step: DoseStep) -> clinical.Dose:
    return clinical.Dose(
        id=str(step.id),
        drug=step.course.drug,
        weekly=step.weekly_amount,
        unit=step.weekly_unit,
        starts_on=step.starts_on,
        ends_on=step.ends_on,
        mode=step.mode or None,  # type: ignore[arg-type]
        course_id=str(step.course_id),
    )
