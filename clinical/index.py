"""A record sorted for asking: results by analyte, observations by kind, doses by drug, limits by result."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from clinical.analytes import ANALYTES
from clinical.calculated import SpermTotals
from clinical.checks import Limit, Quantity
from clinical.intervals import CURRENT_WHO_EDITION, Interval, IntervalTable
from clinical.readings import Reading, UnknownUnit, convert
from clinical.record import Observation, Record, Result, Sample
from clinical.rule_entries import RuleSet
from clinical.rulebook import Rulebook
from clinical.taking import Taking

Side: TypeAlias = Literal["low", "high"]
_Limits: TypeAlias = dict[tuple[str, Side, int | None], Limit | None]

# The same few limits are asked for every record; the table is kept beside them so that its id stays its own.
_KNOWN: dict[int, tuple[IntervalTable, _Limits]] = {}
_TABLES_KEPT = 8


def _limits_of(table: IntervalTable) -> _Limits:
    if id(table) not in _KNOWN:
        if len(_KNOWN) >= _TABLES_KEPT:
            _KNOWN.clear()
        _KNOWN[id(table)] = (table, {})
    return _KNOWN[id(table)][1]


def _limit_in(interval: Interval | None, side: Side) -> Decimal | None:
    if interval is None:
        return None
    return interval.low if side == "low" else interval.high


class Drawn(NamedTuple):
    """A result with its sample and its reading in the canonical unit."""

    on: date
    reading: Reading
    result: Result
    sample: Sample

    def quantity(self) -> Quantity:
        """The result as something to compare."""
        reading = self.reading
        return Quantity(reading.analyte, reading.value, reading.unit, reading, self.result.id, self.on)


CANONICAL_UNITS = {key: row.canonical_unit for key, row in ANALYTES.items()}


def _canonical(reading: Reading) -> Reading:
    unit = CANONICAL_UNITS[reading.analyte]
    return reading if reading.unit == unit else convert(reading, unit)


class Index:
    """One record under one rulebook. Built once per evaluation; every look-up after that is cheap."""

    __slots__ = (
        "_days",
        "_drawn",
        "observations",
        "record",
        "results",
        "rulebook",
        "rules",
        "sperm_totals",
        "taking",
        "unreadable",
    )

    def __init__(self, record: Record, rulebook: Rulebook) -> None:
        self.record = record
        self.rulebook = rulebook
        self.rules: RuleSet = rulebook.rules
        self.results: dict[str, list[Drawn]] = {}
        self.observations: dict[str, list[Observation]] = {}
        self._days: dict[str, list[date]] = {}
        self.sperm_totals: dict[date, SpermTotals | str] = {}
        self._drawn: dict[tuple[str, date], Drawn] = {}
        self.unreadable: list[str] = []
        for sample in record.samples:
            for key, result in sample.results.items():
                self._add(key, result, sample)
        for observation in record.observations:
            self.observations.setdefault(observation.kind, []).append(observation)
        gap = timedelta(days=int(self.rules.numbers["contiguous_gap"].value))
        self.taking = Taking(record.doses, rulebook.drugs, gap)

    def _add(self, key: str, result: Result, sample: Sample) -> None:
        try:
            reading = _canonical(result.reading)
        except (UnknownUnit, LookupError) as problem:
            self.unreadable.append(str(problem))
            return
        drawn = Drawn(sample.collected_on, reading, result, sample)
        self.results.setdefault(key, []).append(drawn)
        self._drawn[key, sample.collected_on] = drawn

    def terms(self, name: str) -> tuple[str, ...]:
        """The names of a list of the rules, else of a group of the conflict matrix."""
        own = self.rules.terms.get(name)
        return own.terms if own else self.rulebook.conflicts.groups[name].terms

    def first_event(self) -> date | None:
        """The first day on which something was drawn or noted."""
        days = [s.collected_on for s in self.record.samples[:1]] + [
            o.on for o in self.record.observations[:1]
        ]
        return min(days, default=None)

    def days_of(self, key: str) -> list[date]:
        """The days on which an analyte was drawn or a kind of observation noted, in order."""
        if key not in self._days:
            found = [d.on for d in self.results.get(key, ())] or [
                o.on for o in self.observations.get(key, ())
            ]
            self._days[key] = found
        return self._days[key]

    def newest_day(self, keys: Sequence[str], until: date) -> date | None:
        """The newest day, up to and with `until`, that brings one of the analytes or kinds of observation."""
        newest = None
        for key in keys:
            days = self.days_of(key)
            at = bisect_right(days, until)
            if at and (newest is None or days[at - 1] > newest):
                newest = days[at - 1]
        return newest

    def until(self, key: str, on: date) -> list[Drawn]:
        """The results of an analyte drawn up to and with that day."""
        return self.results.get(key, [])[: bisect_right(self.days_of(key), on)]

    def before(self, key: str, on: date) -> list[Drawn]:
        """The results of an analyte drawn earlier than that day."""
        return self.results.get(key, [])[: bisect_left(self.days_of(key), on)]

    def observed(self, kind: str, until: date) -> list[Observation]:
        """The observations of a kind up to and with that day."""
        return [o for o in self.observations.get(kind, ()) if o.on <= until]

    def limit(self, drawn: Drawn, side: Side) -> Limit | None:
        """The laboratory's own lower or upper limit, else the rulebook's; None where neither has one."""
        own = drawn.result.interval
        value = _limit_in(own, side)
        if own is not None and value is not None:
            return self._as_limit(own, value)
        return self.default_limit(drawn.reading.analyte, side, drawn.sample.who_edition)

    def drawn(self, key: str, on: date) -> Drawn | None:
        """The result of an analyte drawn on that day, the last where there are several."""
        return self._drawn.get((key, on))

    def default_limit(self, key: str, side: Side, who_edition: int | None) -> Limit | None:
        """The rulebook's own limit, by edition for semen."""
        known = _limits_of(self.rulebook.intervals)
        asked = (key, side, who_edition)
        if asked not in known:
            interval = self.rulebook.default_interval(key, who_edition=who_edition or CURRENT_WHO_EDITION)
            value = _limit_in(interval, side)
            known[asked] = None if interval is None or value is None else self._as_limit(interval, value)
        return known[asked]

    def _as_limit(self, interval: Interval, value: Decimal) -> Limit:
        limit = _canonical(Reading(interval.analyte, value, interval.unit))
        return Limit(limit.value, limit.unit, f"interval {interval.id} {interval.version}")
