"""Reference intervals and where a reading lies in one: below, within, above, or unknown and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from clinical.analytes import ANALYTES, analyte
from clinical.datafile import RULES_DIR, Header, Mark, RulebookError, read_datafile, typed
from clinical.readings import Comparator, Reading, UnknownUnit, convert

CURRENT_WHO_EDITION = 6


@dataclass(frozen=True, slots=True)
class Interval:
    """Limits for an analyte in a unit (UCUM code); a limit counts as within unless it is marked open."""

    id: str
    version: str
    analyte: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    method: str | None
    population: str
    source: str
    mark: str
    effective_on: date
    low_open: bool = False
    high_open: bool = False
    age_from: int | None = None
    age_to: int | None = None
    who_edition: int | None = None

    @property
    def text(self) -> str:
        """The limits as printed: "1.7 to 8.6 IU/L", "up to 4.0 ng/mL", "below 1.0 million/mL"."""
        label = analyte(self.analyte).units_by_code[self.unit].label
        low = f"{'above ' if self.low_open else ''}{self.low:f}" if self.low is not None else None
        high = f"{'below ' if self.high_open else ''}{self.high:f}" if self.high is not None else None
        if low is not None and high is not None:
            return f"{low} to {high} {label}"
        if high is not None:
            return f"{high if self.high_open else f'up to {high}'} {label}"
        return f"{low if self.low_open else f'{low} or more'} {label}"


class Place(StrEnum):
    """Where a reading lies in an interval."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Placement:
    """A place, the interval that gave it, and for UNKNOWN the reason."""

    place: Place
    interval: Interval | None
    reason: str | None = None


def _clears_low(value: Decimal, interval: Interval) -> bool:
    low = interval.low
    return low is None or value > low or (value == low and not interval.low_open)


def _clears_high(value: Decimal, interval: Interval) -> bool:
    high = interval.high
    return high is None or value < high or (value == high and not interval.high_open)


def _place_below(value: Decimal, interval: Interval, *, attained: bool) -> Place:
    """Where everything below a number lies; `attained` says whether the number itself may be the truth."""
    low, high = interval.low, interval.high
    if low is not None and (value < low or (value == low and (interval.low_open or not attained))):
        return Place.BELOW
    never_negative = not analyte(interval.analyte).signed
    bounded_by_zero = low is None or (low <= 0 and not interval.low_open and never_negative)
    under_high = high is None or value < high or (value == high and not (attained and interval.high_open))
    return Place.WITHIN if bounded_by_zero and under_high else Place.UNKNOWN


def _place_above(value: Decimal, interval: Interval, *, attained: bool) -> Place:
    """Where everything above a number lies; `attained` says whether the number itself may be the truth."""
    low, high = interval.low, interval.high
    if high is not None and (value > high or (value == high and (interval.high_open or not attained))):
        return Place.ABOVE
    over_low = low is None or value > low or (value == low and not (attained and interval.low_open))
    return Place.WITHIN if high is None and over_low else Place.UNKNOWN


def _place_value(reading: Reading, interval: Interval) -> Place:
    match reading.comparator:
        case Comparator.BELOW | Comparator.AT_MOST as comparator:
            return _place_below(reading.value, interval, attained=comparator is Comparator.AT_MOST)
        case Comparator.ABOVE | Comparator.AT_LEAST as comparator:
            return _place_above(reading.value, interval, attained=comparator is Comparator.AT_LEAST)
        case Comparator.EQUAL if not _clears_low(reading.value, interval):
            return Place.BELOW
        case Comparator.EQUAL if not _clears_high(reading.value, interval):
            return Place.ABOVE
    return Place.WITHIN


def place(reading: Reading, interval: Interval | None) -> Placement:
    """Places a reading of a known analyte; a censored one that a limit may cut through is UNKNOWN."""
    if interval is None:
        return Placement(Place.UNKNOWN, None, "There is no reference interval for this analyte and method.")
    if interval.analyte != reading.analyte:
        reason = f"The interval is for {interval.analyte}, the reading for {reading.analyte}."
        return Placement(Place.UNKNOWN, interval, reason)
    if interval.low is None and interval.high is None:
        return Placement(Place.UNKNOWN, interval, "The interval has no limits.")
    try:
        found = _place_value(convert(reading, interval.unit), interval)
    except UnknownUnit as problem:
        return Placement(Place.UNKNOWN, interval, str(problem))
    if found is Place.UNKNOWN:
        reason = f"{reading.text_with_unit} may lie on either side of a limit of {interval.text}."
        return Placement(found, interval, reason)
    return Placement(found, interval)


@dataclass(frozen=True)
class IntervalTable:
    """The default intervals of one version of the file, in its order: the first that fits is the default."""

    header: Header
    rows: tuple[Interval, ...]

    def of(self, key: str) -> tuple[Interval, ...]:
        """All intervals of an analyte, the default of each method first."""
        return tuple(row for row in self.rows if row.analyte == key)

    def default(
        self,
        key: str,
        method: str | None = None,
        who_edition: int = CURRENT_WHO_EDITION,
        *,
        age: int | None = None,
    ) -> Interval | None:
        """The interval by method, WHO edition and age in years; None where no interval is comparable."""
        of_edition = (row for row in self.of(key) if row.who_edition in (None, who_edition))
        fitting = [row for row in of_edition if _is_of_age(row, age)]
        of_method = [row for row in fitting if row.method == method]
        return _first(of_method) or _first(row for row in fitting if row.method is None)


def _is_of_age(row: Interval, age: int | None) -> bool:
    if age is None:
        return row.age_from is None
    return (row.age_from is None or row.age_from <= age) and (row.age_to is None or age <= row.age_to)


def _first(rows: Iterable[Interval]) -> Interval | None:
    return next(iter(rows), None)


def _check(path: Path, row: Interval) -> None:
    if row.analyte not in ANALYTES:
        raise RulebookError(f"{path.name}: {row.id}: there is no analyte {row.analyte}.")
    if row.unit not in ANALYTES[row.analyte].units_by_code:
        raise RulebookError(f"{path.name}: {row.id}: {row.analyte} is not measured in {row.unit}.")
    if row.low is None and row.high is None:
        raise RulebookError(f"{path.name}: {row.id}: an interval has at least one limit.")
    if row.low is not None and row.high is not None and row.low >= row.high:
        raise RulebookError(f"{path.name}: {row.id}: the lower limit is not below the upper one.")
    if row.mark not in list(Mark):
        raise RulebookError(f"{path.name}: {row.id}: there is no mark {row.mark}.")


def load_intervals(path: Path = RULES_DIR / "intervals.yaml") -> IntervalTable:
    """Reads the intervals file; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    rows = typed(path, tuple[Interval, ...], content.get("intervals"))
    for row in rows:
        _check(path, row)
    if len({row.id for row in rows}) != len(rows):
        raise RulebookError(f"{path.name}: an id stands twice.")
    return IntervalTable(header, rows)


INTERVALS = load_intervals()


def default_interval(
    key: str,
    method: str | None = None,
    who_edition: int = CURRENT_WHO_EDITION,
    *,
    age: int | None = None,
) -> Interval | None:
    """The shipped default for an analyte; a laboratory's own interval always wins over it."""
    return INTERVALS.default(key, method, who_edition, age=age)
