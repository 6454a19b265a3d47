"""A record as it stands on one day: what was drawn, what is taken, and the comparisons rules are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from clinical.calculated import CalculatedTestosterone, CannotCalculate, free_testosterone
from clinical.checks import Check, Limit, Quantity, Relation, compare, given, missing, unknowns_of
from clinical.index import Drawn, Index, Side
from clinical.plausibility import Concern, check_plausible
from clinical.readings import Reading
from clinical.record import DAYS_A_WEEK, Observation, Record
from clinical.taking import Run, Taking
from clinical.terms import matching

_SIDE_WORDS = {"low": "lower", "high": "upper"}


class Moment(StrEnum):
    """EVENT asks what is new on that day, CURRENT what is in force."""

    EVENT = "event"
    CURRENT = "current"


class Fired(NamedTuple):
    """A rule's condition holds. `grade` picks severity and wording, `cause` tells life cycles apart."""

    check: Check
    grade: str = "default"
    cause: str = ""
    also: tuple[Quantity, ...] = ()


class Open(NamedTuple):
    """A rule's condition cannot be decided, because of this."""

    because: str


Verdict: TypeAlias = Fired | Open | None
Condition: TypeAlias = "Callable[[Day], Verdict]"


def decide(
    check: Check, grade: str = "default", *, cause: str = "", also: tuple[Quantity, ...] = ()
) -> Verdict:
    """The verdict that a check gives."""
    if check.truth is None:
        return Open("; ".join(unknowns_of(check)))
    return Fired(check, grade, cause, also) if check.truth else None


def failure(problem: Exception) -> str:
    """Why a rule that raised was not evaluated."""
    return f"the rule failed: {type(problem).__name__}: {problem}"


