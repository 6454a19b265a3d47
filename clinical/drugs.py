"""Doses: what an order comes to in a week, what speaks against it, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal

from clinical.conflicts import check_combination
from clinical.drug_catalogue import (
    CATALOGUE,
    DoseConcern,
    DoseError,
    Drug,
    DrugTable,
    Frequency,
    Mode,
    UnknownDrug,
)
from clinical.findings import Severity

__all__ = [
    "DRUGS",
    "FREQUENCIES",
    "DoseConcern",
    "DoseError",
    "Drug",
    "Frequency",
    "UnknownDrug",
    "Weekly",
    "check_combination",
    "check_dose",
    "check_weekly",
    "dose_text",
    "drug",
    "weekly_amount",
]

DRUGS: Mapping[str, Drug] = CATALOGUE.drugs
FREQUENCIES: Mapping[str, Frequency] = CATALOGUE.frequencies

MINUTES_A_WEEK = 10080
DAYS_A_WEEK = 7
MCG_IN_MG = Decimal(1000)
_WORKING = Context(prec=28)
_KEPT = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Weekly:
    """The amount of a week with its unit."""

    amount: Decimal
    unit: str

    @property
    def text(self) -> str:
        """As printed: "87.5 mg a week"."""
        return f"{_digits(self.amount)} {_unit_text(self.unit)} a week"


@dataclass(frozen=True, slots=True)
class _Order:
    """An order that was read: amount in the drug's dose unit, how often, and the mode where there is one."""

    drug: Drug
    amount: Decimal
    frequency: Frequency
    mode: Mode | None
    times_per_week: Decimal
    interval_min: int | None


def drug(key: str) -> Drug:
    """The drug of this key; raises UnknownDrug."""
    return CATALOGUE.drug(key)


