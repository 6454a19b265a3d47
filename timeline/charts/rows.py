"""What a panel draws, as rows of numbers: points, bands, line pieces, fences and labels of one analyte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from timeline.charts.time import Span, instant
from timeline.story import Point, Series, words

HEIGHTS = {"TT": 132}
HEIGHT = 84
HEADROOM = Decimal("1.18")
LETTER, PADDING = 6.4, 6
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


def row_of(point: Point) -> dict[str, Any]:
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
