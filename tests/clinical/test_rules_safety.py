"""Symptoms, liver, lipids, mood and blood pressure at their edges."""

from datetime import timedelta

import pytest

from tests.clinical.courses import course, drawn, found, in_force, judged, noted, outcome, said, taken, week

ON = week(20)
SERM = taken("clomiphene", week(4))


@pytest.mark.parametrize(
    ("symptom", "expected"), [("visual", "critical"), ("visual_field", "critical"), ("breast", None)]
)
def test_r40_visual_symptom_on_a_serm(symptom, expected):
    assert outcome("R40", ON, SERM, noted(ON, "symptom", symptom)) == expected
    assert outcome("R40", ON, noted(ON, "symptom", symptom)) is None


@pytest.mark.parametrize(
    ("drug", "days", "expected"),
    [
        ("clomiphene", 42, "critical"),
        ("clomiphene", 43, None),
        ("tamoxifen", 42, "critical"),
        ("tamoxifen", 43, None),
    ],
)
def test_r40_reaches_six_weeks_beyond_any_serm(drug, days, expected):
    ended = taken(drug, week(4), ON - timedelta(days=days))
    assert outcome("R40", ON, ended, noted(ON, "symptom", "visual")) == expected


def test_r40_is_in_force_until_a_later_visit_says_otherwise():
    record = course(SERM, noted(ON, "symptom", "visual"))
    assert said(in_force(record, ON + timedelta(days=20)), "R40") == "critical"
    seen = course(SERM, noted(ON, "symptom", "visual"), noted(ON + timedelta(days=15), "visit"))
    assert said(in_force(seen, ON + timedelta(days=20)), "R40") is None


@pytest.mark.parametrize(
    "symptom", ["leg_swelling", "leg_pain", "dyspnea", "chest_pain", "hemoptysis", "vte"]
)
def test_r41_possible_clot_on_any_agent(symptom):
    note = noted(ON, "symptom", symptom)
    assert outcome("R41", ON, SERM, note) == "critical"
    assert outcome("R41", ON, taken("anastrozole", week(4), weekly=1), note) == "critical"
    assert outcome("R41", week(-1), noted(week(-1), "symptom", symptom)) == "critical"
    assert outcome("R41", ON, note) is None


@pytest.mark.parametrize(
    ("labs", "symptom", "expected"),
    [
        ({"ALT": 165}, None, None),
        ({"ALT": 166}, None, "warning"),
        ({"ALT": 275}, None, "warning"),
        ({"ALT": 276}, None, "critical"),
        ({"AST": 145}, None, "warning"),
        ({"AST": 144, "ALT": 55}, None, None),
        ({"ALT": 166, "BILI": 2.4}, None, "warning"),
        ({"ALT": 166, "BILI": 2.5}, None, "critical"),
        ({"ALT": 166}, "jaundice", "critical"),
        ({"ALT": 60}, "jaundice", None),
        ({"ALT": ">275"}, None, "critical"),
        ({"ALT": ">100"}, None, "open"),
        ({"ALT": ">200"}, None, "warning"),
    ],
)
def test_r50_liver(labs, symptom, expected):
    notes = noted(ON, "symptom", symptom) if symptom else ()
    assert outcome("R50", ON, notes, drawn(ON, **labs)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(199, None), (200, "info"), (499, "info"), (500, "critical"), (">500", "critical")],
)
def test_r51_triglycerides_on_tamoxifen(value, expected):
    assert outcome("R51", ON, taken("tamoxifen", week(4), weekly=140), drawn(ON, TG=value)) == expected
    assert outcome("R51", ON, SERM, drawn(ON, TG=value)) is None


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ({"phq9": 9}, None),
        ({"phq9": 10}, "warning"),
        ({"phq9": 27, "phq9_item9": 0}, "warning"),
        ({"phq9": 4, "phq9_item9": 1}, "critical"),
        ({"phq9_item9": 1}, "critical"),
        ({"phq9_item9": 0}, None),
    ],
)
def test_r52_mood(notes, expected):
    assert outcome("R52", ON, *(noted(ON, kind, value) for kind, value in notes.items())) == expected


@pytest.mark.parametrize(("before", "now", "expected"), [(2, 7, "warning"), (2, 6, None), (9, 4, None)])
def test_r52_rise_since_the_score_before(before, now, expected):
    assert outcome("R52", ON, noted(week(10), "phq9", before), noted(ON, "phq9", now)) == expected


def test_r52_shows_the_score_it_rests_on():
    one = found(judged(course(noted(ON, "phq9", 12)), ON), "R52")
    assert [number.text for number in one.numbers] == ["12"]
    assert one.nearest == "PHQ-9 < 10 (was 12)"


@pytest.mark.parametrize(
    ("labs", "expected"),
    [({"LDL": 119}, None), ({"LDL": 120}, "info"), ({"HDL": 41}, None), ({"HDL": 40}, "info")],
)
def test_r53_lipids_since_before_the_inhibitor(labs, expected):
    before = drawn(week(2), LDL=100, HDL=50)
    assert outcome("R53", ON, before, taken("anastrozole", week(4), weekly=1), drawn(ON, **labs)) == expected
    assert outcome("R53", ON, before, drawn(ON, **labs)) is None


@pytest.mark.parametrize(
    ("symptom", "rule"),
    [("breast_lump", "R54"), ("breast_mass", "R54"), ("testis_mass", "R55"), ("testis_pain", "R55")],
)
def test_r54_and_r55_masses_and_pain(symptom, rule):
    assert outcome(rule, ON, noted(ON, "symptom", symptom)) == "critical"
    assert outcome(rule, ON, noted(ON, "symptom", "breast")) is None


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((140, 80), (120, 90), "info"),
        ((139, 89), (140, 90), None),
        ((140, 90), (139, 89), None),
        (None, (150, 95), None),
    ],
)
def test_r56_blood_pressure_twice(first, second, expected):
    notes = []
    for on, pair in ((week(10), first), (ON, second)):
        if pair:
            notes += [noted(on, "systolic", pair[0]), noted(on, "diastolic", pair[1])]
    assert outcome("R56", ON, *notes) == expected
