"""Results as points of a series and as cells of a table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from clinical.analytes import ANALYTES, analyte
from clinical.readings import Reading, convert
from labs.actions import reading_of
from labs.models import Panel, PanelKind, Result, SpermSeen
from timeline.charts.spec import DRAWN
from timeline.story import Point, Row, Series, Shown, Table

SAID_BY_LETTERS = {"LH", "FSH", "SHBG"}
ORDER = {key: place for place, key in enumerate(ANALYTES)}


def name_of(key: str) -> str:
    """The analyte's name, with its letters where people say those; an unknown key stays as it is."""
    if key not in ANALYTES:
        return key
    return f"{analyte(key).name} ({key})" if key in SAID_BY_LETTERS else analyte(key).name


def unit_label(key: str, code: str) -> str:
    """A unit as printed: "IU/L" for "[IU]/L"."""
    return analyte(key).units_by_code[code].label


def plain(value: Decimal) -> str:
    """Digits without trailing zeros or exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def range_text(result: Result) -> str:
    """The frozen interval in its own unit: "264 to 916 ng/dL"; empty where there is none."""
    low, high = result.interval_low, result.interval_high
    if low is None and high is None:
        return ""
    unit = unit_label(result.analyte, result.interval_unit)
    if low is not None and high is not None:
        return f"{plain(low)} to {plain(high)} {unit}"
    return f"{plain(low)} {unit} or more" if low is not None else f"up to {plain(high or Decimal(0))} {unit}"


def sperm_note(panel: Panel) -> str:
    """What the microscope showed where the count alone does not say it."""
    semen = getattr(panel, "semen", None)
    if semen is None or semen.sperm_seen == SpermSeen.COUNTED:
        return ""
    return str(semen.get_sperm_seen_display()).lower()


def shown(result: Result, *, panel: Panel) -> Shown:
    """A result as a page shows it: as reported, with its place and the frozen range."""
    return Shown(
        name=name_of(result.analyte),
        text=result.reported_text,
        unit=unit_label(result.analyte, result.reported_unit),
        place=result.place,
        reason=result.place_reason,
        range_text=range_text(result),
        note=sperm_note(panel) if result.analyte == "SCONC" else "",
    )


def ordered(panel: Panel) -> list[Result]:
    """A panel's results in the order of the catalogue."""
    return sorted(panel.results.all(), key=lambda result: ORDER.get(result.analyte, len(ORDER)))


def series_of(panels: Sequence[Panel]) -> tuple[Series, ...]:
    """The analytes of the chart that were measured since testosterone was begun, each over time."""
    since = [panel for panel in panels if not panel.before_testosterone]
    made = []
    for key in DRAWN:
        found = [
            (panel, result) for panel in since for result in panel.results.all() if result.analyte == key
        ]
        if found:
            made.append(_series(key, found))
    return tuple(made)


def _series(key: str, found: Sequence[tuple[Panel, Result]]) -> Series:
    units = {result.reported_unit for _, result in found}
    # One unit throughout is drawn as it is: the label beside a point is then the number on the axis.
    unit = units.pop() if len(units) == 1 else analyte(key).canonical_unit
    points = []
    for index, (panel, result) in enumerate(found):
        before = found[index - 1] if index else None
        points.append(_point(panel, result, unit=unit, breaks=_breaks(before, (panel, result))))
    return Series(key, name_of(key), unit_label(key, unit), tuple(points))


def _limit(result: Result, value: Decimal | None, unit: str) -> Decimal | None:
    if value is None:
        return None
    return convert(Reading(result.analyte, value, result.interval_unit), unit).value


def _point(panel: Panel, result: Result, *, unit: str, breaks: str) -> Point:
    reading = reading_of(result)
    return Point(
        result_id=str(result.id),
        panel_id=str(panel.id),
        on=panel.collected_on,
        text=result.reported_text,
        unit=unit_label(result.analyte, result.reported_unit),
        value=convert(reading, unit).value,
        censored=reading.censored,
        place=result.place,
        low=_limit(result, result.interval_low, unit),
        high=_limit(result, result.interval_high, unit),
        range_text=range_text(result),
        laboratory=panel.laboratory.name,
        method=result.method,
        note=sperm_note(panel) if result.analyte == "SCONC" else "",
        breaks=breaks,
    )


def _breaks(before: tuple[Panel, Result] | None, here: tuple[Panel, Result]) -> str:
    """Why these two may not be joined: numbers of two laboratories or methods are no trend."""
    if before is None:
        return ""
    (old_panel, old), (panel, result) = before, here
    parts = []
    if old_panel.laboratory_id != panel.laboratory_id:
        parts.append(panel.laboratory.name)
    if old.method and result.method and old.method != result.method:
        parts.append(result.method)
    return ", ".join(parts)


def table_of(panels: Sequence[Panel]) -> Table:
    """The chart's numbers as reported, newest first, with those from before testosterone named so."""
    measured = {result.analyte for panel in panels for result in panel.results.all()}
    keys = [key for key in DRAWN if key in measured]
    rows = []
    for panel in reversed(panels):
        by_key = {result.analyte: result for result in panel.results.all()}
        cells = tuple(shown(by_key[key], panel=panel) if key in by_key else None for key in keys)
        if any(cells):
            note = "before testosterone" if panel.before_testosterone else ""
            rows.append(Row(panel.collected_on, str(PanelKind(panel.kind).label), cells, note))
    return Table(tuple(name_of(key) for key in keys), tuple(rows))
