"""What is in force today, what a finding carries, what was calculated, and the axis in one line."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from clinical.evaluate import CONDITIONS
from tests.clinical.courses import (
    STOP,
    course,
    drawn,
    flags,
    found,
    in_force,
    judged,
    noted,
    said,
    shipped,
    taken,
    week,
)

LOW = {"TT": 250, "LH": 3, "FSH": 3}
FINE = {"TT": 500, "LH": 4, "FSH": 4}


def test_every_rule_of_the_rulebook_has_its_condition_or_its_own_place():
    elsewhere = {"R94", "R98"}  # asked with the open windows, and with the milestones
    assert set(shipped().rules.entries) == set(CONDITIONS) | elsewhere


def test_a_finding_stays_in_force_until_the_next_draw_of_its_analyte():
    record = course(drawn(week(8), HCT=52), drawn(week(12), **FINE))
    one = found(in_force(record, week(30)), "R46")
    assert one.on == week(8)
    assert said(in_force(course(*record.samples, drawn(week(13), HCT=49)), week(30)), "R46") is None


def test_today_does_not_know_tomorrow():
    record = course(drawn(week(8), HCT=52), drawn(week(12), HCT=55))
    assert said(in_force(record, week(11)), "R46") == "warning"
    assert said(in_force(record, week(12)), "R45") == "critical"


def test_a_draw_is_judged_by_what_was_taken_that_day():
    serm = taken("clomiphene", week(1), week(9))
    record = course(serm, drawn(week(8), **LOW))
    assert said(in_force(record, week(10)), "R01") is None


def test_advice_on_a_dose_is_answered_by_a_change_of_dose():
    first = taken("clomiphene", week(1), week(8))
    draw = drawn(week(8), TT=400, LH=4, FSH=4)
    still = course(taken("clomiphene", week(1)), draw)
    stepped = course(first, taken("clomiphene", week(8), weekly=175), draw)
    assert said(in_force(still, week(9)), "R22") == "info"
    assert said(judged(stepped, week(8)), "R22") == "info"
    assert said(in_force(stepped, week(9)), "R22") is None
    later = course(first, taken("clomiphene", week(9), weekly=175), draw)
    assert said(in_force(later, week(8, days=3)), "R22") is None


def test_what_was_never_measured_is_not_evaluated():
    open_ = {
        one.rule_id: one.because for one in in_force(course(drawn(week(8), **FINE)), week(9)).not_evaluated
    }
    assert open_["R45"] == "no HCT on record"
    assert open_["R60"] == "no SCONC on record"
    assert open_["R07"] == f"SHBG not measured on {week(8)}"


def test_a_day_without_news_says_nothing_of_results():
    record = course(drawn(week(8), **LOW))
    assert flags(judged(record, week(9))) == {}
    assert judged(record, week(9)).axis_pattern == ""


@pytest.mark.parametrize(("days", "stale"), [(182, ()), (183, ("HCT of 2024-02-26",))])
def test_an_old_number_is_named_as_stale(days, stale):
    record = course(drawn(week(8), HCT=52))
    assert found(in_force(record, week(8) + timedelta(days=days)), "R46").stale == stale


def test_what_was_missing_is_said_where_the_rule_fired_without_it():
    one = found(judged(course(drawn(week(13), TT=250, LH=9)), week(13)), "R02")
    assert one.missing == (f"FSH was not measured on {week(13)}",)


def test_an_evaluation_names_its_rulebook_and_day():
    evaluation = judged(course(drawn(week(8), **LOW)), week(8))
    assert evaluation.rulebook_version == shipped().version
    assert evaluation.on == week(8)


def test_calculated_values_of_the_day():
    values = {"TT": 400, "LH": 4, "E2": 20, "SHBG": 30, "SVOL": 2, "SCONC": 30, "SMOT": 50, "SPR": 40}
    record = course(drawn(week(8), **values), baseline={"TT": Decimal(250), "LH": Decimal(5)})
    found_ = {key: str(value.normalize()) for key, value in judged(record, week(8)).calculated.items()}
    assert found_.pop("cFT_ngdl").startswith("8.5")
    assert found_.pop("BioT_ngdl").startswith("2")
    assert found_ == {
        "T_E2": "2E+1",
        "T_LH": "1E+2",
        "TT_percent_of_baseline": "1.6E+2",
        "LH_percent_of_baseline": "8E+1",
        "STOT": "6E+1",
        "TMSC": "3E+1",
        "TPMSC": "24",
    }


@pytest.mark.parametrize(
    ("labs", "absent"),
    [
        ({"TT": "<20", "SHBG": 30, "E2": 20, "LH": 4}, {"cFT_ngdl", "T_E2", "T_LH"}),
        ({"TT": 400, "E2": "<5", "LH": "<0.1"}, {"T_E2", "T_LH", "cFT_ngdl"}),
        ({"SVOL": 2, "SCONC": "<0.1"}, {"STOT"}),
    ],
)
def test_a_limit_is_not_calculated_with(labs, absent):
    assert not absent & set(judged(course(drawn(week(8), **labs)), week(8)).calculated)


def test_nothing_is_compared_with_his_baseline_on_testosterone():
    record = course(drawn(week(-2), TT=800, LH=0.1))
    assert set(judged(record, week(-2)).calculated) == set()


HCG = taken("hcg", week(1), unit="IU", weekly=6000)
SERM = taken("clomiphene", week(1))


@pytest.mark.parametrize(
    ("parts", "labs", "line"),
    [
        ((), {"TT": 500, "LH": 4}, "cannot say: FSH not measured"),
        ((), {"LH": 4}, "cannot say: TT and FSH not measured"),
        ((), FINE, "testosterone adequate, driven by LH and FSH"),
        ((SERM,), FINE, "testosterone adequate, driven by LH and FSH on a SERM"),
        ((HCG,), FINE, "cannot say: hCG drives testosterone and holds LH and FSH down"),
        ((noted(week(8), "biotin", 10),), FINE, "cannot say: biotin disturbs the assay"),
        ((), FINE | {"LH": "<2"}, "cannot say: a reading is only known to be above or below its number"),
        ((), LOW | {"LH": 0.1, "FSH": 0.1}, "axis suppressed"),
        ((), LOW, "secondary pattern: testosterone low without a raised LH or FSH"),
        ((), LOW | {"LH": 20}, "primary pattern: the testes do not answer"),
        ((SERM,), LOW | {"LH": 20}, "high LH or FSH on a SERM and testosterone low"),
        ((), FINE | {"LH": 0.1, "FSH": 0.1}, "testosterone without LH and FSH: not of the axis"),
        ((), FINE | {"LH": 10}, "testosterone held up by a high LH: compensated primary pattern"),
        ((), FINE | {"LH": 1.6}, "testosterone adequate with a low LH or FSH"),
    ],
)
def test_the_axis_in_one_line(parts, labs, line):
    assert judged(course(*parts, drawn(week(8), **labs)), week(8)).axis_pattern == line


def test_the_axis_on_testosterone():
    evaluation = judged(course(drawn(week(-1), **FINE)), week(-1))
    assert evaluation.axis_pattern == "on testosterone: LH and FSH are held down by it"


def test_the_restart_of_testosterone_ends_what_counts_from_the_stop():
    record = course(drawn(week(13), TT=200, LH=3, FSH=3), restarted=week(12))
    assert said(judged(record, week(13)), "R01") is None
    morning = course(drawn(week(12), TT=200, LH=3, FSH=3), restarted=week(12))
    assert said(judged(morning, week(12)), "R01") == "warning"


def test_weeks_since_the_stop():
    record = course(restarted=week(10))
    assert record.weeks_since_stop(week(4)) == 4
    assert record.weeks_since_stop(STOP - timedelta(days=1)) is None
    assert record.weeks_since_stop(week(11)) is None


def test_of_two_draws_on_one_day_the_later_counts():
    (early,), (late,) = drawn(week(8), HCT=55), drawn(week(8), HCT=48)
    late = replace(late, id="a", collected_at=late.collected_at + timedelta(hours=1))
    assert flags(judged(course(late, early), week(8))) == {}
    assert course(late, early).sample_on(week(8)).id == "a"


PUMP = taken("gonadorelin", week(1), weekly=1, mode="pump")
INHIBITOR = taken("anastrozole", week(4), weekly=1)


@pytest.mark.parametrize(
    ("rule", "parts", "keys"),
    [
        ("R07", drawn(week(30), TT=400, SHBG=90), {"TT", "SHBG", "CFT"}),
        ("R13", (*drawn(week(20), TT=200), *drawn(week(30), TT=205)), {"TT", "change of TT"}),
        (
            "R14",
            (taken("clomiphene", week(1), week(22)), *drawn(week(22), TT=600), *drawn(week(30), TT=400)),
            {"TT"},
        ),
        ("R24", (PUMP, *drawn(week(20), LH=6), *drawn(week(25), LH=2), *drawn(week(30), LH=2)), {"LH"}),
        ("R36", drawn(week(30), TT=300, E2=40), {"T:E2", "TT", "E2"}),
        ("R53", (*drawn(week(1), LDL=100), INHIBITOR, *drawn(week(30), LDL=130)), {"LDL", "rise of LDL"}),
        ("R62", drawn(week(30), SVOL=1.5, SCONC=17), {"STOT", "SVOL", "SCONC"}),
        ("R66", drawn(week(30), SVOL=1, SCONC=9, SMOT=40), {"TMSC", "SVOL", "SCONC", "SMOT"}),
    ],
)
def test_a_finding_names_every_result_behind_a_computed_number(rule, parts, keys):
    one = found(judged(course(*parts), week(30)), rule)
    assert keys <= {number.analyte for number in one.numbers}
    results = {result.id for sample in course(*parts).samples for result in sample.results.values()}
    assert {number.result_id for number in one.numbers if number.result_id} - {"gonadorelin"} <= results
    assert len([number for number in one.numbers if number.result_id]) == len(results)
