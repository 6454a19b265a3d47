"""Results and symptoms that call for a test again, and the chain of semen analyses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from clinical.intervals import CURRENT_WHO_EDITION, Place, place
from clinical.readings import Comparator, Reading, canonical
from clinical.record import Record, Sample
from clinical.retest_anchors import Anchor
from clinical.rulebook import Rulebook


def _drawn(record: Record, key: str, since: date) -> Iterator[tuple[Sample, Reading]]:
    for sample in record.samples:
        if sample.collected_on >= since and key in sample.results:
            yield sample, canonical(sample.results[key].reading)


def is_below(reading: Reading, limit: Decimal) -> bool:
    """Whether the truth is surely below a limit."""
    match reading.comparator:
        case Comparator.EQUAL | Comparator.AT_MOST:
            return reading.value < limit
        case Comparator.BELOW:
            return reading.value <= limit
    return False


def is_above(reading: Reading, limit: Decimal) -> bool:
    """Whether the truth is surely above a limit."""
    match reading.comparator:
        case Comparator.EQUAL | Comparator.AT_LEAST:
            return reading.value > limit
        case Comparator.ABOVE:
            return reading.value >= limit
    return False


def is_at_least(reading: Reading, limit: Decimal) -> bool:
    """Whether the truth is surely a limit or more."""
    return reading.comparator not in (Comparator.BELOW, Comparator.AT_MOST) and reading.value >= limit


def _number(rulebook: Rulebook, name: str) -> Decimal:
    return rulebook.rules.numbers[name].value


def days_of_testosterone(record: Record, rulebook: Rulebook, stop: date) -> list[tuple[date, bool]]:
    """The days since the stop on which testosterone was drawn, and whether it was normal.

    A censored value that leaves it open is no day.
    """
    low = _number(rulebook, "low_testosterone")
    days = []
    for sample, reading in _drawn(record, "TT", stop):
        is_low = is_below(reading, low)
        if is_low or is_at_least(reading, low):
            days.append((sample.collected_on, not is_low))
    return days


def sustained_on(days: list[tuple[date, bool]], apart: timedelta) -> date | None:
    """The second of two draws in a row that were not low and far enough apart; None if the last is low."""
    if not days or not days[-1][1]:
        return None
    first: date | None = None
    for on, is_normal in days:
        if not is_normal:
            first = None
        elif first is None:
            first = on
        elif on - first >= apart:
            return on
    return None


def _first_low(record: Record, rulebook: Rulebook, stop: date) -> Iterator[Anchor]:
    low = _number(rulebook, "low_testosterone")
    was_low = False
    for sample, reading in _drawn(record, "TT", stop):
        is_low = is_below(reading, low)
        if is_low and not was_low:
            yield Anchor("result", sample.collected_on, sample.id)
        was_low = is_low


def _hematocrit(record: Record, rulebook: Rulebook, since: date, *, high: bool) -> Iterator[Anchor]:
    watch, above = _number(rulebook, "hematocrit_watch"), _number(rulebook, "hematocrit_high")
    for sample, reading in _drawn(record, "HCT", since):
        is_high = is_above(reading, above)
        if is_high == high and is_at_least(reading, watch):
            yield Anchor("result", sample.collected_on, sample.id)


def _psa(record: Record, rulebook: Rulebook, since: date) -> Iterator[Anchor]:
    high, rise = _number(rulebook, "psa_high"), _number(rulebook, "psa_rise")
    baseline = record.baseline.get("PSA")
    had_risen = False
    for sample, reading in _drawn(record, "PSA", since):
        if baseline is None and not reading.censored:
            baseline = reading.value
        limit = high if baseline is None else min(high, baseline + rise)
        has_risen = is_above(reading, limit)
        if has_risen and not had_risen:
            yield Anchor("result", sample.collected_on, sample.id)
        had_risen = has_risen


def _breast(record: Record, stop: date, again: timedelta) -> Iterator[Anchor]:
    last: date | None = None
    for observation in record.observations:
        is_breast = (observation.kind, observation.value) == ("symptom", "breast")
        if not is_breast or observation.on < stop:
            continue
        if last is None or observation.on - last > again:
            yield Anchor("result", observation.on, observation.id or "breast")
        last = observation.on


def event_anchors(record: Record, rulebook: Rulebook, stop: date) -> dict[str, list[Anchor]]:
    """By event, what calls for a test again; blood counts and PSA of shortly before the stop count too."""
    settings = rulebook.retests.settings
    since = stop - timedelta(days=settings.before_stop_days)
    return {
        "low_testosterone": list(_first_low(record, rulebook, stop)),
        "hematocrit_watch": list(_hematocrit(record, rulebook, since, high=False)),
        "hematocrit_high": list(_hematocrit(record, rulebook, since, high=True)),
        "psa_rise": list(_psa(record, rulebook, since)),
        "breast_symptom": list(_breast(record, stop, timedelta(days=settings.symptom_again_days))),
    }


def semen_samples(record: Record, since: date) -> list[Sample]:
    """The semen analyses that count: with a concentration, and not known to be incomplete."""
    return [
        sample
        for sample in record.samples
        if sample.kind == "semen"
        and sample.collected_on >= since
        and "SCONC" in sample.results
        and sample.complete is not False
    ]


def is_abnormal(sample: Sample, rulebook: Rulebook) -> bool:
    """Whether the concentration is below the laboratory's limit, else that of the edition it used."""
    result = sample.results["SCONC"]
    edition = sample.who_edition or CURRENT_WHO_EDITION
    limits = result.interval or rulebook.default_interval("SCONC", who_edition=edition)
    return place(result.reading, limits).place is Place.BELOW
