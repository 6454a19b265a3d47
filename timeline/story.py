"""The recovery story of one episode as plain data: what charts draw, tables list and pages tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


def words(day: date) -> str:
    """2 Mar 2026."""
    return f"{day.day} {day:%b %Y}"


@dataclass(frozen=True, slots=True)
class Point:
    """One result: as reported, and where it lies on the chart.

    `value`, `low` and `high` are in the unit of its series; `text` and `unit` are what the laboratory wrote.
    `breaks` says why no line may join this point to the one before it; empty where a line may.
    """

    result_id: str
    panel_id: str
    on: date
    text: str
    unit: str
    value: Decimal
    censored: bool = False
    place: str = "no_interval"
    low: Decimal | None = None
    high: Decimal | None = None
    range_text: str = ""
    laboratory: str = ""
    method: str = ""
    note: str = ""
    breaks: str = ""

    @property
    def as_reported(self) -> str:
        """Comparator, digits and unit: "<0.1 IU/L"."""
        return f"{self.text} {self.unit}"


@dataclass(frozen=True, slots=True)
class Series:
    """One analyte over time, oldest first. `unit` is the laboratory's where all agree, else canonical."""

    analyte: str
    name: str
    unit: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class DoseBar:
    """One dose of a drug from a day to a day; `ends_on` None is still being taken.

    `share` is the dose a week relative to the largest of its drug in this story, above 0 and at most 1.
    """

    step_id: str
    course_id: str
    drug: str
    drug_name: str
    text: str
    amount_text: str
    starts_on: date
    ends_on: date | None
    share: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Testosterone:
    """A course of testosterone taken from outside; `last_dose_on` None is still being taken."""

    __test__ = False  # the name begins with "Test", and pytest collects by that

    name: str
    dose: str
    started_on: date | None
    last_dose_on: date | None


@dataclass(frozen=True, slots=True)
class MilestoneMark:
    """A milestone: first reached, sustained by a second draw where two are asked for, and lost again."""

    key: str
    title: str
    reached_on: date
    sustained_on: date | None = None
    lost_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A retest that waits: what is to be measured and between which days. `state` is due_state's word."""

    retest_id: str
    analytes: tuple[str, ...]
    names: tuple[str, ...]
    earliest_on: date
    target_on: date
    latest_on: date
    state: str
    reason: str

    @property
    def is_semen(self) -> bool:
        """True where a semen sample is asked for."""
        return any(key.startswith("S") and key != "SHBG" for key in self.analytes)

    @property
    def is_blood(self) -> bool:
        """True where blood is to be drawn."""
        return any(not key.startswith("S") or key == "SHBG" for key in self.analytes)


class Kind(StrEnum):
    """What an entry of the timeline tells of."""

    TESTOSTERONE = "testosterone"
    BLOOD = "blood"
    SEMEN = "semen"
    DOSE = "dose"
    FLAG = "flag"
    MILESTONE = "milestone"
    RETEST = "retest"
    RELEASE = "release"
    NOTE = "note"


KIND_LABELS = {
    Kind.BLOOD: "Blood panels",
    Kind.SEMEN: "Semen analyses",
    Kind.DOSE: "Doses",
    Kind.MILESTONE: "Milestones",
    Kind.FLAG: "Flags",
    Kind.RETEST: "Retests",
    Kind.RELEASE: "Releases",
    Kind.NOTE: "Notes",
    Kind.TESTOSTERONE: "Testosterone",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One result inside an entry or a table, with the words for where it lies."""

    name: str
    text: str
    unit: str
    place: str
    reason: str = ""
    range_text: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, or that is to come (`is_ahead`).

    `tone` picks the dot: "" | milestone | dose | flag | critical | next. `panel_id`, `flag_id` or
    `note_id` name what the title may lead to.
    """

    on: date
    kind: Kind
    title: str
    icon: str
    text: str = ""
    tone: str = ""
    at: datetime | None = None
    by: str = ""
    results: tuple[Shown, ...] = ()
    panel_id: str = ""
    flag_id: str = ""
    note_id: str = ""
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One panel of the table twin: readings in the order of the table's names, None where not measured."""

    on: date
    kind: str
    cells: tuple[Shown | None, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The chart's table twin: analytes across, days down, newest first, as reported."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that charts and pages tell of one recovery episode, for one reader, on one day."""

    episode_id: str
    patient_id: str
    today: date
    last_dose_on: date | None = None
    effective_stop_on: date | None = None
    restarted_on: date | None = None
    goal: str = ""
    testosterone: tuple[Testosterone, ...] = ()
    series: tuple[Series, ...] = ()
    doses: tuple[DoseBar, ...] = ()
    milestones: tuple[MilestoneMark, ...] = ()
    windows: tuple[Window, ...] = ()
    entries: tuple[Entry, ...] = ()
    table: Table = field(default_factory=lambda: Table((), ()))

    @property
    def days_off(self) -> int | None:
        """Days since the effective stop; None while testosterone is taken, again taken or washing out."""
        stop = self.effective_stop_on
        if stop is None or stop > self.today or self.restarted_on:
            return None
        return (self.today - stop).days

    @property
    def washout_until(self) -> date | None:
        """The effective stop while it is still ahead."""
        stop = self.effective_stop_on
        return stop if stop is not None and stop > self.today else None

    @property
    def current_doses(self) -> tuple[DoseBar, ...]:
        """What is taken today; a dose that ends today is not taken any more."""
        return tuple(
            bar
            for bar in self.doses
            if bar.starts_on <= self.today and (bar.ends_on is None or bar.ends_on > self.today)
        )

    @property
    def next_window(self) -> Window | None:
        """The soonest retest whose days have not passed; where all have, the first that is still open."""
        ahead = (window for window in self.windows if window.latest_on >= self.today)
        return next(ahead, self.windows[0] if self.windows else None)

    @property
    def has_drawing(self) -> bool:
        """False where nothing has been measured or given yet, so that a chart would be empty."""
        return bool(self.series or self.doses)

    @property
    def in_words(self) -> str:
        """What the chart shows, for those who do not see it: the stop, each last result, today's doses."""
        said = ["Recovery chart."]
        if self.washout_until:
            said.append(f"Washout until {words(self.washout_until)}.")
        elif self.effective_stop_on:
            said.append(f"Effective stop {words(self.effective_stop_on)}.")
        for series in self.series:
            last = series.points[-1]
            said.append(f"{series.name} last {last.as_reported} on {words(last.on)}.")
        said += [f"{bar.drug_name} {bar.text} since {words(bar.starts_on)}." for bar in self.current_doses]
        return " ".join(said)
