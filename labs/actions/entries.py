"""What somebody enters, what it is compared with, and what speaks against storing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from clinical import intervals
from clinical.analytes import analyte
from clinical.plausibility import Concern, ConcernKind, check_plausible, cross_check, delta_check
from clinical.readings import Comparator, Reading
from labs.actions.semen import CONCENTRATION, SemenDetails, doubts_about_semen
from labs.models import Laboratory, LaboratoryInterval, Panel, Result, SpermSeen, YesNoUnknown
from patients.models import Patient

OWN_MARK = "laboratory"
# Enough to have met every analyte that a laboratory reports often; a rare one is asked for its unit again.
PANELS_FOR_UNITS = 50


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


def previous_readings(
    patient: Patient, *, before: datetime, without: Panel | None = None
) -> dict[str, Previous]:
    """The latest current reading of each analyte collected before a moment, in one query.

    `without` leaves out a panel that is being amended: it is not its own predecessor.
    """
    earlier = Result.objects.current().filter(
        panel__patient=patient, clinic_id=patient.clinic_id, panel__collected_at__lt=before
    )
    rows = (
        (earlier.exclude(panel=without) if without else earlier)
        .order_by("analyte", "-panel__collected_at")
        .distinct("analyte")
        .select_related("panel")
    )
    return {row.analyte: Previous(reading_of(row), row.panel.collected_on, row.reported_unit) for row in rows}


def with_statement(entered: Sequence[Entered], semen: SemenDetails | None) -> tuple[Entered, ...]:
    """What is stored of an entry: "none seen" is the laboratory's statement of a concentration of 0.

    Written out as a result, so that flowsheets, charts and rules read an azoospermia like any other count.
    """
    counted = any(row.reading.analyte == CONCENTRATION for row in entered)
    if semen is None or semen.sperm_seen != SpermSeen.NONE or counted:
        return tuple(entered)
    unit = analyte(CONCENTRATION).canonical_unit
    return (*entered, Entered(Reading(CONCENTRATION, Decimal(0), unit), "0", unit))


def doubts_about(
    entered: Sequence[Entered],
    *,
    collected_on: date,
    previous: Mapping[str, Previous],
    semen: SemenDetails | None = None,
) -> Doubts:
    """Everything that plausibility, cross-field and delta checks say of an entry."""
    concerns: list[Concern] = []
    for row in entered:
        concerns += check_plausible(row.reading)
        before = previous.get(row.reading.analyte)
        if before is not None:
            days = (collected_on - before.collected_on).days
            delta = delta_check(before.reading, row.reading, days)
            concerns += [delta] if delta else []
    readings = {row.reading.analyte: row.reading for row in entered}
    concerns += cross_check(readings)
    concerns += doubts_about_semen(readings, semen) if semen else []
    return Doubts(
        stops=tuple(each for each in concerns if each.kind is ConcernKind.HARD),
        asks=tuple(each for each in concerns if each.kind is not ConcernKind.HARD),
    )


def units_of(laboratory: Laboratory) -> dict[str, str]:
    """The unit in which this laboratory last reported each analyte; absent where it never did."""
    recent = (
        Panel.objects.filter(clinic_id=laboratory.clinic_id, laboratory=laboratory)
        .order_by("-finalised_at")
        .values("id")[:PANELS_FOR_UNITS]
    )
    rows = (
        Result.objects.filter(panel__in=recent)
        .order_by("analyte", "-panel__finalised_at")
        .distinct("analyte")
        .values_list("analyte", "reported_unit")
    )
    return dict(rows)


def plain(limit: Decimal | None) -> Decimal | None:
    """A limit without the zeros that the database adds: 1.7 and not 1.700000."""
    if limit is None:
        return None
    return Decimal(f"{limit.normalize():f}")


def intervals_in_force(laboratory: Laboratory) -> dict[str, intervals.Interval]:
    """The laboratory's own intervals as they are today, by analyte."""
    rows = LaboratoryInterval.objects.in_force(laboratory)
    return {
        row.analyte: intervals.Interval(
            id=str(row.id),
            version=str(row.version),
            analyte=row.analyte,
            low=plain(row.low),
            high=plain(row.high),
            unit=row.unit,
            method=row.method or None,
            population="as reported by the laboratory",
            source=f"{laboratory.name}: {row.source}",
            mark=OWN_MARK,
            effective_on=row.effective_on,
        )
        for row in rows
    }
