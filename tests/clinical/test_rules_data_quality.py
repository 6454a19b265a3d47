"""Group F, data: implausible values, units, contradictions, biotin, methods, and the missing baseline."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinical.record import Observation
from tests.clinical.courses import course, drawn, judged, noted, outcome, said, week

ON = week(20)


@pytest.mark.parametrize(
    ("labs", "expected"),
    [({"TT": 400}, None), ({"TT": 1501}, "info"), ({"TT": 5001}, "critical"), ({"HCT": 14}, "critical")],
)
def test_r90_hardly_possible(labs, expected):
    assert outcome("R90", ON, drawn(ON, **labs)) == expected


@pytest.mark.parametrize(
    ("labs", "expected"), [({"TT": "14.5"}, "warning"), ({"TT": 400}, None), ({"SHBG": 40}, None)]
)
def test_r91_perhaps_another_unit(labs, expected):
    assert outcome("R91", ON, drawn(ON, **labs)) == expected


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"SVOL": 2, "SCONC": 20, "STOT": 80}, "warning"),
        ({"SVOL": 2, "SCONC": 20, "STOT": 40}, None),
        ({"SPR": 50, "SMOT": 40}, "warning"),
        ({"SPR": 40, "SMOT": 50}, None),
    ],
)
def test_r92_results_that_contradict_each_other(labs, expected):
    assert outcome("R92", ON, drawn(ON, **labs)) == expected


@pytest.mark.parametrize(("gap", "now", "expected"), [(7, 501, "warning"), (7, 500, None), (8, 501, None)])
def test_r92_jump_since_a_draw_shortly_before(gap, now, expected):
    assert outcome("R92", ON, drawn(week(20 - gap), TT=100), drawn(ON, TT=now)) == expected


@pytest.mark.parametrize(
    ("dose", "labs", "methods", "expected"),
    [
        (5, {"LH": 3}, {}, "warning"),
        (4.9, {"LH": 3}, {}, None),
        (10, {"LH": 3}, {"LH": "immunoassay"}, "warning"),
        (10, {"E2": 30}, {"E2": "LC-MS/MS"}, None),
        (10, {"HCT": 45}, {}, None),
    ],
)
def test_r93_biotin_beside_an_immunoassay(dose, labs, methods, expected):
    assert outcome("R93", ON, noted(ON, "biotin", dose), drawn(ON, methods=methods, **labs)) == expected


def test_r93_is_about_the_day_of_the_draw():
    assert outcome("R93", ON, noted(ON - timedelta(days=1), "biotin", 10), drawn(ON, LH=3)) is None


def test_r95_another_method_or_laboratory():
    before = drawn(week(10), E2=30, methods={"E2": "immunoassay"}, laboratory="North")
    assert outcome("R95", ON, before, drawn(ON, E2=30, laboratory="North")) == "info"
    same = {"methods": {"E2": "immunoassay"}}
    assert outcome("R95", ON, before, drawn(ON, E2=30, laboratory="North", **same)) is None
    assert outcome("R95", ON, before, drawn(ON, E2=30, laboratory="South", **same)) == "info"
    assert outcome("R95", ON, before, drawn(ON, E2=30, **same)) is None


def test_r96_is_said_at_the_first_event():
    record = course(noted(week(0), "visit"), drawn(ON, TT=400), baseline={})
    assert said(judged(record, week(0)), "R96") == "info"
    assert said(judged(record, ON), "R96") is None
    assert outcome("R96", week(0), noted(week(0), "visit")) is None


def test_a_result_in_a_unit_that_its_analyte_does_not_have_is_named_and_left_out():

    (sample,) = drawn(ON, TT=200)
    result = sample.results["TT"]
    odd = replace(sample, results={"TT": replace(result, reading=replace(result.reading, unit="mg/dL"))})
    said_on = judged(course(odd), ON)
    (open_,) = [one for one in said_on.not_evaluated if "mg/dL" in one.because]
    assert open_.rule_id == "R91"
    assert said(said_on, "R05") is None


def test_an_unknown_kind_of_observation_is_kept_and_ignored():
    assert judged(course(Observation(ON, "horoscope", "good")), ON).findings == ()
