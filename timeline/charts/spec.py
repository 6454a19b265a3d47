"""The recovery chart of a story as one Vega-Lite specification."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from timeline.charts import lanes, marks
from timeline.charts.palette import config_of
from timeline.charts.panels import panel
from timeline.charts.time import Span, instant, span_of
from timeline.story import Series, Story

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
DRAWN = ("TT", "LH", "FSH", "E2", "SCONC")
WIDE, NARROW = 640, 264
# The page gives the colours itself, so that the chart follows a change of theme without being fetched anew.
PAGE = "page"


def recovery_spec(story: Story, *, theme: str = "light", width: int = WIDE) -> dict[str, Any]:
    """Panels stacked on one time axis: analytes with data, then testosterone, doses, milestones, next retest.

    `theme` is "light" or "dark" with its colours inside, or "page" without any, for a page whose own
    configuration has them; another raises KeyError. `width` is that of the plot in pixels, without the
    axis; labels leave where there is no room for them. The same story gives the same specification.
    """
    span = span_of(story)
    told: set[tuple[int, str]] = set()
    drawn = {series.analyte: series for series in map(partial(_within, span), story.series) if series.points}
    panels = [panel(drawn[key], span, fence_words=told) for key in DRAWN if key in drawn]
    for view in panels:
        view["layer"] = [*lanes.stop_layers(story, span), *view["layer"]]
    views = [
        *lanes.weeks(story, span),
        *panels,
        *lanes.testosterone(story, span),
        *lanes.doses(story, span),
        *marks.milestones(story, span),
        marks.months(story, span),
    ]
    return {
        "$schema": SCHEMA,
        "description": story.in_words,
        **({} if theme == PAGE else {"config": config_of(theme)}),
        "spacing": 10,
        "vconcat": [{**view, "width": width} for view in map(_with_data, views) if view["layer"]],
        "resolve": {"scale": {"x": "shared", "color": "shared"}},
    }


def _within(span: Span, series: Series) -> Series:
    """The series without what lies before the chart begins."""
    points = tuple(point for point in series.points if span.holds(instant(point.on)))
    return replace(series, points=points)


def _with_data(view: dict[str, Any]) -> dict[str, Any]:
    """The view without layers that would draw nothing, of which the drawing engine complains."""
    return {**view, "layer": [layer for layer in view["layer"] if layer["data"]["values"]]}
