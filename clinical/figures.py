"""What is calculated from the draws of one day, each only where the calculation holds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from clinical.calculated import (
    CannotCalculate,
    SpermTotals,
    percent_of_baseline,
    t_e2_ratio,
    t_lh_ratio,
)
from clinical.conditions.semen import totals_on
from clinical.day import Day


def _hormones(day: Day) -> Iterator[tuple[str, Decimal]]:
    free = day.free_testosterone()
    if free is not None:
        yield "cFT_ngdl", free.free_ng_dl
        yield "BioT_ngdl", free.bioavailable_ng_dl
    total, estradiol, lh = (day.drawn(key) for key in ("TT", "E2", "LH"))
    if total is None:
        return
    if estradiol is not None:
        try:
            yield "T_E2", t_e2_ratio(total.reading, estradiol.reading).value
        except CannotCalculate:
            pass
    if lh is not None:
        try:
            yield (
                "T_LH",
                t_lh_ratio(
                    total.reading,
                    lh.reading,
                    on_hcg=day.felt("hCG"),
                    on_testosterone=day.on_testosterone(),
                ).value,
            )
        except CannotCalculate:
            pass


def _shares(day: Day) -> Iterator[tuple[str, Decimal]]:
    if day.on_testosterone():
        return
    for key in ("TT", "LH", "FSH"):
        drawn, before = day.drawn(key), day.record.baseline.get(key)
        if drawn is not None and before and not drawn.reading.censored:
            yield f"{key}_percent_of_baseline", percent_of_baseline(drawn.reading, before).value


def _semen(day: Day) -> Iterator[tuple[str, Decimal]]:
    totals = totals_on(day.index, day.on)
    if not isinstance(totals, SpermTotals):
        return
    yield "STOT", totals.total
    if totals.motile is not None:
        yield "TMSC", totals.motile
    if totals.progressive is not None:
        yield "TPMSC", totals.progressive


def calculations(day: Day) -> dict[str, Decimal]:
    """Calculated values by name; cFT and BioT in ng/dL, T:E2 in ng/dL per pg/mL, sperm totals in millions."""
    return dict([*_hormones(day), *_shares(day), *_semen(day)])
