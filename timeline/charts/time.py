"""The one time axis that all panels of a chart share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from timeline.story import Story

MS_A_DAY = 86_400_000
# Results from long before the last dose would squeeze the recovery into a corner; the table has them.
BEFORE_LAST_DOSE = timedelta(days=120)
AFTER_TODAY = timedelta(days=120)
LEAST_SPAN = timedelta(days=84)
WEEK_STEPS = (4, 12, 24, 48)
WEEK_ROOM = 30


def instant(day: date) -> int:
    """A day as milliseconds since 1970 in UTC: no browser's zone can move it."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last instant drawn, in milliseconds."""

    first: int
    last: int

    def share(self, at: int) -> float:
        """Where an instant lies, 0 at the left edge and 1 at the right."""
        return (at - self.first) / (self.last - self.first)

    def holds(self, at: int) -> bool:
        """Whether an instant is drawn."""
        return self.first <= at <= self.last

    def clipped(self, at: int) -> int:
        """The instant, or the edge that it lies beyond."""
        return min(max(at, self.first), self.last)


def _days(story: Story) -> Iterable[date]:
    yield story.today
    yield from (point.on for series in story.series for point in series.points)
    for bar in story.doses:
        yield bar.starts_on
        yield bar.ends_on or story.today
    yield from (mark.reached_on for mark in story.milestones)
    yield from (day for day in (story.last_dose_on, story.effective_stop_on) if day)
    if story.next_window and story.next_window.latest_on - story.today <= AFTER_TODAY:
        yield story.next_window.latest_on


def span_of(story: Story) -> Span:
    """From shortly before the last dose to today, or to the next retest where that is near."""
    days = sorted(_days(story))
    first, last = days[0], max(days[-1], days[0] + LEAST_SPAN)
    if story.last_dose_on:
        first = max(first, min(story.last_dose_on, last - LEAST_SPAN) - BEFORE_LAST_DOSE)
    margin = max((last - first) * 3 // 100, timedelta(days=3))
    return Span(instant(first - margin), instant(last + margin))


def x_of(field: str, *, axis: dict[str, Any] | None = None) -> dict[str, Any]:
    """The x channel of a field in milliseconds; without `axis` neither line nor label.

    The scale is "utc" so that a day is the same day in every reader's zone. Its edges come from the data:
    numbers given as a domain become datetime(), which the page's interpreter of expressions reads as a year.
    """
    scale = {"type": "utc", "nice": False}
    return {"field": field, "type": "temporal", "scale": scale, "axis": axis, "title": None}


def month_axis(*, labels: bool) -> dict[str, Any]:
    """Months as grid lines; with their names, and the year where it begins, under the last panel only."""
    axis: dict[str, Any] = {"tickCount": {"interval": "month", "step": 1}, "grid": True, "title": None}
    if not labels:
        return {**axis, "labels": False, "ticks": False, "domain": False}
    named = "datum.index == 0 || utcmonth(datum.value) == 0"
    return {
        **axis,
        "labelExpr": f"{named} ? [utcFormat(datum.value, '%b'), utcFormat(datum.value, '%Y')]"
        " : utcFormat(datum.value, '%b')",
        "labelOverlap": "parity",
        "labelSeparation": 6,
    }


def weeks_since(stop: date, span: Span) -> list[dict[str, Any]]:
    """Weeks from the effective stop; `need` is the least width in pixels at which a week has room."""
    zero, week_long = instant(stop), 7 * MS_A_DAY
    marks = []
    for week in range(0, (span.last - zero) // week_long + 1, WEEK_STEPS[0]):
        at = zero + week * week_long
        step = max(step for step in WEEK_STEPS if week % step == 0)
        if at >= span.first:
            need = WEEK_ROOM * (span.last - span.first) / (step * week_long)
            marks.append({"at": at, "text": str(week), "need": round(need)})
    return marks
