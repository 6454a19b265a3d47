"""The lowest views of the chart: milestones as a staircase, the next retest, and the names of the months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from timeline.charts.lanes import lane
from timeline.charts.palette import hue
from timeline.charts.time import Span, instant, month_axis, x_of
from timeline.story import MilestoneMark, Story, Window, words

MILESTONE_LANE = 19


def _in_order(mark: MilestoneMark) -> tuple[date, int, str]:
    """By day, then by number: M7 stands before M15."""
    digits = "".join(letter for letter in mark.key if letter.isdigit())
    return mark.reached_on, int(digits or 0), mark.key


def _milestone_rows(marks: tuple[MilestoneMark, ...], span: Span) -> Iterator[dict[str, Any]]:
    for index, mark in enumerate(sorted(marks, key=_in_order)):
        at = instant(mark.reached_on)
        until = instant(mark.sustained_on) if mark.sustained_on else at
        is_left = span.share(until) < 0.5
        title = f"{mark.title} (lost {words(mark.lost_on)})" if mark.lost_on else mark.title
        yield {
            "at": span.clipped(at),
            "until": span.clipped(until),
            "y": index * MILESTONE_LANE + MILESTONE_LANE / 2,
            "text": title,
            "side": span.clipped(until if is_left else at),
            "left": is_left,
            "shape": "cross" if mark.lost_on else "diamond",
            "day": words(mark.reached_on),
            "sustained": words(mark.sustained_on) if mark.sustained_on else "not yet or not asked for",
        }


def milestones(story: Story, span: Span) -> list[dict[str, Any]]:
    """A staircase of milestones, each with its name: a diamond where reached, a line to where sustained."""
    rows = list(_milestone_rows(story.milestones, span))
    if not rows:
        return []
    y = {"field": "y", "type": "quantitative", "scale": None, "axis": None}
    x = x_of("at")
    tips = [
        {"field": field, "type": "nominal", "title": title}
        for field, title in (("text", "Milestone"), ("day", "Reached"), ("sustained", "Sustained"))
    ]
    layers = [
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {"x": x, "x2": {"field": "until"}, "y": y, "color": hue("REST")},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
            "encoding": {
                "x": x,
                "y": y,
                "shape": {"field": "shape", "type": "nominal", "scale": None, "legend": None},
                "color": hue("TT"),
                "tooltip": tips,
            },
        },
        {
            "data": {"values": rows},
            "mark": {
                "type": "text",
                "align": {"expr": "datum.left ? 'left' : 'right'"},
                "dx": {"expr": "datum.left ? 9 : -9"},
                "baseline": "middle",
                "fontSize": 11,
            },
            "encoding": {"x": x_of("side"), "y": y, "text": {"field": "text", "type": "nominal"}},
        },
    ]
    return [lane("Milestones", MILESTONE_LANE * len(rows), layers)]


def months(story: Story, span: Span) -> dict[str, Any]:
    """The last view: the next retest as a window, and the names of the months."""
    window = story.next_window
    # Nothing is seen of this rule; it holds the scale open from edge to edge.
    edges = {
        "data": {"values": [{"at": span.first}, {"at": span.last}]},
        "mark": {"type": "rule", "opacity": 0},
        "encoding": {"x": x_of("at", axis=month_axis(labels=True))},
    }
    if window is None or instant(window.earliest_on) > span.last:
        return {"height": 1, "view": {"stroke": None}, "layer": [edges]}
    title = "Next retest" if window.latest_on >= story.today else "Retest still open"
    return lane(title, 16, [edges, *_retest(window, span)])


def _retest(window: Window, span: Span) -> Iterator[dict[str, Any]]:
    row = {
        "from": span.clipped(instant(window.earliest_on)),
        "to": span.clipped(instant(window.latest_on + timedelta(days=1))),
        "days": f"{words(window.earliest_on)} to {words(window.latest_on)}",
        "names": ", ".join(window.names),
    }
    yield {
        "data": {"values": [row]},
        "mark": {"type": "rect", "filled": False, "strokeWidth": 1.5, "strokeDash": [4, 2]},
        "encoding": {
            "x": x_of("from", axis=month_axis(labels=True)),
            "x2": {"field": "to"},
            "y": {"value": 1},
            "y2": {"value": 13},
            "color": hue("REST"),
            "tooltip": [
                {"field": "days", "type": "nominal", "title": "Retest"},
                {"field": "names", "type": "nominal", "title": "Of"},
            ],
        },
    }
    is_left = span.share(row["from"]) < 0.5
    side = {"align": "left", "dx": 6} if is_left else {"align": "right", "dx": -6}
    yield {
        "data": {"values": [row]},
        "mark": {"type": "text", "baseline": "middle", "fontSize": 11, **side},
        "encoding": {
            "x": x_of("to" if is_left else "from", axis=month_axis(labels=True)),
            "y": {"value": 7},
            "text": {"field": "days", "type": "nominal"},
        },
    }
