"""What somebody enters, what it is compared with, and what speaks against storing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from clinical.plausibility import Concern, check_plausible, cross_check, delta_check

from clinical import intervals
from clinical.readings import Comparator, Reading
from labs.models import Laboratory, LaboratoryInterval, Result, SpermSeen, YesNoUnknown
from patients.models import Patient

OWN_MARK = "laboratory"


@dataclass(frozen=True, slots=True)
class Entered:
    """One analyte as somebody entered it: the reading, and the text and unit exactly as typed."""

    reading: Reading
    text: str
    unit_text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """When and how a specimen was collected: the instant, and the zone in which its clock was read."""

    collected_at: datetime
    zone: str
    fasting: YesNoUnknown = YesNoUnknown.UNKNOWN
    acutely_ill: YesNoUnknown = YesNoUnknown.UNKNOWN
    before_testosterone: bool = False
    note: str = ""

    @property
    def collected_on(self) -> date:
        return self.collected_at.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True)
class SemenDetails:
    """What a semen analysis says beside its numbers."""

    sperm_seen: SpermSeen
    abstinence_days: Decimal | None = None
    collection_complete: YesNoUnknown = YesNoUnknown.UNKNOWN
    minutes_to_analysis: int | None = None
    who_edition: int = 6


@dataclass(frozen=True, slots=True)
class Doubts:
    """What speaks against storing what was entered: `stops` cannot be confirmed away, `asks` can."""

    stops: tuple[Concern, ...] = ()
    asks: tuple[Concern, ...] = ()


class EntryRefused(Exception):
    """The entry was not stored: something in it is impossible, or nobody has confirmed what is unlikely."""

    def __init__(self, doubts: Doubts) -> None:
        super().__init__(" ".join(concern.message for concern in (*doubts.stops, *doubts.asks)))
        self.doubts = doubts


@dataclass(frozen=True, slots=True)
class Previous:
    """The last reading of an analyte before the panel being entered."""

    reading: Reading
    collected_on: date
    unit_text: str


def reading_of(result: Result) -> Reading:
    """The reading as the laboratory gave it."""
    digits = Decimal(result.reported_text.lstrip("<>= "))
    return Reading(result.analyte, digits, result.reported_unit, Comparator(result.comparator))


def previous_readings(patient: Patient, *, before: datetime) -> dict[str, Previous]:
    """The latest current reading of each analyte collected before a moment, in one query."""
    rows = (
        Result.objects.current()
        .filter(panel__patient=patient, clinic_id=patient.clinic_id, panel__collected_at__lt=before)
        .order_by("analyte", "-panel__collected_at")
        .distinct("analyte")
        .select_related("panel")
    )
    return {row.analyte: Previous(reading_of(row), row.panel.collected_on, row.reported_unit) for row in rows}


def doubts_about(
    entered: Sequence[Entered], *, collected_on: date, previous: Mapping[str, Previous]
) -> Doubts:
    """Everything that plausibility, cross-field and delta checks say of an entry (CLINICAL 1.5)."""
    concerns: list[Concern] = []
    for row in entered:
        concerns += check_plausible(row.reading)
        before = previous.get(row.reading.analyte)
        if before is not None:
            days = (collected_on - before.collected_on).days
            delta = delta_check(before.reading, row.reading, days)
            concerns += [delta] if delta else []
    concerns += cross_check({row.reading.analyte: row.reading for row in entered})
    return Doubts(
        stops=tuple(each for each in concerns if each.kind == "hard"),
        asks=tuple(each for each in concerns if each.kind != "hard"),
    )


def intervals_in_force(laboratory: Laboratory) -> dict[str, intervals.Interval]:
    rows = LaboratoryInterval.objects.in_force(laboratory)
    return {
        row.analyte: intervals.Interval(
            id=str(row.id),
            version=str(row.version),
            analyte=row.analyte,
            low=row.low,
            high=row.high,
            unit=row.unit,
            method=row.method or None,
            population="as reported by the laboratory",
            source=f"{laboratory.name}: {row.source}",
            mark=OWN_MARK,
            effective_on=row.effective_on,
        )
        for row in rows
    }
