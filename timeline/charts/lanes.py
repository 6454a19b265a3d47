"""The narrow views around the panels: weeks, testosterone and dose steps; and the mark of the stop."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from timeline.charts.palette import hue, titled
from timeline.charts.rows import LETTER, PADDING, number
from timeline.charts.time import Span, instant, month_axis, weeks_since, x_of
from timeline.story import DoseBar, Story, words

BAR_LANE, BAR = 34, 14
FULL_OR_SHORT = "datum.need <= width ? datum.full : datum.least <= width ? datum.short : ''"
FITS = [{"filter": "datum.need <= width"}]


def lane(title: str, height: int, layers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": titled(title), "height": height, "view": {"stroke": None}, "layer": layers}


def weeks(story: Story, span: Span) -> list[dict[str, Any]]:
    """A ruler of weeks from the effective stop; nothing while testosterone is taken."""
    stop = story.effective_stop_on
    if stop is None:
        return []
    label = (
        f"Washout until {words(stop)}"
        if story.washout_until
        else f"Weeks since effective stop, {words(stop)}"
    )
    text = {
        "data": {"values": weeks_since(stop, span)},
        "transform": FITS,
        "mark": {"type": "text", "fontSize": 11, "baseline": "middle"},
        "encoding": {
            "x": x_of("at"),
            "y": {"value": 6},
            "text": {"field": "text", "type": "nominal"},
        },
    }
    return [lane(label, 12, [text])]


def testosterone(story: Story, span: Span) -> list[dict[str, Any]]:
    """Testosterone from outside as a bar, and its washout beside it."""
    bars = list(_testosterone_rows(story, span))
    if not bars:
        return []
    names = ", ".join(dict.fromkeys(course.name for course in story.testosterone))
    layer = {
        "data": {"values": [*bars, *_washout_rows(story, span)]},
        "mark": {"type": "rect", "strokeWidth": 1.2, "opacity": 0.75},
        "encoding": {
            "x": x_of("from"),
            "x2": {"field": "to"},
            "y": {"value": 1},
            "y2": {"value": 11},
            "fill": hue("REST"),
            "stroke": hue("REST"),
            "fillOpacity": {"field": "solid", "type": "quantitative", "scale": None, "legend": None},
            "tooltip": [
                {"field": "what", "type": "nominal", "title": "Taken"},
                {"field": "text", "type": "nominal", "title": "Dose"},
            ],
        },
    }
    return [lane(f"{names}, then washout" if story.last_dose_on else names, 12, [layer])]


def _testosterone_rows(story: Story, span: Span) -> Iterator[dict[str, Any]]:
    for course in story.testosterone:
        start = instant(course.started_on) if course.started_on else span.first
        end = instant(course.last_dose_on or story.today)
        ending = f"last dose {words(course.last_dose_on)}" if course.last_dose_on else ""
        if end > span.first:
            yield {
                "from": span.clipped(start),
                "to": span.clipped(end),
                "text": ", ".join(filter(None, (course.dose, ending))),
                "what": course.name,
                "solid": 1,
            }


def _washout_rows(story: Story, span: Span) -> Iterator[dict[str, Any]]:
    if story.last_dose_on and story.effective_stop_on:
        yield {
            "from": span.clipped(instant(story.last_dose_on)),
            "to": span.clipped(instant(story.effective_stop_on)),
            "text": f"until {words(story.effective_stop_on)}",
            "what": "Washout",
            "solid": 0,
        }


def _dose_rows(bars: list[DoseBar], story: Story, span: Span) -> Iterator[dict[str, Any]]:
    ends = [instant(bar.starts_on) for bar in bars[1:]] + [span.last]
    for bar, room_until in zip(bars, ends, strict=True):
        start, end = instant(bar.starts_on), instant(bar.ends_on or story.today)
        room = max(span.share(room_until) - span.share(span.clipped(start)), 1e-6)
        full, short = (round((len(text) * LETTER + PADDING) / room) for text in (bar.text, bar.amount_text))
        yield {
            "from": span.clipped(start),
            "to": max(span.clipped(end), span.clipped(start + 1)),
            "top": BAR_LANE - BAR * (0.35 + 0.65 * number(bar.share)),
            "full": bar.text,
            "short": bar.amount_text,
            "need": full,
            "least": short,
            "days": f"{words(bar.starts_on)} to {words(bar.ends_on) if bar.ends_on else 'now'}",
            "reason": bar.reason,
        }


def doses(story: Story, span: Span) -> Iterator[dict[str, Any]]:
    """A lane for each drug: bars as high as the dose a week, and the dose in words above where it begins."""
    by_drug = sorted(story.doses, key=lambda bar: (bar.drug, bar.starts_on))
    lanes = [list(bars) for _, bars in groupby(by_drug, key=lambda bar: bar.drug)]
    for bars in sorted(lanes, key=lambda bars: (bars[0].starts_on, bars[0].drug)):
        rows = list(_dose_rows(bars, story, span))
        x = x_of("from")
        layers = [
            {
                "data": {"values": rows},
                "mark": {"type": "rect", "opacity": 0.85, "stroke": None},
                "encoding": {
                    "x": x,
                    "x2": {"field": "to"},
                    "y": {"field": "top", "type": "quantitative", "scale": None, "axis": None},
                    "y2": {"value": BAR_LANE},
                    "color": hue("TT"),
                    "tooltip": [
                        {"field": field, "type": "nominal", "title": title}
                        for field, title in (("full", "Dose"), ("days", "From, to"), ("reason", "Reason"))
                    ],
                },
            },
            {
                "data": {"values": rows},
                "mark": {"type": "text", "align": "left", "baseline": "bottom", "fontSize": 11, "dx": 1},
                "encoding": {
                    "x": x,
                    "y": {"value": BAR_LANE - BAR - 3},
                    "text": {"value": {"expr": FULL_OR_SHORT}},
                },
            },
        ]
        yield lane(bars[0].drug_name, BAR_LANE, layers)


def stop_layers(story: Story, span: Span) -> list[dict[str, Any]]:
    """The shade before the effective stop and the rule at it, for every panel."""
    stop = story.effective_stop_on
    if stop is None or instant(stop) <= span.first:
        return []
    at = instant(stop)
    return [
        {
            "data": {"values": [{"from": span.first, "to": at}]},
            "mark": {"type": "rect", "opacity": 0.09},
            "encoding": {
                "x": x_of("from", axis=month_axis(labels=False)),
                "x2": {"field": "to"},
                "color": hue("REST"),
            },
        },
        {
            "data": {"values": [{"at": at, "day": words(stop)}]},
            "mark": {"type": "rule", "strokeWidth": 1.5},
            "encoding": {
                "x": x_of("at", axis=month_axis(labels=False)),
                "tooltip": {"field": "day", "type": "nominal", "title": "Effective stop"},
            },
        },
    ]
