"""R99: ahead of a quarter, behind nine tenths, of the men he may be compared with."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clinical.cohorts import days_of
from tests.clinical.courses import course, drawn, found, in_force, judged, said, taken, week
from tests.clinical.test_cohorts import LAST, man

TU = {"formulation": "testosterone_undecanoate_im", "months": 24}
OWN = {"TT": Decimal(420), "LH": Decimal(4), "FSH": Decimal(5)}
RECOVERED = {"TT": 420, "LH": 4, "FSH": 4}
SUPPRESSED = {"TT": 100, "LH": "0.3", "FSH": "0.4"}


def at(months, days=0):
    """So many months after the last dose."""
    return LAST + days_of(Decimal(str(months))) + timedelta(days=days)


def verdict(record, on):
    return said(judged(record, on), "R99")


def causes(record, on):
    return found(judged(record, on), "R99").cause


@pytest.mark.parametrize(
    ("months", "days", "expected"),
    [("0.75", -1, "R99:detectable-ahead"), ("0.75", 0, None), ("0.75", 1, None)],
)
def test_r99_gonadotropins_earlier_than_in_a_quarter(months, days, expected):
    on = at(months, days)
    record = man(drawn(on, TT=200, LH="1.2", FSH="1.3"))
    assert (causes(record, on) if expected else verdict(record, on)) == expected


@pytest.mark.parametrize(("days", "expected"), [(-1, None), (0, None), (1, "info")])
def test_r99_gonadotropins_still_suppressed_after_nine_tenths(days, expected):
    on = at(6, days)
    assert verdict(man(drawn(on, **SUPPRESSED)), on) == expected


@pytest.mark.parametrize(("days", "expected"), [(-1, "info"), (1, None)])
def test_r99_sperm_earlier_than_in_a_quarter(days, expected):
    on = week(0) + days_of(Decimal("1.7")) + timedelta(days=days)
    assert verdict(man(drawn(on, SVOL=2, SCONC=20)), on) == expected
    assert verdict(man(drawn(on, SVOL=2, SCONC="19.9")), on) is None


def test_r99_sperm_later_than_in_nine_tenths():
    on = week(0) + days_of(Decimal(12)) + timedelta(days=2)
    record = man(drawn(on, SVOL=2, SCONC="19.9"))
    finding = found(judged(record, on), "R99")
    assert finding.cause == "R99:sperm-20-behind"
    assert "12.0 months" in finding.threshold
    assert "Liu 2006" in finding.threshold
    assert any(number.analyte == "SCONC" and number.result_id for number in finding.numbers)
    assert finding.nearest is not None
    assert "behind" not in finding.message
    assert "has not come" in finding.message


def test_r99_a_late_first_arrival_is_not_called_late():
    on = at(20)
    assert verdict(man(drawn(on, **RECOVERED)), on) is None


def test_r99_is_said_once_of_an_arrival():
    first, second = at("0.5"), at("0.6")
    record = man(drawn(first, TT=200, LH=2, FSH=2), drawn(second, TT=200, LH=2, FSH=2))
    assert causes(record, first) == "R99:detectable-ahead"
    assert verdict(record, second) is None
    assert said(in_force(record, second), "R99") is None


def test_r99_counts_the_band_of_men_on_a_serm():
    on = at("1.79", -1)
    record = man(taken("clomiphene", week(0)), drawn(on, **RECOVERED))
    assert causes(record, on) == "R99:in-range-serm-ahead"
    assert verdict(man(taken("clomiphene", week(0)), drawn(at("1.8", 1), **RECOVERED)), at("1.8", 1)) is None


def test_r99_names_every_band_that_he_is_outside_of():
    on = at("0.7")
    assert causes(man(drawn(on, **RECOVERED)), on) == "R99:detectable-ahead+in-range-ahead"


def test_r99_behind_outweighs_ahead():
    on = at(7)
    record = man(drawn(on, SVOL=2, SCONC=20), drawn(on, **SUPPRESSED))
    finding = found(judged(record, on), "R99")
    assert finding.cause == "R99:detectable-behind"
    assert "has not come" in finding.message


def test_r99_own_gonadotropins():
    ahead, later = at("8.9"), at(30)
    record = man(drawn(ahead, TT=420, LH=4, FSH=5), baseline=OWN, **TU)
    assert causes(record, ahead) == "R99:own-gonadotropins-ahead"
    low = man(drawn(ahead, TT=420, LH=4, FSH="4.9"), baseline=OWN, **TU)
    assert verdict(low, ahead) is None
    # The source gives no time by which nine tenths had arrived, so nobody is behind it.
    assert verdict(man(drawn(later, TT=200, LH=1, FSH=1), baseline=OWN, **TU), later) is None


def test_r99_first_sperm_on_hcg_and_a_serm():
    drugs = (taken("hcg", week(0), weekly=7000, unit="IU"), taken("clomiphene", week(0)))
    none = drawn(week(1), SVOL=2, SCONC=0)
    early, late = at("2.9"), at("12.1")
    assert causes(man(*drugs, none, drawn(early, SVOL=2, SCONC="0.2")), early) == "R99:first-sperm-ahead"
    assert causes(man(*drugs, none, drawn(late, SVOL=2, SCONC=0)), late) == "R99:first-sperm-behind"
    assert verdict(man(*drugs, none, drawn(at(5), SVOL=2, SCONC=0)), at(5)) is None


def test_r99_on_hcg_says_nothing_of_gonadotropins():
    on = at(8)
    assert verdict(man(taken("hcg", week(0), weekly=7000, unit="IU"), drawn(on, **SUPPRESSED)), on) is None


def test_r99_without_a_cohort_is_silent_and_without_facts_not_evaluated():
    on = at(8)
    no_cohort = man(drawn(on, **SUPPRESSED), formulation="testosterone_mixed_esters")
    assert verdict(no_cohort, on) is None
    unknown = judged(course(drawn(on, **SUPPRESSED)), on)
    (one,) = [one for one in unknown.not_evaluated if one.rule_id == "R99"]
    assert "which testosterone was taken" in one.because


def test_r99_says_nothing_before_the_effective_stop():
    on = LAST + timedelta(days=5)
    assert verdict(man(drawn(on, **RECOVERED)), on) is None


def test_r99_stays_in_force_until_the_next_draw():
    on = at(7)
    record = man(drawn(on, **SUPPRESSED), drawn(at(9), **RECOVERED))
    assert said(in_force(man(drawn(on, **SUPPRESSED)), at(8)), "R99") == "info"
    assert said(in_force(record, at(9)), "R99") is None
