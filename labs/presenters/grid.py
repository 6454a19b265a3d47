"""The rows of the entry grid: what was typed, what it was before, the range, and what speaks against it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from clinical.analytes import Analyte, analyte
from clinical.intervals import Interval, default_interval
from clinical.plausibility import Concern
from clinical.readings import Reading, convert
from labs.actions import Entered, Previous
from labs.kinds import has_fixed_unit
from labs.models import PanelKind

MINUS = "\N{MINUS SIGN}"


class Problem(Protocol):
    """Why a row cannot be read, and the name of the box to mend."""

    @property
    def box(self) -> str: ...

    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit that the analyte is measured in."""

    code: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence that asks for a second look; `meant` is the unit it offers instead, with its label."""

    message: str
    key: str = ""
    meant: str = ""
    meant_label: str = ""
    stops: bool = False


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One analyte of the grid."""

    key: str
    name: str
    value: str
    unit: str
    units: tuple[UnitChoice, ...]
    fixed_unit: str
    proposed: str
    error: str
    error_in_unit: bool
    doubts: tuple[Doubt, ...]
    previous: str
    previous_on: date | None
    change: str
    range: str
    source: str

    @property
    def is_filled(self) -> bool:
        return bool(self.value.strip()) or bool(self.error)

    @property
    def is_stopped(self) -> bool:
        """Whether the row cannot be stored as it stands, whatever is confirmed."""
        return bool(self.error) or any(doubt.stops for doubt in self.doubts)

    @property
    def value_id(self) -> str:
        return f"id_value-{self.key}"


@dataclass(frozen=True, slots=True)
class Background:
    """What the grid compares with: earlier readings, the laboratory's own ranges and its usual units."""

    previous: Mapping[str, Previous]
    own: Mapping[str, Interval]
    proposed: Mapping[str, str]
    who_edition: int


def grid(
    kind: PanelKind,
    keys: Iterable[str],
    *,
    typed: Mapping[str, str],
    problems: Mapping[str, Problem],
    entered: Sequence[Entered],
    doubts: Sequence[Doubt],
    background: Background,
) -> list[EntryRow]:
    """A row for each analyte."""
    readings = {row.reading.analyte: row.reading for row in entered}
    return [
        _row(
            kind,
            analyte(key),
            typed=typed,
            problem=problems.get(key),
            reading=readings.get(key),
            doubts=tuple(doubt for doubt in doubts if doubt.key == key),
            background=background,
        )
        for key in keys
    ]


def _row(
    kind: PanelKind,
    row: Analyte,
    *,
    typed: Mapping[str, str],
    problem: Problem | None,
    reading: Reading | None,
    doubts: tuple[Doubt, ...],
    background: Background,
) -> EntryRow:
    unit = typed.get(f"unit-{row.key}", "")
    before = background.previous.get(row.key)
    interval = background.own.get(row.key) or default_interval(row.key, who_edition=background.who_edition)
    return EntryRow(
        key=row.key,
        name=row.name,
        value=typed.get(f"value-{row.key}", ""),
        unit=unit,
        units=tuple(UnitChoice(each.code, each.label, each.is_called(unit)) for each in row.units),
        fixed_unit=row.units[0].label if has_fixed_unit(kind, row.key) else "",
        proposed=background.proposed.get(row.key, ""),
        error=problem.message if problem else "",
        error_in_unit=problem is not None and problem.box.startswith("unit-"),
        doubts=doubts,
        previous=before.reading.text_with_unit if before else "",
        previous_on=before.collected_on if before else None,
        change=change(before.reading, reading) if before and reading else "",
        range=interval.text if interval else "",
        source=_named(interval, own=row.key in background.own),
    )


def _named(interval: Interval | None, *, own: bool) -> str:
    if interval is None:
        return ""
    return f"{interval.source}, version {interval.version}" if own else f"Default: {interval.source}"


def change(before: Reading, now: Reading) -> str:
    """The difference in today's unit and with no more digits than today; "" where one is censored."""
    if before.censored or now.censored:
        return ""
    difference = now.value - convert(before, now.unit).value
    if before.unit != now.unit:
        difference = round(difference, max(0, -int(now.value.as_tuple().exponent)))
    sign = "+" if difference > 0 else MINUS if difference < 0 else ""
    return f"{sign}{abs(difference):f} {analyte(now.analyte).units_by_code[now.unit].label}"


def doubts_of(concerns: Iterable[Concern], *, stops: bool) -> list[Doubt]:
    """Concerns as the page shows them, each at the first analyte that it names."""
    return [_doubt(concern, stops=stops) for concern in concerns]


def _doubt(concern: Concern, *, stops: bool) -> Doubt:
    key = concern.analytes[0] if concern.analytes else ""
    unit = analyte(key).units_by_code.get(concern.suggested_unit or "") if key else None
    return Doubt(
        message=concern.message,
        key=key,
        meant=unit.code if unit else "",
        meant_label=unit.label if unit else "",
        stops=stops,
    )