def _digits(value: Decimal) -> str:
    """A leading zero, no trailing zero, no exponent, as doses are written safely."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unit_text(unit: str) -> str:
    """ "IU" is misread as IV or 10, so it is written out; micrograms are "mcg"."""
    return "units" if unit == "IU" else unit


def _in_unit(amount: Decimal, unit: str, wanted: str, name: str) -> Decimal:
    """The amount in another unit of mass; raises DoseError where the units do not measure the same."""
    if unit == wanted:
        return amount
    if {unit, wanted} == {"mg", "mcg"}:
        return amount / MCG_IN_MG if wanted == "mg" else amount * MCG_IN_MG
    accepted = wanted if wanted == "IU" else "mg or mcg"
    raise DoseError(f'{name}: found the unit "{unit}". Accepted: {accepted}.')


def _mode_of(row: Drug, mode: str | None) -> Mode | None:
    if not row.modes and mode is None:
        return None
    if mode is None or mode not in row.mode_by_key:
        accepted = ", ".join(row.mode_by_key) or "none"
        raise DoseError(f'{row.name}: found the mode "{mode or ""}". Accepted: {accepted}.')
    return row.mode_by_key[mode]


def _read(
    key: str,
    amount: Decimal,
    unit: str,
    frequency: str,
    mode: str | None,
    pulse_interval_min: int | None,
    catalogue: DrugTable,
) -> _Order:
    """The order, understood; raises UnknownDrug or DoseError."""
    row, how_often = catalogue.drug(key), catalogue.frequency(frequency)
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount <= 0:
        raise DoseError(f'{row.name}: found the amount "{amount}". Accepted: a number above zero.')
    way = _mode_of(row, mode)
    interval = pulse_interval_min if pulse_interval_min is not None else how_often.interval_min
    if interval is not None and interval <= 0:
        raise DoseError(f'{row.name}: found an interval of "{interval}". Accepted: minutes above zero.')
    is_pump = way is not None and way.key == "pump"
    if is_pump and interval is None:
        raise DoseError(f"{row.name} by pump needs the interval between pulses in minutes.")
    if not is_pump and interval is not None:
        raise DoseError(f"{row.name}: an interval in minutes is for the pump only.")
    times = how_often.times_per_week
    if interval is not None:
        times = _WORKING.divide(Decimal(MINUTES_A_WEEK), Decimal(interval))
    return _Order(row, _in_unit(amount, unit, row.dose_unit, row.name), how_often, way, times, interval)


def _weekly(order: _Order) -> Weekly:
    row = order.drug
    total = _in_unit(order.amount * order.times_per_week, row.dose_unit, row.weekly_unit, row.name)
    return Weekly(Decimal(_digits(total.quantize(_KEPT))), row.weekly_unit)


def weekly_amount(
    key: str,
    amount: Decimal,
    unit: str,
    frequency: str,
    *,
    mode: str | None = None,
    pulse_interval_min: int | None = None,
    catalogue: DrugTable = CATALOGUE,
) -> Weekly:
    """What a dose comes to in a week, in the drug's weekly unit; raises UnknownDrug or DoseError.

    `mode` is for gonadorelin: bolus, pump or continuous. With the pump the interval is `pulse_interval_min`,
    or else that of the frequency; a continuous infusion is given as its amount at the frequency ("daily").
    """
    return _weekly(_read(key, amount, unit, frequency, mode, pulse_interval_min, catalogue))


@dataclass(frozen=True, slots=True)
class _Bound:
    """One amount held against its limits, and how it is spoken of."""

    name: str
    value: Decimal
    unit: str
    low: Decimal | None = None
    soft: Decimal | None = None
    hard: Decimal | None = None


def _bound_concern(row: Drug, bound: _Bound, version: str) -> DoseConcern | None:
    found = f"{row.name}: {bound.name} is {_digits(bound.value)} {_unit_text(bound.unit)}"
    unit = _unit_text(bound.unit)
    if bound.hard is not None and bound.value > bound.hard:
        severity, limit, end = Severity.CRITICAL, f"up to {_digits(bound.hard)} {unit}", "above the maximum"
    elif bound.soft is not None and bound.value > bound.soft:
        severity, limit, end = (
            Severity.WARNING,
            f"up to {_digits(bound.soft)} {unit}",
            "above the usual range",
        )
    elif bound.low is not None and bound.value < bound.low:
        severity, limit, end = Severity.WARNING, f"from {_digits(bound.low)} {unit}", "below the usual range"
    else:
        return None
    return DoseConcern(
        severity=severity,
        message=f"{found}, {end} ({limit}).",
        limit=limit,
        source=f"{row.source_of('limits')}, {version}",
        key=f"{row.key}:{bound.name}",
        rule="R86",
    )


def _bounds(order: _Order) -> Iterator[_Bound]:
    row, limits, mode = order.drug, order.drug.limits, order.mode
    weekly = _weekly(order)
    yield _Bound(
        "the weekly amount",
        weekly.amount,
        weekly.unit,
        limits.weekly_soft_low,
        limits.weekly_soft_high,
        limits.weekly_hard_high,
    )
    # What is given in a day: every other day still means a whole dose on the day that it is taken.
    by_day = order.amount * max(order.times_per_week / DAYS_A_WEEK, Decimal(1))
    yield _Bound("a day's amount", by_day, row.dose_unit, None, limits.day_soft_high, limits.day_hard_high)
    low = mode.dose_soft_low if mode else limits.dose_soft_low
    high = mode.dose_soft_high if mode else limits.dose_soft_high
    yield _Bound("the single dose", order.amount, row.dose_unit, low, high, limits.dose_hard_high)


def _mode_concerns(order: _Order, version: str) -> Iterator[DoseConcern]:
    row, mode = order.drug, order.mode
    if mode is None:
        return
    source = f"{row.source_of(mode.key)}, {version}"
    if mode.concern is not None:
        key = f"{row.key}:{mode.key}"
        rule = "R24" if mode.concern is Severity.CRITICAL else "R25"
        yield DoseConcern(mode.concern, f"{row.name}: {mode.concern_text}", mode.label, source, key, rule)
    for name, value, low, high, unit in (
        (
            "the number of doses a week",
            order.times_per_week,
            mode.weekly_times_low,
            mode.weekly_times_high,
            "",
        ),
        ("the interval", order.interval_min, mode.interval_low, mode.interval_high, " minutes"),
    ):
        if value is None or low is None or high is None or low <= value <= high:
            continue
        limit = f"{_digits(Decimal(low))} to {_digits(Decimal(high))}{unit}"
        message = f"{row.name}: {name} is {_digits(round(Decimal(value), 2))}{unit}, outside {limit}."
        yield DoseConcern(Severity.WARNING, message, limit, source, f"{row.key}:{name}", "R86")


def check_dose(
    key: str,
    amount: Decimal,
    unit: str,
    frequency: str,
    *,
    mode: str | None = None,
    pulse_interval_min: int | None = None,
    catalogue: DrugTable = CATALOGUE,
) -> tuple[DoseConcern, ...]:
    """What speaks against a dose by week, day, single dose and mode, the gravest first.

    Raises UnknownDrug or DoseError. A limit itself is accepted.
    """
    order = _read(key, amount, unit, frequency, mode, pulse_interval_min, catalogue)
    version = f"{catalogue.header.id} {catalogue.header.version}"
    found = [_bound_concern(order.drug, bound, version) for bound in _bounds(order)]
    concerns = [concern for concern in found if concern is not None]
    concerns += _mode_concerns(order, version)
    return tuple(sorted(concerns, key=lambda concern: -concern.severity.rank))


def check_weekly(
    key: str, amount: Decimal, unit: str, *, catalogue: DrugTable = CATALOGUE
) -> tuple[DoseConcern, ...]:
    """What speaks against a weekly amount alone, where the single dose is not known."""
    row = catalogue.drug(key)
    value = _in_unit(amount, unit, row.weekly_unit, row.name)
    limits = row.limits
    bound = _Bound(
        "the weekly amount",
        value,
        row.weekly_unit,
        limits.weekly_soft_low,
        limits.weekly_soft_high,
        limits.weekly_hard_high,
    )
    version = f"{catalogue.header.id} {catalogue.header.version}"
    concern = _bound_concern(row, bound, version)
    return () if concern is None else (concern,)


def dose_text(
    key: str,
    amount: Decimal,
    unit: str,
    frequency: str,
    *,
    mode: str | None = None,
    pulse_interval_min: int | None = None,
    catalogue: DrugTable = CATALOGUE,
) -> str:
    """A dose as it is safely written: "25 mg every other day", "10 mcg every 90 minutes by pump".

    Raises UnknownDrug or DoseError.
    """
    order = _read(key, amount, unit, frequency, mode, pulse_interval_min, catalogue)
    how_often = order.frequency.label
    if order.interval_min is not None:
        how_often = f"every {order.interval_min} minutes"
    by = f" {order.mode.label}" if order.mode and order.mode.key == "pump" else ""
    by = f" as {order.mode.label}" if order.mode and order.mode.key == "continuous" else by
    return f"{_digits(amount)} {_unit_text(unit)} {how_often}{by}"
