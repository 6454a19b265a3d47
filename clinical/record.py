"""The record of one recovery episode as the engine reads it: frozen facts with their ids, no judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, TypeAlias

from clinical.intervals import Interval
from clinical.readings import Reading

Value: TypeAlias = Decimal | str | bool
Baseline: TypeAlias = Mapping[str, Decimal]
DAYS_A_WEEK = 7
MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Result:
    """One reading in its analyte's canonical unit, with the interval that the laboratory printed."""

    id: str
    reading: Reading
    interval: Interval | None = None
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What was collected at one time. `collected_at` is in the clinic's time zone; None is "not recorded"."""

    id: str
    collected_on: date
    kind: Literal["serum", "semen"] = "serum"
    collected_at: datetime | None = None
    fasting: bool | None = None
    acutely_ill: bool | None = None
    abstinence_days: Decimal | None = None
    complete: bool | None = None
    minutes_to_analysis: int | None = None
    sperm_seen: Literal["counted", "none", "after_centrifugation"] | None = None
    who_edition: int | None = None
    laboratory: str | None = None
    results: Mapping[str, Result] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def hour(self) -> Decimal | None:
        """The hour of the day with its fraction; None where it is not recorded."""
        at = self.collected_at
        return None if at is None else Decimal(at.hour * MINUTES_AN_HOUR + at.minute) / MINUTES_AN_HOUR


def _time_of(sample: Sample) -> tuple[date, str, str, str]:
    """Order of time for any order of entry; of one day's samples those of unknown hour come first."""
    at = sample.collected_at.isoformat() if sample.collected_at else ""
    return sample.collected_on, at, sample.kind, sample.id


@dataclass(frozen=True, slots=True)
class Dose:
    """A constant dose of one drug; `weekly` is the amount a week in `unit`. The last day is `ends_on`."""

    id: str
    drug: str
    weekly: Decimal
    unit: str
    starts_on: date
    ends_on: date | None = None
    mode: Literal["pump", "bolus", "continuous"] | None = None
    course_id: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Something noted on a day that is no laboratory result; the kinds are those of OBSERVATION_KINDS."""

    on: date
    kind: str
    value: Value = True
    id: str | None = None


# Kind -> what its value is. A kind not named here is kept and no rule reads it.
OBSERVATION_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "visit": "True: the man was seen; makes the day an event without a result",
        "symptom": "a key of clinical.symptoms: breast fluid visual visual_field headache leg_swelling ...",
        "phq9": "Decimal 0-27, the sum of the PHQ-9",
        "phq9_item9": "Decimal 0-3, the ninth item of the PHQ-9",
        "biotin": "Decimal, mg a day taken at the time of the draw",
        "dxa": "Decimal, lowest T-score of a bone density scan, or True where only the scan is known",
        "illness": "True: fever or acute illness on that day",
        "systolic": "Decimal, mmHg",
        "diastolic": "Decimal, mmHg",
        "testis_left": "Decimal, mL",
        "testis_right": "Decimal, mL",
        "nrs_libido": "Decimal 0-10",
        "nrs_energy": "Decimal 0-10",
        "off_label_missing": "drug key whose off-label statement has not been acknowledged",
        "off_label_acknowledged": "drug key whose off-label statement was acknowledged",
    }
)


@dataclass(frozen=True, slots=True)
class TestosteronePeriod:
    """Time off testosterone: from the effective stop until it is taken again.

    `effective_stop` None: testosterone has not been stopped; `restarted_on` None: he is still off.
    """

    __test__ = False  # the name begins with "Test", and pytest collects by that

    effective_stop: date | None
    restarted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """A course of testosterone or another anabolic steroid, by its key in clinical.exposure."""

    formulation: str
    last_dose_on: date | None
    started_on: date | None = None


def _exposed(exposure: Exposure) -> tuple[date, str, date]:
    return exposure.last_dose_on or date.max, exposure.formulation, exposure.started_on or date.min


@dataclass(frozen=True, slots=True)
class Record:
    """Everything known about one episode. `baseline` holds values from before testosterone, canonical units.

    `concomitant` are other medicines by name, `history` past conditions by name, `diagnoses` (name, made on).
    """

    id: str
    birth_date: date | None = None
    fertility_goal: bool = False
    periods: tuple[TestosteronePeriod, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    baseline: Baseline = field(default_factory=lambda: MappingProxyType({}))
    baseline_on: date | None = None
    samples: tuple[Sample, ...] = ()
    doses: tuple[Dose, ...] = ()
    observations: tuple[Observation, ...] = ()
    concomitant: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    diagnoses: tuple[tuple[str, date], ...] = ()

    def __post_init__(self) -> None:
        # Order of entry never matters: everything downstream reads these in order of time.
        object.__setattr__(self, "samples", tuple(sorted(self.samples, key=_time_of)))
        object.__setattr__(
            self, "doses", tuple(sorted(self.doses, key=lambda d: (d.starts_on, d.drug, d.id)))
        )
        object.__setattr__(
            self, "observations", tuple(sorted(self.observations, key=lambda o: (o.on, o.kind, str(o.value))))
        )
        object.__setattr__(
            self, "periods", tuple(sorted(self.periods, key=lambda p: p.effective_stop or date.max))
        )
        object.__setattr__(self, "exposures", tuple(sorted(self.exposures, key=_exposed)))

    def sample_on(self, on: date, kind: str = "serum") -> Sample | None:
        """The last sample of this kind collected on that day."""
        return next((s for s in reversed(self.samples) if s.collected_on == on and s.kind == kind), None)

    def latest(self, analyte: str, before: date | None = None) -> tuple[Sample, Result] | None:
        """The newest result of an analyte, with its sample; with `before`, of those collected earlier."""
        for sample in reversed(self.samples):
            if analyte in sample.results and (before is None or sample.collected_on < before):
                return sample, sample.results[analyte]
        return None

    def period_on(self, on: date) -> TestosteronePeriod | None:
        """The time off testosterone that holds this day; None while on testosterone."""
        for period in reversed(self.periods):
            stop, restart = period.effective_stop, period.restarted_on
            # As with every drug, what is drawn on the morning of the first dose does not show it.
            if stop is not None and stop <= on and (restart is None or on <= restart):
                return period
        return None

    def on_testosterone(self, on: date) -> bool:
        """True before the effective stop, and again after the day that testosterone was taken again."""
        return self.period_on(on) is None

    def time_since_stop(self, on: date) -> timedelta | None:
        """Time since the effective stop; None while on testosterone."""
        period = self.period_on(on)
        if period is None or period.effective_stop is None:
            return None
        return on - period.effective_stop

    def weeks_since_stop(self, on: date) -> Decimal | None:
        """Weeks since the effective stop, with fractions; None while on testosterone."""
        since = self.time_since_stop(on)
        return None if since is None else Decimal(since.days) / DAYS_A_WEEK
