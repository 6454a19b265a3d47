"""Group A at its edges: testosterone with LH and FSH, and how long after the stop."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.clinical.courses import STOP, course, drawn, found, judged, noted, outcome, said, taken, week

W13 = week(13)


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"TT": 299.9, "LH": 8.6, "FSH": 12.4}, "warning"),
        ({"TT": 300, "LH": 3, "FSH": 3}, None),
        ({"TT": 299.9, "LH": 8.7, "FSH": 3}, None),
        ({"TT": 299.9, "LH": 3, "FSH": 12.5}, None),
        ({"TT": "<300", "LH": 3, "FSH": 3}, "warning"),
        ({"TT": "<=300", "LH": 3, "FSH": 3}, "open"),
        ({"TT": "<301", "LH": 3, "FSH": 3}, "open"),
        ({"TT": ">299", "LH": 3, "FSH": 3}, "open"),
        ({"TT": 250, "LH": "<8.7", "FSH": "<0.1"}, "open"),
        ({"TT": 250, "LH": "<8.6", "FSH": "<0.1"}, "warning"),
        ({"TT": 250, "LH": 3}, "open"),
        ({"TT": 310, "LH": 3}, None),
        ({"TT": 250, "LH": 9}, None),
        ({"LH": 3, "FSH": 3}, None),
    ],
)
def test_r01_low_testosterone_without_raised_gonadotropins(labs, expected):
    assert outcome("R01", W13, drawn(W13, **labs)) == expected


@pytest.mark.parametrize(("days", "expected"), [(83, "info"), (84, "warning"), (0, "info"), (-1, None)])
def test_r01_is_information_until_twelve_weeks(days, expected):
    on = STOP + timedelta(days=days)
    assert outcome("R01", on, drawn(on, TT=200, LH=1, FSH=1)) == expected


@pytest.mark.parametrize(
    ("dose", "expected"),
    [
        (taken("clomiphene", week(4), W13), None),
        (taken("clomiphene", W13), "warning"),
        (taken("clomiphene", week(4), week(12)), "warning"),
        (taken("hcg", week(4), W13, unit="IU", weekly=6000), None),
        (taken("gonadorelin", week(4), mode="pump", weekly=1), "warning"),
    ],
)
def test_r01_is_not_said_while_a_serm_or_hcg_is_taken(dose, expected):
    assert outcome("R01", W13, dose, drawn(W13, TT=200, LH=3, FSH=3)) == expected


def test_r01_gives_way_to_the_feedback_of_hcg():
    washing_out = taken("hcg", week(1), week(11), unit="IU", weekly=6000)
    said_on = judged(course(washing_out, drawn(W13, TT=200, LH=0.3, FSH=0.4)), W13)
    assert said(said_on, "R01") is None
    assert said(said_on, "R15") == "info"


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"TT": 299, "LH": 8.7, "FSH": 3}, "warning"),
        ({"TT": 299, "LH": 8.6, "FSH": 12.5}, "warning"),
        ({"TT": 299, "LH": 8.6, "FSH": 12.4}, None),
        ({"TT": 300, "LH": 20, "FSH": 20}, None),
        ({"TT": 299, "LH": 20}, "warning"),
        ({"TT": 299, "FSH": 3}, "open"),
    ],
)
def test_r02_low_testosterone_with_raised_gonadotropins(labs, expected):
    assert outcome("R02", W13, drawn(W13, **labs)) == expected


@pytest.mark.parametrize(("days_after_last_dose", "expected"), [(42, None), (43, "warning")])
def test_r02_waits_until_clomiphene_is_washed_out(days_after_last_dose, expected):
    dose = taken("clomiphene", week(1), W13 - timedelta(days=days_after_last_dose))
    assert outcome("R02", W13, dose, drawn(W13, TT=200, LH=20, FSH=20)) == expected


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"TT": 300, "LH": 9.5}, "info"),
        ({"TT": 300, "LH": 9.4}, None),
        ({"TT": 299, "LH": 9.5}, None),
        ({"TT": 300}, "open"),
    ],
)
def test_r03_testosterone_held_up_by_lh(labs, expected):
    assert outcome("R03", W13, drawn(W13, **labs)) == expected


@pytest.mark.parametrize(
    ("labs", "on", "expected"),
    [
        ({"TT": 149, "LH": 3, "FSH": 3}, week(12), "warning"),
        ({"TT": 149, "LH": 3, "FSH": 3}, week(12, days=-1), None),
        ({"TT": 150, "LH": 3, "FSH": 3}, week(12), None),
        ({"TT": 149, "LH": 9, "FSH": 3}, week(12), None),
        ({"TT": 149, "LH": 3}, week(12), "open"),
        ({"TT": 400, "PRL": 31}, week(2), "warning"),
        ({"TT": 400, "PRL": 201}, week(2), "warning"),
        ({"TT": 400, "PRL": 16}, week(2), None),
    ],
)
def test_r04_pituitary_imaging(labs, on, expected):
    assert outcome("R04", on, drawn(on, **labs)) == expected


@pytest.mark.parametrize(
    ("symptom", "expected"), [("headache", "warning"), ("visual_field", "warning"), ("visual", None)]
)
def test_r04_by_a_sign(symptom, expected):
    assert outcome("R04", W13, noted(W13, "symptom", symptom)) == expected


def test_r05_is_said_of_the_first_low_value_only():
    low = {"TT": 250, "LH": 3, "FSH": 3}
    two = course(drawn(week(12), **low), drawn(week(16), **low))
    assert said(judged(two, week(12)), "R05") == "info"
    assert said(judged(two, week(16)), "R05") is None


def test_r05_does_not_count_what_was_low_on_testosterone():
    before = drawn(week(-4), TT=250)
    assert outcome("R05", week(12), before, drawn(week(12), TT=250)) == "info"


def test_r05_names_a_key_value_outside_its_interval():
    assert outcome("R05", W13, drawn(W13, ALT=56)) == "info"
    assert outcome("R05", W13, drawn(W13, ALT=55)) is None


@pytest.mark.parametrize(
    ("hour", "fields", "expected"),
    [
        ((11, 0), {}, None),
        ((11, 1), {}, "info"),
        (None, {}, "info"),
        ((8, 0), {"fasting": False}, "info"),
        ((8, 0), {"fasting": None}, None),
        ((8, 0), {"acutely_ill": True}, "info"),
    ],
)
def test_r06_sample_that_allows_no_statement(hour, fields, expected):
    at = datetime(W13.year, W13.month, W13.day, *hour, tzinfo=UTC) if hour else None
    assert outcome("R06", W13, drawn(W13, TT=400, collected_at=at, **fields)) == expected


@pytest.mark.parametrize(
    ("labs", "low", "adequate"),
    [
        ({"TT": 300, "SHBG": 20}, None, None),
        ({"TT": 300, "SHBG": 40}, "warning", None),
        ({"TT": 299, "SHBG": 40}, None, None),
        ({"TT": 299, "SHBG": 20}, None, "info"),
        ({"TT": 300}, "open", None),
        ({"TT": 299}, None, "open"),
        ({"TT": 299, "SHBG": 4}, None, "open"),
        ({"TT": 299, "SHBG": "<20"}, None, "open"),
        ({"TT": 300, "SHBG": 40, "ALB": 2.4}, "open", None),
    ],
)
def test_r07_and_r08_total_and_free_disagree(labs, low, adequate):
    said_on = judged(course(drawn(W13, **labs)), W13)
    assert said(said_on, "R07") == low
    assert said(said_on, "R08") == adequate


@pytest.mark.parametrize(
    ("total", "expected"),
    [(916, None), (917, "warning"), (1500, "warning"), (1501, "critical"), (">1500", "critical")],
)
def test_r09_testosterone_too_high_on_a_drug(total, expected):
    labs = drawn(W13, TT=total, LH=9, FSH=5)
    assert outcome("R09", W13, taken("clomiphene", week(1)), labs) == expected
    assert outcome("R09", W13, labs) is None


@pytest.mark.parametrize(
    ("labs", "on", "expected"),
    [
        ({"TT": 301, "LH": 0.9, "FSH": 0.9}, week(4), "warning"),
        ({"TT": 301, "LH": 0.9, "FSH": 0.9}, week(4, days=-1), None),
        ({"TT": 300, "LH": 0.9, "FSH": 0.9}, week(4), None),
        ({"TT": 301, "LH": 1.0, "FSH": 0.9}, week(4), None),
        ({"TT": 301, "LH": 0.9, "FSH": 1.0}, week(4), None),
        ({"TT": 1501, "LH": "<0.1", "FSH": "<0.1"}, week(4), "critical"),
        ({"TT": 400, "LH": "<1.5", "FSH": "<0.1"}, week(4), "open"),
        ({"TT": 400, "LH": "<0.1"}, week(4), "open"),
    ],
)
def test_r10_testosterone_that_nothing_explains(labs, on, expected):
    assert outcome("R10", on, drawn(on, **labs)) == expected


def test_r10_hides_what_it_explains():
    labs = drawn(W13, TT=1000, LH=0.2, FSH=0.2)
    said_on = judged(course(taken("clomiphene", week(1)), labs), W13)
    assert said(said_on, "R10") == "warning"
    assert [said(said_on, rule) for rule in ("R09", "R12", "R23")] == [None, None, None]
    assert said(said_on, "R20") == "warning"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "warning"),
        ({"TT": 150}, None),
        ({"LH": 0.5}, None),
        ({"SHBG": 15}, None),
        ({"HCT": 49.9}, None),
        ({"HCT": 50}, "warning"),
        ({"LH": "<0.5"}, "warning"),
        ({"HCT": None}, "open"),
    ],
)
def test_r11_pattern_of_another_steroid(changed, expected):
    labs = {"TT": 149, "LH": 0.4, "SHBG": 14, "HCT": 52} | changed
    on = week(-2)
    assert outcome("R11", on, drawn(on, **{k: v for k, v in labs.items() if v is not None})) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (week(12, days=-1), None),
        (week(12), "warning"),
        (week(26, days=-1), "warning"),
        (week(26), "critical"),
    ],
)
def test_r12_still_suppressed(on, expected):
    assert outcome("R12", on, drawn(on, TT=200, LH=0.9, FSH="<0.1")) == expected
    assert outcome("R12", on, drawn(on, TT=200, LH=1.0, FSH=0.5)) is None


def test_r12_counts_from_the_latest_stop():
    again = course(drawn(W13, TT=200, LH=0.5, FSH=0.5), restarted=week(6))
    assert said(judged(again, W13), "R12") is None


@pytest.mark.parametrize(
    ("before", "now", "gap", "expected"),
    [
        (200, 219, 8, "warning"),
        (200, 220, 8, None),
        (200, 181, 8, "warning"),
        (200, 180, 8, None),
        (290, 299, 8, "warning"),
        (290, 300, 8, None),
        (200, 205, 7, "open"),
        ("<200", 205, 8, "open"),
    ],
)
def test_r13_plateau(before, now, gap, expected):
    on = week(27)
    assert outcome("R13", on, drawn(week(27 - gap), TT=before), drawn(on, TT=now)) == expected


@pytest.mark.parametrize(
    ("on_drug", "now", "expected"),
    [
        (300, 299, "warning"),
        (299, 250, None),
        (600, 420, "info"),
        (600, 421, None),
        (600, "<300", "warning"),
        (600, "<400", "open"),
        (">600", 400, "open"),
    ],
)
def test_r14_the_response_does_not_outlast_the_drug(on_drug, now, expected):
    dose = taken("clomiphene", week(4), week(20))
    on = week(30)
    assert outcome("R14", on, dose, drawn(week(20), TT=on_drug), drawn(on, TT=now)) == expected


@pytest.mark.parametrize(("days", "expected"), [(112, "warning"), (113, None), (1, "warning"), (0, None)])
def test_r14_belongs_to_the_sixteen_weeks_after_the_last_dose(days, expected):
    on = week(30)
    dose = taken("hcg", week(4), on - timedelta(days=days), unit="IU", weekly=6000)
    assert outcome("R14", on, dose, drawn(week(12), TT=500), drawn(on, TT=200)) == expected


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"LH": 1.6, "FSH": 3}, "info"),
        ({"LH": 1.7, "FSH": 1.5}, None),
        ({"LH": 3, "FSH": 1.4}, "info"),
        ({"FSH": 3}, "open"),
        ({"FSH": 1.4}, "info"),
        ({"LH": "<0.1", "FSH": 3}, "info"),
    ],
)
def test_r15_feedback_of_hcg(labs, expected):
    dose = taken("hcg", week(4), unit="IU", weekly=6000)
    assert outcome("R15", W13, dose, drawn(W13, **labs)) == expected
    assert outcome("R15", W13, drawn(W13, **labs)) is None


def test_a_finding_carries_its_numbers_threshold_and_nearest_boundary():
    one = found(judged(course(drawn(W13, TT=298, LH=3, FSH=3)), W13), "R01")
    assert [(n.analyte, n.text, n.result_id) for n in one.numbers] == [
        ("TT", "298 ng/dL", f"{W13}:TT"),
        ("LH", "3 IU/L", f"{W13}:LH"),
        ("FSH", "3 IU/L", f"{W13}:FSH"),
    ]
    assert "TT < 300 ng/dL (AUA 2018 statement 1, rules 1.0.0)" in one.threshold
    assert "LH <= 8.6 IU/L (interval LH-roche 1.0.0)" in one.threshold
    assert one.nearest == "TT >= 300 ng/dL (was 298 ng/dL)"
    assert (one.cause, one.rule_version, one.on) == ("R01", "1.0.0", W13)
    assert one.suggestion.startswith("Consider ")
