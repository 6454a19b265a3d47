"""Which drugs a man takes, takes no longer but still feels, or has taken without a gap, on a given day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from clinical.record import Dose

FOREVER = date.max


class DrugFacts(Protocol):
    """What is needed to know of a drug."""

    @property
    def drug_class(self) -> str: ...

    @property
    def washout_weeks(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Run:
    """Exposure without a gap worth the name; `ends_on` None while it goes on."""

    starts_on: date
    ends_on: date | None

    @property
    def last_day(self) -> date:
        """The last day, or the end of time."""
        return self.ends_on or FOREVER


def _runs(doses: Iterable[Dose], gap: timedelta) -> tuple[Run, ...]:
    merged: list[Run] = []
    for dose in doses:
        last = merged[-1] if merged else None
        if last and (last.ends_on is None or dose.starts_on - last.ends_on <= gap):
            still = last.ends_on is None or dose.ends_on is None
            ends_on = None if still else max(last.last_day, dose.ends_on or FOREVER)
            merged[-1] = Run(last.starts_on, ends_on)
        else:
            merged.append(Run(dose.starts_on, dose.ends_on))
    return tuple(merged)


class Taking:
    """The doses of one record, asked by drug key ("clomiphene") or by class ("SERM").

    A morning's draw does not know the dose that starts that day, and does know the one that ends that day.
    """

    __slots__ = ("_by_key", "_facts", "_gap", "_run_cache")

    def __init__(self, doses: Iterable[Dose], facts: Mapping[str, DrugFacts], gap: timedelta) -> None:
        self._facts = facts
        self._gap = gap
        self._by_key: dict[str, list[Dose]] = {}
        self._run_cache: dict[str, tuple[Run, ...]] = {}
        for dose in doses:
            self._by_key.setdefault(dose.drug, []).append(dose)
            if dose.drug in facts:
                self._by_key.setdefault(facts[dose.drug].drug_class, []).append(dose)

    def doses(self, key: str) -> list[Dose]:
        """All doses of a drug or class, by start."""
        return self._by_key.get(key, [])

    def washout(self, dose: Dose) -> timedelta:
        """How long a dose is felt after its last day."""
        facts = self._facts.get(dose.drug)
        return timedelta(weeks=int(facts.washout_weeks)) if facts else timedelta(0)

    def active(self, key: str, on: date) -> list[Dose]:
        """The doses being taken when something is drawn that morning."""
        return [d for d in self.doses(key) if d.starts_on < on and (d.ends_on is None or on <= d.ends_on)]

    def in_force(self, key: str, on: date) -> list[Dose]:
        """The doses of that day, those that start on it included and those that end on it too."""
        return [d for d in self.doses(key) if d.starts_on <= on and (d.ends_on is None or on <= d.ends_on)]

    def starting(self, key: str, on: date) -> list[Dose]:
        """The doses that begin that day after a gap; a change of dose is no start."""
        started = {run.starts_on for run in self.runs(key)}
        return [dose for dose in self.doses(key) if dose.starts_on == on and on in started]

    def felt(self, key: str, on: date, washout: timedelta | None = None) -> list[Dose]:
        """The doses taken or not yet washed out ("on SERM"); `washout` replaces each drug's own."""
        return [
            dose
            for dose in self.doses(key)
            if dose.starts_on < on
            and (
                dose.ends_on is None
                or on <= dose.ends_on + (self.washout(dose) if washout is None else washout)
            )
        ]

    def runs(self, key: str) -> tuple[Run, ...]:
        """Contiguous exposure: doses with no gap of more than the rulebook's 14 days between them."""
        if key not in self._run_cache:
            self._run_cache[key] = _runs(self.doses(key), self._gap)
        return self._run_cache[key]

    def run_before(self, key: str, on: date) -> Run | None:
        """The contiguous exposure that had begun before that day, the latest of them."""
        return next((run for run in reversed(self.runs(key)) if run.starts_on < on), None)

    def last_dose(self, key: str, before: date) -> date | None:
        """The last day of the latest exposure that is over; None where it goes on or there was none."""
        ends = [d.ends_on for d in self.doses(key) if d.starts_on < before]
        if not ends or None in ends:
            return None
        last = max(end for end in ends if end is not None)
        return last if last < before else None

    def days_taken(self, key: str, until: date) -> int:
        """Days of exposure up to that day, overlapping doses counted once."""
        total, reached = 0, date.min
        for dose in self.doses(key):
            start, end = max(dose.starts_on, reached), min(dose.ends_on or until, until)
            if end > start:
                total += (end - start).days
                reached = end
        return total

    def since_dose_change(self, dose: Dose, on: date) -> timedelta:
        """How long the weekly amount has been what it is, through entries that only continue it."""
        start = dose.starts_on
        for earlier in reversed(self.doses(dose.drug)):
            continues = (
                earlier.ends_on is not None and earlier.starts_on < start <= earlier.ends_on + self._gap
            )
            if continues and earlier.weekly == dose.weekly and earlier.mode == dose.mode:
                start = earlier.starts_on
        return on - start
