"""Which doses count on a day: taken, felt, contiguous, added up."""

from datetime import timedelta

import pytest

from clinical.taking import Taking
from tests.clinical.courses import shipped, taken, week

GAP = timedelta(days=14)


def taking(*doses):
    return Taking(doses, shipped().drugs, GAP)


@pytest.mark.parametrize(
    ("on", "active", "in_force"),
    [
        (week(4, days=-1), 0, 0),
        (week(4), 0, 1),
        (week(4, days=1), 1, 1),
        (week(8), 1, 1),
        (week(8, days=1), 0, 0),
    ],
)
def test_a_dose_shows_from_the_day_after_it_begins_to_the_day_it_ends(on, active, in_force):
    one = taking(taken("clomiphene", week(4), week(8)))
    for key in ("clomiphene", "SERM"):
        assert len(one.active(key, on)) == active
        assert len(one.in_force(key, on)) == in_force


@pytest.mark.parametrize(
    ("drug", "key", "weeks"),
    [
        ("clomiphene", "SERM", 6),
        ("tamoxifen", "SERM", 8),
        ("anastrozole", "AI", 2),
        ("hcg", "hCG", 3),
        ("gonadorelin", "GnRH", 1),
    ],
)
def test_a_dose_is_felt_until_it_is_washed_out(drug, key, weeks):
    one = taking(taken(drug, week(4), week(8)))
    assert one.felt(key, week(8 + weeks))
    assert not one.felt(key, week(8 + weeks, days=1))
    assert not one.felt(key, week(4))


@pytest.mark.parametrize(("gap", "runs"), [(0, 1), (14, 1), (15, 2)])
def test_a_short_gap_does_not_end_a_run(gap, runs):
    one = taking(taken("clomiphene", week(0), week(4)), taken("tamoxifen", week(4, days=gap)))
    assert len(one.runs("SERM")) == runs
    assert len(one.runs("tamoxifen")) == 1
    assert one.run_before("SERM", week(10)).starts_on == (week(0) if runs == 1 else week(4, days=gap))


def test_a_dose_within_another_does_not_shorten_the_run():
    one = taking(taken("clomiphene", week(0), week(20)), taken("clomiphene", week(2), week(4)))
    assert [(run.starts_on, run.ends_on) for run in one.runs("SERM")] == [(week(0), week(20))]
    open_ended = taking(taken("clomiphene", week(0)), taken("clomiphene", week(2), week(4)))
    assert open_ended.runs("SERM")[0].ends_on is None


def test_a_change_of_dose_is_no_start():
    one = taking(taken("clomiphene", week(0), week(4)), taken("clomiphene", week(4), weekly=175))
    assert one.starting("clomiphene", week(0))
    assert not one.starting("clomiphene", week(4))


def test_last_dose_is_known_once_all_are_over():
    one = taking(taken("clomiphene", week(0), week(4)), taken("clomiphene", week(2), week(6)))
    assert one.last_dose("SERM", week(7)) == week(6)
    assert one.last_dose("SERM", week(6)) is None
    assert one.last_dose("AI", week(6)) is None
    assert taking(taken("clomiphene", week(0))).last_dose("SERM", week(7)) is None


def test_days_taken_are_counted_once():
    one = taking(
        taken("anastrozole", week(0), week(4)),
        taken("anastrozole", week(2), week(6)),
        taken("anastrozole", week(8)),
    )
    assert one.days_taken("AI", week(10)) == 8 * 7
    assert one.days_taken("AI", week(0)) == 0


def test_an_unknown_drug_is_taken_and_has_no_class():
    one = taking(taken("mystery", week(0), week(4)))
    assert one.active("mystery", week(1))
    assert not one.felt("mystery", week(5))
    assert not one.active("SERM", week(1))
