"""Group C at its edges: estradiol, its ratio to testosterone, and bone on an aromatase inhibitor."""

from datetime import timedelta

import pytest

from tests.clinical.courses import course, drawn, judged, noted, outcome, said, taken, week

ON = week(10)
AI = taken("anastrozole", week(2), weekly=1)


@pytest.mark.parametrize(
    ("value", "symptom", "r30", "r31"),
    [
        (42.6, "breast", None, None),
        (42.7, "breast", "warning", None),
        (42.7, "fluid", "warning", None),
        (42.7, "headache", None, "info"),
        (42.7, None, None, "info"),
        (42.6, None, None, None),
        (">40", None, None, "open"),
        (">42.6", None, None, "info"),
    ],
)
def test_r30_and_r31_high_estradiol(value, symptom, r30, r31):
    notes = noted(ON, "symptom", symptom) if symptom else ()
    said_on = judged(course(notes, drawn(ON, E2=value)), ON)
    assert (said(said_on, "R30"), said(said_on, "R31")) == (r30, r31)


@pytest.mark.parametrize(("days", "expected"), [(7, "warning"), (8, None), (0, "warning"), (-1, None)])
def test_r30_takes_a_symptom_of_the_days_before(days, expected):
    symptom = noted(ON - timedelta(days=days), "symptom", "breast")
    assert outcome("R30", ON, symptom, drawn(ON, E2=60)) == expected


@pytest.mark.parametrize(
    ("value", "method", "r32", "r33", "r34"),
    [
        (20, "LC-MS/MS", None, None, None),
        (19.9, "LC-MS/MS", "warning", None, None),
        (10, "LC-MS/MS", "warning", None, None),
        (9.9, "LC-MS/MS", None, "critical", None),
        ("<10", "LC-MS/MS", None, "critical", None),
        ("<15", "LC-MS/MS", "warning", "open", None),
        (8, "immunoassay", "warning", None, None),
        (8, None, "warning", "open", None),
    ],
)
def test_r32_and_r33_low_estradiol_on_an_inhibitor(value, method, r32, r33, r34):
    said_on = judged(course(AI, drawn(ON, E2=value, methods={"E2": method})), ON)
    assert tuple(said(said_on, rule) for rule in ("R32", "R33", "R34")) == (r32, r33, r34)


@pytest.mark.parametrize(("days", "r32", "r34"), [(14, None, None), (15, None, "info")])
def test_an_inhibitor_acts_for_two_weeks_after_its_last_dose(days, r32, r34):
    ended = taken("anastrozole", week(2), ON - timedelta(days=days), weekly=1)
    said_on = judged(course(ended, drawn(ON, E2=9)), ON)
    assert (said(said_on, "R33") == "critical") == (r34 is None)
    assert (said(said_on, "R32"), said(said_on, "R34")) == (r32, r34)


@pytest.mark.parametrize(
    ("value", "method", "parts", "fields", "expected"),
    [
        (19.9, "immunoassay", (), {}, "info"),
        (20, "immunoassay", (), {}, None),
        (19.9, "LC-MS/MS", (), {}, None),
        (30, "immunoassay", (AI,), {}, "info"),
        (30, "immunoassay", (), {"concomitant": ("Fulvestrant 250 mg",)}, "info"),
        (30, None, (AI,), {}, None),
    ],
)
def test_r35_immunoassay_that_cannot_be_trusted(value, method, parts, fields, expected):
    assert outcome("R35", ON, *parts, drawn(ON, E2=value, methods={"E2": method}), **fields) == expected


@pytest.mark.parametrize(
    ("total", "estradiol", "r36", "r37"),
    [
        (399, 40, "info", None),
        (400, 40, None, None),
        (1000, 20, None, None),
        (1001, 20, None, "info"),
        (400, "<5", "open", "open"),
        ("<300", 20, "open", "open"),
    ],
)
def test_r36_and_r37_ratio(total, estradiol, r36, r37):
    said_on = judged(course(drawn(ON, TT=total, E2=estradiol)), ON)
    assert (said(said_on, "R36"), said(said_on, "R37")) == (r36, r37)


def test_r37_is_lower_on_an_inhibitor():
    assert outcome("R37", ON, AI, drawn(ON, TT=601, E2=20)) == "info"
    assert outcome("R37", ON, AI, drawn(ON, TT=600, E2=20)) is None
    assert outcome("R37", ON, drawn(ON, TT=601, E2=20)) is None


def test_the_ratio_needs_both_of_the_same_day():
    parts = (drawn(week(9), TT=300), drawn(ON, E2=40))
    assert outcome("R36", ON, *parts) is None


@pytest.mark.parametrize(
    ("semen", "goal", "expected"),
    [
        ({"SCONC": 10}, True, "warning"),
        ({"SCONC": 10}, False, "info"),
        ({"SCONC": 50}, True, "info"),
        (None, True, "info"),
        ({"SCONC": 50, "SMORPH": 3}, True, "warning"),
    ],
)
def test_r36_weighs_more_with_a_fertility_goal_and_abnormal_semen(semen, goal, expected):
    earlier = drawn(week(6), SVOL=2, **semen) if semen else ()
    assert outcome("R36", ON, earlier, drawn(ON, TT=300, E2=40), fertility_goal=goal) == expected


@pytest.mark.parametrize(
    ("exposure_days", "scan_days_ago", "expected"),
    [(182, None, "warning"), (181, None, None), (300, 730, None), (300, 731, "warning"), (300, 0, None)],
)
def test_r38_bone_density_is_due(exposure_days, scan_days_ago, expected):
    on = week(60)
    dose = taken("anastrozole", on - timedelta(days=exposure_days), weekly=1)
    scan = noted(on - timedelta(days=scan_days_ago), "dxa", -1) if scan_days_ago is not None else ()
    assert outcome("R38", on, dose, scan, noted(on, "visit")) == expected


def test_r38_adds_up_exposure_and_ends_with_the_wash_out():
    first = taken("anastrozole", week(-100), week(-80), weekly=3)
    second = taken("anastrozole", week(0), week(6), weekly=1)
    assert outcome("R38", week(6), first, second) == "warning"
    assert outcome("R38", week(5), first, second) is None
    assert outcome("R38", week(8), first, second) == "warning"
    assert outcome("R38", week(8, days=1), first, second) is None


def test_r38_counts_overlapping_doses_once():
    doses = (
        taken("anastrozole", week(0), week(14), weekly=1),
        taken("anastrozole", week(1), week(15), weekly=1),
    )
    assert outcome("R38", week(15), *doses) is None


@pytest.mark.parametrize(
    ("parts", "fields", "expected"),
    [
        ((drawn(week(1), DXA_T=-2.5),), {}, "critical"),
        ((drawn(week(1), DXA_T=-2.4),), {}, None),
        ((noted(week(1), "dxa", -2.6),), {}, "critical"),
        ((noted(week(1), "dxa", -2.6), noted(week(4), "dxa", -2.0)), {}, None),
        ((), {"history": ("fragility fracture 2019",)}, "critical"),
        ((drawn(week(-60), DXA="1.000"), drawn(week(1), DXA="0.970")), {}, "critical"),
        ((drawn(week(-60), DXA="1.000"), drawn(week(1), DXA="0.971")), {}, None),
    ],
)
def test_r39_weak_bone(parts, fields, expected):
    assert outcome("R39", ON, AI, *parts, **fields) == expected
    assert outcome("R39", ON, *parts, **fields) is None
