"""One panel of a chart: an analyte's points, lines, reference band and labels on the shared time axis."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from timeline.charts.palette import hue, titled
from timeline.charts.rows import (
    LETTER,
    bands,
    ceiling_of,
    fences,
    height_of,
    labels,
    number,
    pieces,
    row_of,
)
from timeline.charts.time import Span, month_axis, x_of
from timeline.story import Series

AXIS_ROOM = 40


def _tips(name: str) -> list[dict[str, str]]:
    fields = {"day": "Drawn", "reading": name, "place": "Place", "range": "Range", "laboratory": "Laboratory"}
    return [{"field": field, "type": "nominal", "title": title} for field, title in fields.items()]


def _points(series: Series, y: dict[str, Any]) -> dict[str, Any]:
    """Circles for values; hollow triangles, pointing where the truth lies, for censored ones."""
    return {
        "data": {"values": [row_of(point) for point in series.points]},
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
    y = _y(top)
    return {
        "title": titled(f"{series.name}, {series.unit}"),
        "height": height_of(series),
        "layer": [
            _bands(series, span, y, top),
            *_fence_layers(series, span, fence_words),
            _lines(series, y),
            _points(series, y),
            _labels(series, span, y, top),
        ],
    }


def _y(top: Decimal) -> dict[str, Any]:
    """The y channel; its axis takes the same room in every panel, so that the plots stand in one line."""
    axis = {
        "title": None,
        "tickCount": 3,
        "minExtent": AXIS_ROOM,
        "maxExtent": AXIS_ROOM,
        "ticks": False,
        "domain": False,
        "labelPadding": 6,
        "format": "~r",
    }
    scale = {"domain": [0, number(top)], "nice": False}
    return {"field": "value", "type": "quantitative", "scale": scale, "axis": axis}


def _bands(series: Series, span: Span, y: dict[str, Any], top: Decimal) -> dict[str, Any]:
    return {
        "data": {"values": bands(series, span, top)},
        "mark": {"type": "rect", "opacity": 0.15, "tooltip": None},
        "encoding": {
            "x": x_of("from", axis=month_axis(labels=False)),
            "x2": {"field": "to"},
            "y": {**y, "field": "low"},
            "y2": {"field": "high"},
            "color": hue(series.analyte),
        },
    }


def _lines(series: Series, y: dict[str, Any]) -> dict[str, Any]:
    dashes = {"domain": [False, True], "range": [[1, 0], [4, 4]]}
    return {
        "data": {"values": pieces(series)},
        "mark": {"type": "line", "strokeWidth": 2, "tooltip": None},
        "encoding": {
            "x": x_of("at", axis=month_axis(labels=False)),
            "y": y,
            "color": hue(series.analyte),
            "detail": {"field": "piece", "type": "nominal"},
            "strokeDash": {"field": "open", "type": "nominal", "scale": dashes, "legend": None},
        },
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


def _labels(series: Series, span: Span, y: dict[str, Any], top: Decimal) -> dict[str, Any]:
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