class Day:
    """One record on one day. Everything is worked out when asked and kept, so rules may ask again."""

    __slots__ = ("_calculated", "_concerns", "_verdicts", "conditions", "index", "moment", "on")

    def __init__(self, index: Index, on: date, moment: Moment, conditions: Mapping[str, Condition]) -> None:
        self.index = index
        self.on = on
        self.moment = moment
        self.conditions = conditions
        self._verdicts: dict[str, Verdict] = {}
        self._concerns: tuple[tuple[Drawn, Concern], ...] | None = None
        self._calculated: CalculatedTestosterone | str | None = None

    @property
    def record(self) -> Record:
        return self.index.record

    @property
    def taking(self) -> Taking:
        return self.index.taking

    def verdict(self, rule_id: str) -> Verdict:
        """What a rule says on this day, before others hide it; one that raises is open and says why."""
        if rule_id not in self._verdicts:
            try:
                self._verdicts[rule_id] = self.conditions[rule_id](self)
            except Exception as problem:  # one broken rule must not silence the others
                self._verdicts[rule_id] = Open(failure(problem))
        return self._verdicts[rule_id]

    def fired(self, rule_id: str) -> bool:
        """True where another rule's condition holds on this day."""
        return isinstance(self.verdict(rule_id), Fired)

    # What was drawn

    def drawn(self, key: str) -> Drawn | None:
        """The result of an analyte drawn on this day, the last where there are several."""
        return self.index.drawn(key, self.on)

    def all_drawn(self) -> tuple[Drawn, ...]:
        """Everything drawn on this day, by analyte."""
        return tuple(drawn for key in self.index.results if (drawn := self.drawn(key)) is not None)

    def concerns(self) -> tuple[tuple[Drawn, Concern], ...]:
        """The doubts about each result of this day, as its laboratory wrote it."""
        if self._concerns is None:
            table = self.index.rulebook.plausibility
            self._concerns = tuple(
                (drawn, concern)
                for drawn in self.all_drawn()
                for concern in check_plausible(drawn.result.reading, table=table)
            )
        return self._concerns

    def with_newest(self, key: str) -> Day:
        """This day, or the newest with that analyte where the question is what is in force."""
        newest = self.index.newest_day((key,), self.on) if self.moment is Moment.CURRENT else None
        return (
            self
            if newest is None or newest == self.on
            else Day(self.index, newest, self.moment, self.conditions)
        )

    def limit(self, name: str) -> Limit:
        """A named number of the rulebook."""
        return self.index.rules.limits[name]

    def value(self, name: str) -> Decimal:
        """The value of a named number."""
        return self.index.rules.limits[name].value

    def is_(self, key: str, relation: Relation, name: str) -> Check:
        """An analyte of this day against a named number."""
        drawn = self.drawn(key)
        if drawn is None:
            return missing(f"{key} was not measured on {self.on}")
        return compare(drawn.quantity(), relation, self.limit(name))

    def beside(
        self, drawn: Drawn | None, relation: Relation, side: Side, times: str | None = None, key: str = ""
    ) -> Check:
        """A result against its lower or upper limit, or that many times the limit."""
        if drawn is None:
            return missing(f"{key} was not measured on {self.on}")
        limit = self.index.limit(drawn, side)
        if limit is None:
            return missing(f"there is no {_SIDE_WORDS[side]} limit for {drawn.reading.analyte}")
        if times is not None:
            factor = self.value(times)
            limit = Limit(limit.value * factor, limit.unit, f"{factor:f} times {limit.origin}")
        return compare(drawn.quantity(), relation, limit)

    def above_upper(self, key: str, times: str | None = None) -> Check:
        """Above the upper limit of the laboratory, or of the rulebook where it gave none."""
        return self.beside(self.drawn(key), ">", "high", times, key)

    def not_above_upper(self, key: str) -> Check:
        """At or below the upper limit."""
        return self.beside(self.drawn(key), "<=", "high", None, key)

    def below_lower(self, key: str) -> Check:
        """Below the lower limit."""
        return self.beside(self.drawn(key), "<", "low", None, key)

    def number(self, quantity: Quantity | None, relation: Relation, name: str, what: str) -> Check:
        """A computed quantity against a named number; `what` names it where it could not be computed."""
        return missing(what) if quantity is None else compare(quantity, relation, self.limit(name))

    def used(self, *keys: str) -> tuple[Quantity, ...]:
        """What was drawn of these on this day, to show beside a number calculated from them."""
        return tuple(drawn.quantity() for key in keys if (drawn := self.drawn(key)) is not None)

    # Time

    def on_testosterone(self) -> bool:
        """True before the effective stop and after testosterone was taken again."""
        return self.record.on_testosterone(self.on)

    def since_stop(self, relation: Relation, name: str) -> Check:
        """Weeks since the effective stop; false while on testosterone."""
        since = self.record.time_since_stop(self.on)
        if since is None:
            return given(False, "on testosterone")
        return compare(weeks(since, "time since the effective stop"), relation, self.limit(name))

    def span(self, name: str) -> timedelta:
        """A named number of days or weeks."""
        number = self.limit(name)
        return timedelta(days=int(number.value * (DAYS_A_WEEK if number.unit == "wk" else 1)))

    def within(self, moment: date, name: str) -> bool:
        """True where a moment lies on this day or at most a named time before it."""
        return timedelta(0) <= self.on - moment <= self.span(name)

    def ago(self, moment: date, name: str) -> bool:
        """True where a moment lies a named time or more before this day."""
        return self.on - moment >= self.span(name)

    # What is taken

    def active(self, *keys: str) -> bool:
        """True where one of the drugs or classes is being taken."""
        return any(self.taking.active(key, self.on) for key in keys)

    def felt(self, *keys: str) -> bool:
        """True where one is being taken or not yet washed out: "on SERM"."""
        return any(self.taking.felt(key, self.on) for key in keys)

    def run(self, key: str) -> Run | None:
        """The contiguous exposure that had begun before this day."""
        return self.taking.run_before(key, self.on)

    def taken_for(self, key: str, relation: Relation, name: str) -> Check:
        """Weeks since the start of the contiguous exposure; false where there is none."""
        run = self.run(key)
        if run is None:
            return given(False, f"not on {key}")
        return compare(weeks(self.on - run.starts_on, f"time on {key}"), relation, self.limit(name))

    # What was noted

    def symptoms(self) -> frozenset[str]:
        """The symptoms noted on this day or shortly before it."""
        noted = self.index.observed("symptom", self.on)
        return frozenset(str(o.value) for o in noted if self.within(o.on, "symptom_window"))

    def noted(self, kind: str) -> Observation | None:
        """The last observation of a kind on this day."""
        found = [o for o in self.index.observations.get(kind, ()) if o.on == self.on]
        return found[-1] if found else None

    def diagnoses(self) -> tuple[str, ...]:
        """The diagnoses made by this day."""
        return tuple(name for name, made_on in self.record.diagnoses if made_on <= self.on)

    def conditions_known(self) -> tuple[str, ...]:
        """Past conditions, and the diagnoses made by this day."""
        return self.record.history + self.diagnoses()

    def matching(self, name: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the names that a list or group of the rulebook knows."""
        return matching(self.index.terms(name), names)

    # What is calculated

    def free_testosterone(self) -> CalculatedTestosterone | None:
        """Calculated free testosterone of this day; None where it cannot be calculated."""
        if self._calculated is None:
            self._calculated = self._calculate()
        return self._calculated if isinstance(self._calculated, CalculatedTestosterone) else None

    def why_no_free_testosterone(self) -> str:
        """Why free testosterone cannot be calculated."""
        self.free_testosterone()
        return self._calculated if isinstance(self._calculated, str) else ""

    def _calculate(self) -> CalculatedTestosterone | str:
        readings: dict[str, Reading] = {
            key: d.reading for key in ("TT", "SHBG", "ALB") if (d := self.drawn(key))
        }
        absent = [key for key in ("TT", "SHBG") if key not in readings]
        if absent:
            return f"{' and '.join(absent)} not measured on {self.on}"
        try:
            table = self.index.rulebook.calculated
            return free_testosterone(readings["TT"], readings["SHBG"], readings.get("ALB"), table=table)
        except CannotCalculate as problem:
            return str(problem)


def weeks(time: timedelta, name: str) -> Quantity:
    """A stretch of time as a quantity in weeks."""
    return Quantity(name, Decimal(time.days) / DAYS_A_WEEK, "wk")
