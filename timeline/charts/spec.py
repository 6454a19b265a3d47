"""The recovery chart of a story as one Vega-Lite specification."""

from __future__ import annotations

from typing import Any

from timeline.charts import lanes, marks
from timeline.charts.palette import config_of
from timeline.charts.panels import panel
from timeline.charts.time import span_of
from timeline.story import Story

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
DRAWN = ("TT", "LH", "FSH", "E2", "SCONC")
WIDE, NARROW = 720, 300
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
    by_analyte = {series.analyte: series for series in story.series if series.points}
    panels = [panel(by_analyte[key], span, fence_words=told) for key in DRAWN if key in by_analyte]
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
        "vconcat": [{**view, "width": width} for view in views],
        "resolve": {"scale": {"x": "shared", "color": "shared"}},
    }
