"""Timing deeds in turn, so that whatever else the machine does falls on the product and its floor alike."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

WARM_UP = 3


def nothing() -> None:
    """What a deed needs that needs nothing."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is timed: `run` with whatever `prepare` gives, which is not timed."""

    run: Callable[[Any], object]
    prepare: Callable[[], Any] = nothing


@dataclass(slots=True)
class Timing:
    """The times of one deed, in milliseconds."""

    times: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        if len(self.times) < 2:
            return self.times[0]
        return statistics.quantiles(self.times, n=20, method="inclusive")[-1]

    def shared_by(self, count: int) -> "Timing":
        """The same, per piece, where each time was that of `count` pieces."""
        return Timing([took / count for took in self.times])


@dataclass(frozen=True, slots=True)
class Line:
    """One operation beside one floor. `sql` counts the statements of ours, without BEGIN and COMMIT."""

    operation: str
    ours: Timing
    floor_name: str
    floor: Timing
    sql: int

    @property
    def ratio(self) -> float:
        return self.ours.median / self.floor.median


def measure(deeds: Mapping[str, Deed], *, repeats: int, warm_up: int = WARM_UP) -> dict[str, Timing]:
    """Do each deed `repeats` times, one after the other in turn, after `warm_up` rounds that do not count."""
    timings = {name: Timing() for name in deeds}
    # A full collection of all that was seeded would fall on one of the deeds, and mostly on the same one.
    gc.collect()
    gc.freeze()
    for turn in range(warm_up + repeats):
        for name, deed in deeds.items():
            took = _timed(deed)
            if turn >= warm_up:
                timings[name].times.append(took)
    return timings


def _timed(deed: Deed) -> float:
    given = deed.prepare()
    began = time.perf_counter_ns()
    deed.run(given)
    return (time.perf_counter_ns() - began) / 1_000_000


def statements_of(deed: Deed) -> int:
    """How many SQL statements one deed sends, savepoints included."""
    # Twice, because the first request after a pause also stores that the session is in use.
    deed.run(deed.prepare())
    given = deed.prepare()
    with _counted() as sent:
        deed.run(given)
    return len(sent)


@contextmanager
def _counted() -> Iterator[list[str]]:
    sent: list[str] = []

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield sent
