"""One panel of a chart: an analyte's points, lines, reference band and labels on the shared time axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from timeline.charts.palette import hue, titled
from timeline.charts.time import Span, instant, month_axis, x_of
from timeline.story import Point, Series, words

HEIGHTS = {"TT": 132}
HEIGHT = 84
HEADROOM = Decimal("1.18")
LETTER, PADDING = 6.4, 6
AXIS_ROOM = 40
LABEL_ROOM = 19
ABOVE, BELOW = -11, 12
# A hollow triangle points to where the truth lies.
SHAPES = {"<": "triangle-down", ">": "triangle-up"}

Rows = list[dict[str, Any]]


def number(value: Decimal) -> float:
    """A coordinate. Floats are for drawing only; whatever is read as text comes from what was reported."""
    return float(value)


def height_of(series: Series) -> int:
    """Pixels; testosterone is what the chart is read for first."""
    return HEIGHTS.get(series.analyte, HEIGHT)


def ceiling_of(series: Series) -> Decimal:
    """The top of the y axis: above every point and upper limit, and above a lower limit without an upper."""
    tops = [point.value for point in series.points]
    tops += [
        point.high if point.high is not None else point.low * 2
        for point in series.points
        if point.high or point.low
    ]
    return max([*tops, Decimal("0.1")]) * HEADROOM


def _place(point: Point) -> str:
    named = {
        "below": "below range",
        "within": "within range",
        "above": "above range",
        "unknown": "cannot be placed against its range",
    }
    return named.get(point.place, "no range for this")


def _row(point: Point) -> dict[str, Any]:
    return {
        "at": instant(point.on),
        "value": number(point.value),
        "day": words(point.on),
        "reading": point.as_reported + (f" ({point.note})" if point.note else ""),
        "place": _place(point),
        "range": point.range_text or "none",
        "laboratory": ", ".join(filter(None, (point.laboratory, point.method))),
        "shape": SHAPES[point.text[:1]] if point.censored else "circle",
        "solid": 0 if point.censored else 1,
    }


def bands(series: Series, span: Span, top: Decimal) -> Rows:
    """The reference band in force at each result; it steps half-way to the next result that has another."""
    runs = [
        (limits, list(points))
        for limits, points in groupby(series.points, key=lambda p: (p.low, p.high, p.laboratory, p.method))
    ]
    edges = [span.first]
    edges += [_middle(before[-1], after[0]) for (_, before), (_, after) in pairwise(runs)]
    edges.append(span.last)
    rows = []
    for ((low, high, _, _), points), (start, end) in zip(runs, pairwise(edges), strict=True):
        if low is not None or high is not None:
            rows.append(
                {
                    "from": start,
                    "to": end,
                    "low": number(low if low is not None else Decimal(0)),
                    "high": number(high if high is not None else top),
                    "range": points[0].range_text,
                }
            )
    return rows


def _middle(before: Point, after: Point) -> int:
    return (instant(before.on) + instant(after.on)) // 2


def pieces(series: Series) -> Rows:
    """Lines between neighbours: none over a break, dashed where an end is only known to lie beyond."""
    rows = []
    for number_, (before, after) in enumerate(pairwise(series.points)):
        if after.breaks:
            continue
        is_open = before.censored or after.censored
        for point in (before, after):
            rows.append(
                {"at": instant(point.on), "value": number(point.value), "piece": number_, "open": is_open}
            )
    return rows


def fences(series: Series) -> Rows:
    """Where the line must break, and why."""
    return [
        {"at": _middle(before, after), "why": f"Now {after.breaks}"}
        for before, after in pairwise(series.points)
        if after.breaks
    ]


def _side(index: int, points: Sequence[Point], top: Decimal, height: int) -> int:
    """Above the point, or below it where the line leaves upwards on both sides; never into an edge."""
    here = points[index].value
    near = [points[i].value for i in (index - 1, index + 1) if 0 <= i < len(points)]
    from_floor = here / top * height
    if from_floor < LABEL_ROOM:
        return ABOVE
    if height - from_floor < LABEL_ROOM:
        return BELOW
    return BELOW if near and all(value > here for value in near) else ABOVE


def _by_weight(points: Sequence[Point]) -> Iterator[int]:
    """The order in which labels get room: the last result, then what is censored, then newest first."""
    last = len(points) - 1
    yield last
    yield from (i for i in range(last) if points[i].censored)
    yield from (i for i in reversed(range(last)) if not points[i].censored)


def labels(series: Series, span: Span, top: Decimal) -> Rows:
    """What is written beside the points; `need` is the least width at which it touches no weightier label."""
    points, placed, rows = series.points, [], []
    for index in _by_weight(points):
        point = points[index]
        text = point.text if point.unit == series.unit else point.as_reported
        at, wide = span.share(instant(point.on)), len(text) * LETTER + PADDING
        needs = [(wide + other) / 2 / max(abs(at - where), 1e-6) for where, other in placed]
        placed.append((at, wide))
        rows.append(
            {
                "at": instant(point.on),
                "value": number(point.value),
                "text": text,
                "dy": _side(index, points, top, height_of(series)),
                "need": round(max(needs, default=0)),
                "last": index == len(points) - 1,
            }
        )
    return rows


def _tips(name: str) -> list[dict[str, str]]:
    fields = {"day": "Drawn", "reading": name, "place": "Place", "range": "Range", "laboratory": "Laboratory"}
    return [{"field": field, "type": "nominal", "title": title} for field, title in fields.items()]


def _points(series: Series, span: Span, y: dict[str, Any]) -> dict[str, Any]:
    """Circles for values; hollow triangles, pointing where the truth lies, for censored ones."""
    return {
        "data": {"values": [_row(point) for point in series.points]},
        "mark": {"type": "point", "strokeWidth": 1.6, "opacity": 1, "size": 58},
        "encoding": {
            "x": x_of("at", axis=month_axis(labels=False)),
            "y": y,
            "shape": {"field": "shape", "type": "nominal", "scale": None, "legend": None},
            "fill": hue(series.analyte),
            "stroke": hue(series.analyte),
            "fillOpacity": {"field": "solid", "type": "quantitative", "scale": None, "legend": None},
            "tooltip": _tips(series.name),
        },
    }


def panel(series: Series, span: Span, *, fence_words: set[tuple[int, str]]) -> dict[str, Any]:
    """The view of one analyte. `fence_words` are the fences that an earlier panel has explained already."""
    top = ceiling_of(series)
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, number(top)], "nice": False},
        "axis": {
            "title": None,
            "tickCount": 3,
            "minExtent": AXIS_ROOM,
            "maxExtent": AXIS_ROOM,
            "ticks": False,
            "domain": False,
            "labelPadding": 6,
            "format": "~r",
        },
    }
    x = x_of("at", axis=month_axis(labels=False))
    colour = hue(series.analyte)
    layers = [
        {
            "data": {"values": bands(series, span, top)},
            "mark": {"type": "rect", "opacity": 0.15, "tooltip": None},
            "encoding": {
                "x": x_of("from", axis=month_axis(labels=False)),
                "x2": {"field": "to"},
                "y": {**y, "field": "low"},
                "y2": {"field": "high"},
                "color": colour,
            },
        },
        *_fence_layers(series, span, fence_words),
        {
            "data": {"values": pieces(series)},
            "mark": {"type": "line", "strokeWidth": 2, "tooltip": None},
            "encoding": {
                "x": x,
                "y": y,
                "color": colour,
                "detail": {"field": "piece", "type": "nominal"},
                "strokeDash": {
                    "field": "open",
                    "type": "nominal",
                    "scale": {"domain": [False, True], "range": [[1, 0], [4, 4]]},
                    "legend": None,
                },
            },
        },
        _points(series, span, y),
        _labels_layer(series, span, y, top),
    ]
    return {
        "title": titled(f"{series.name}, {series.unit}"),
        "height": height_of(series),
        "layer": layers,
    }


def _fence_layers(series: Series, span: Span, told: set[tuple[int, str]]) -> list[dict[str, Any]]:
    rows = fences(series)
    if not rows:
        return []
    untold = [row for row in rows if (row["at"], row["why"]) not in told]
    told.update((row["at"], row["why"]) for row in rows)
    x = x_of("at", axis=month_axis(labels=False))
    for row in untold:
        row["need"] = round(len(row["why"]) * LETTER / max(1 - span.share(row["at"]), 1e-6))
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "strokeDash": [2, 3], "strokeWidth": 1.5},
            "encoding": {"x": x, "tooltip": {"field": "why", "type": "nominal", "title": "Not joined"}},
        },
        {
            "data": {"values": untold},
            "mark": {
                "type": "text",
                "fontSize": 11,
                "fontStyle": "italic",
                "baseline": "top",
                "align": {"expr": "datum.need <= width ? 'left' : 'right'"},
                "dx": {"expr": "datum.need <= width ? 4 : -4"},
                "dy": 3,
            },
            "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "why", "type": "nominal"}},
        },
    ]


def _labels_layer(series: Series, span: Span, y: dict[str, Any], top: Decimal) -> dict[str, Any]:
    return {
        "data": {"values": labels(series, span, top)},
        "transform": [{"filter": "datum.need <= width"}],
        "mark": {
            "type": "text",
            "fontSize": {"expr": "datum.last ? 12 : 11"},
            "fontWeight": {"expr": "datum.last ? 700 : 400"},
            "dy": {"expr": "datum.dy"},
            "baseline": "middle",
        },
        "encoding": {
            "x": x_of("at", axis=month_axis(labels=False)),
            "y": y,
            "text": {"field": "text", "type": "nominal"},
        },
    }
