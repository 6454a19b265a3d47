"""How fast a man like this one may recover: the bands of the cohorts that fit him, and why others do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from clinical.cohort_table import BaselineNeed, Cohort, CohortTable, Curve, Quantiles
from clinical.index import Index
from clinical.record import Exposure, Record, TestosteronePeriod
from clinical.rulebook import Rulebook, load_rulebook

DAYS_A_MONTH = Decimal("30.4375")
DRUG_CLASSES = ("SERM", "hCG", "GnRH", "AI", "FSH")
NEEDED = {"SERM": ("SERM",), "hCG and SERM": ("hCG", "SERM")}
SHOWN = Decimal("0.01")


def months_between(start: date, end: date) -> Decimal:
    """The time between two days in months of 30.4375 days, to two decimals."""
    return (Decimal((end - start).days) / DAYS_A_MONTH).quantize(SHOWN)


def days_of(months: Decimal) -> timedelta:
    """Months as whole days."""
    return timedelta(days=int((months * DAYS_A_MONTH).to_integral_value()))


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a band: by this day that share of men (in per cent) had arrived.

    `months` counts from the effective stop; `low` and `high` are a curve's confidence limits of the share.
    `is_open`: the share arrived later than this, and the source does not say when.
    """

    months: Decimal
    on: date
    percent: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """What is expected of a man by one cohort, to be drawn from its points as lines."""

    key: str
    title: str
    counted_from: date
    effective_stop: date
    population: str
    exposure: str
    why_it_may_not_apply: tuple[str, ...]
    citation: str
    cohort: Cohort

    @property
    def points(self) -> tuple[Point, ...]:
        """Its points in order of time, worked out when it is drawn: rules compare without them."""
        if self.cohort.curve is not None:
            return tuple(_curve_points(self.cohort.curve, self.counted_from, self.effective_stop))
        if self.cohort.quantiles is None:
            return ()
        return tuple(_quantile_points(self.cohort.quantiles, self.counted_from, self.effective_stop))


@dataclass(frozen=True, slots=True)
class Unfit:
    """A cohort that cannot be compared with, and why. `is_unknown`: for want of something on record."""

    key: str
    title: str
    because: str
    is_unknown: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """The bands that fit a man, those that do not, and what holds of all of them."""

    bands: tuple[Band, ...]
    unfit: tuple[Unfit, ...]
    caveat: str
    age_note: str


@dataclass(frozen=True, slots=True)
class _Situation:
    """What eligibility asks about: one time off testosterone, seen on a day."""

    index: Index
    on: date
    stop: date
    last_dose: date
    exposures: tuple[Exposure, ...]

    @property
    def months_exposed(self) -> Decimal | None:
        starts = [one.started_on for one in self.exposures]
        if None in starts:
            return None
        return months_between(min(start for start in starts if start is not None), self.last_dose)

    def drug_since(self, key: str) -> date | None:
        """When a drug or class that was taken since the last dose was begun; None for not taken."""
        starts = [
            dose.starts_on
            for dose in self.index.taking.doses(key)
            if dose.starts_on <= self.on and (dose.ends_on is None or dose.ends_on > self.last_dose)
        ]
        return min(starts, default=None)


def period_seen(record: Record, on: date) -> TestosteronePeriod | None:
    """The time off testosterone that holds the day, else the next that is planned."""
    ahead = (p for p in record.periods if p.effective_stop is not None and p.effective_stop > on)
    return record.period_on(on) or next(ahead, None)


def _situation(index: Index, on: date) -> _Situation | str:
    record = index.record
    period = period_seen(record, on)
    if period is None or period.effective_stop is None:
        return "testosterone has not been stopped"
    stop = period.effective_stop
    earlier = [p.effective_stop for p in record.periods if p.effective_stop and p.effective_stop < stop]
    since = max(earlier, default=date.min)
    exposures = tuple(e for e in record.exposures if e.last_dose_on and since < e.last_dose_on <= stop)
    if not exposures:
        return "which testosterone was taken until when is not on record"
    last_dose = max(e.last_dose_on for e in exposures if e.last_dose_on)
    return _Situation(index, on, stop, last_dose, exposures)


@dataclass(frozen=True, slots=True)
class _No:
    because: str
    is_unknown: bool = False


def _formulation(seen: _Situation, cohort: Cohort, table: CohortTable) -> Iterator[_No]:
    known = table.formulations[cohort.key]
    names = seen.index.rulebook.washouts.formulations
    for exposure in seen.exposures:
        if exposure.formulation not in known:
            row = names.get(exposure.formulation)
            yield _No(f"the cohort did not take {row.name if row else exposure.formulation}")


def _duration(seen: _Situation, cohort: Cohort) -> Iterator[_No]:
    limits = cohort.fits.exposure_months
    if limits.low is None and limits.high is None:
        return
    months = seen.months_exposed
    if months is None:
        yield _No("how long testosterone was taken is not on record", is_unknown=True)
    elif (limits.low is not None and months < limits.low) or (
        limits.high is not None and months > limits.high
    ):
        texts = [f"from {limits.low:f}"] if limits.low is not None else []
        texts += [f"to {limits.high:f}"] if limits.high is not None else []
        yield _No(f"testosterone was taken for {months:.1f} months, in the cohort {' '.join(texts)}")


def _drug(seen: _Situation, cohort: Cohort) -> Iterator[_No]:
    fits = cohort.fits
    if fits.drug == "none":
        taken = [key for key in DRUG_CLASSES if seen.drug_since(key) is not None]
        if taken:
            yield _No(f"the cohort took no drug for recovery; he takes or took {', '.join(taken)}")
        return
    for key in NEEDED.get(fits.drug, ()):
        start = seen.drug_since(key)
        if start is None:
            yield _No(f"the cohort took {key}")
        elif fits.drug_within_months is not None:
            months = months_between(seen.last_dose, start)
            if months > fits.drug_within_months:
                yield _No(
                    f"{key} began {months:.1f} months after the last dose, "
                    f"in the cohort within {fits.drug_within_months:f}"
                )


def _before(seen: _Situation, need: BaselineNeed) -> Iterator[_No]:
    value = seen.index.record.baseline.get(need.analyte)
    if value is None:
        if need.required:
            yield _No(f"{need.analyte} from before testosterone is not on record", is_unknown=True)
    elif need.at_least is not None and value < need.at_least:
        yield _No(f"{need.analyte} was {value:f} before testosterone, the cohort {need.at_least:f} or more")


def _azoospermic(seen: _Situation) -> Iterator[_No]:
    """The first semen analysis since the last dose, else the last before it, showed no sperm."""
    drawn = [d for d in seen.index.results.get("SCONC", ()) if d.on <= seen.on]
    since = [d for d in drawn if d.on >= seen.last_dose]
    first = since[0] if since else (drawn[-1] if drawn else None)
    if first is None:
        yield _No("there is no semen analysis from the stop", is_unknown=True)
    elif first.reading.value != 0 or first.sample.sperm_seen == "after_centrifugation":
        yield _No(f"the cohort had no sperm at the start; he had on {first.on}")


def _misfits(seen: _Situation, cohort: Cohort, table: CohortTable) -> Iterator[_No]:
    yield from _formulation(seen, cohort, table)
    yield from _duration(seen, cohort)
    yield from _drug(seen, cohort)
    for need in cohort.fits.baseline:
        yield from _before(seen, need)
    if cohort.fits.azoospermic:
        yield from _azoospermic(seen)


def _curve_points(curve: Curve, start: date, stop: date) -> Iterator[Point]:
    shift = months_between(stop, start)
    for months in curve.at_months:
        central, low, high = (
            Decimal(0) if months < curve.floor_months else line.percent(months)
            for line in (curve.central, curve.low, curve.high)
        )
        yield Point(months + shift, start + days_of(months), central, low, high)


def _quantile_points(quantiles: Quantiles, start: date, stop: date) -> Iterator[Point]:
    shift = months_between(stop, start)
    for percent, quantile in quantiles.points():
        on = start + days_of(quantile.months)
        yield Point(quantile.months + shift, on, percent, is_open=quantile.open)


def _band(seen: _Situation, cohort: Cohort, table: CohortTable) -> Band:
    return Band(
        key=cohort.key,
        title=cohort.title,
        counted_from=seen.last_dose if cohort.counted_from == "last_dose" else seen.stop,
        effective_stop=seen.stop,
        population=cohort.population,
        exposure=cohort.exposure,
        why_it_may_not_apply=(*cohort.differs, table.age_note),
        citation=f"{cohort.source} [{cohort.mark.value}], {table.version}",
        cohort=cohort,
    )


def outlook_of(index: Index, on: date) -> Outlook:
    """The bands that fit the record of an index on a day; see `outlook`."""
    table = index.rulebook.cohorts
    seen = _situation(index, on)
    bands, unfit = [], []
    for cohort in table.cohorts:
        if isinstance(seen, str):
            unfit.append(Unfit(cohort.key, cohort.title, seen, is_unknown=True))
            continue
        misfits = list(_misfits(seen, cohort, table))
        if misfits:
            because = "; ".join(misfit.because for misfit in misfits)
            is_unknown = all(misfit.is_unknown for misfit in misfits)
            unfit.append(Unfit(cohort.key, cohort.title, because, is_unknown))
        else:
            bands.append(_band(seen, cohort, table))
    return Outlook(tuple(bands), tuple(unfit), table.caveat, table.age_note)


def outlook(record: Record, on: date, rulebook: Rulebook | None = None) -> Outlook:
    """The bands that fit a man as he stands on a day, and of each other cohort why it does not fit."""
    return outlook_of(Index(record, rulebook or load_rulebook()), on)


def expected(record: Record, on: date, rulebook: Rulebook | None = None) -> tuple[Band, ...]:
    """The bands that fit a man as he stands on a day; empty where no cohort does."""
    return outlook(record, on, rulebook).bands
