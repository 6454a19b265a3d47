"""Group F, orders: what must not be taken together, not by this man, or not so much of it."""

from datetime import timedelta

import pytest

from tests.clinical.courses import course, found, in_force, judged, noted, outcome, said, taken, week

ON = week(10)
HCG = {"unit": "IU", "weekly": 6000}


@pytest.mark.parametrize(("days", "expected"), [(56, "warning"), (57, None), (0, "warning")])
def test_r80_second_serm_before_the_first_is_washed_out(days, expected):
    first = taken("tamoxifen", week(0), ON - timedelta(days=days), weekly=140)
    assert outcome("R80", ON, first, taken("clomiphene", ON)) == expected


def test_r80_is_said_at_the_start_and_in_force_while_both_act():
    record = course(taken("tamoxifen", week(0), week(9), weekly=140), taken("clomiphene", ON))
    assert said(judged(record, ON), "R80") == "warning"
    assert said(judged(record, week(12)), "R80") is None
    assert said(in_force(record, week(12)), "R80") == "warning"
    assert said(in_force(record, week(18)), "R80") is None
    assert found(judged(record, ON), "R80").cause == "R80:clomiphene+tamoxifen"


def test_r80_is_silent_on_a_new_dose_of_the_same_serm():
    assert outcome("R80", ON, taken("clomiphene", week(0), ON), taken("clomiphene", ON, weekly=175)) is None


@pytest.mark.parametrize(
    ("parts", "fields", "expected"),
    [
        ((taken("tamoxifen", ON, weekly=140), taken("anastrozole", week(4), weekly=1)), {}, "critical"),
        ((taken("tamoxifen", week(2), weekly=140), taken("anastrozole", ON, weekly=1)), {}, "critical"),
        ((taken("tamoxifen", ON, weekly=140),), {"concomitant": ("Letrozole 2.5 mg",)}, "critical"),
        ((taken("clomiphene", ON), taken("anastrozole", ON, weekly=1)), {}, None),
        ((taken("tamoxifen", ON, weekly=140), taken("anastrozole", week(2), week(9), weekly=1)), {}, None),
    ],
)
def test_r81_tamoxifen_with_an_inhibitor(parts, fields, expected):
    assert outcome("R81", ON, *parts, **fields) == expected


@pytest.mark.parametrize(
    "medicine", ["paroxetine", "Fluoxetine 20 mg", "bupropion XL", "cinacalcet", "quinidine"]
)
def test_r82_tamoxifen_with_a_strong_cyp2d6_inhibitor(medicine):
    fields = {"concomitant": (medicine,)}
    assert outcome("R82", ON, taken("tamoxifen", ON, weekly=140), **fields) == "warning"
    assert outcome("R82", ON, taken("clomiphene", ON), **fields) is None


def test_r82_is_said_at_the_start():
    record = course(taken("tamoxifen", week(0), weekly=140), noted(ON, "visit"), concomitant=("paroxetine",))
    assert said(judged(record, week(0)), "R82") == "warning"
    assert said(judged(record, ON), "R82") is None
    assert said(in_force(record, ON), "R82") == "warning"


@pytest.mark.parametrize(
    ("drug", "expected"), [("tamoxifen", "critical"), ("clomiphene", "warning"), ("anastrozole", None)]
)
def test_r83_warfarin(drug, expected):
    assert outcome("R83", ON, taken(drug, ON, weekly=1), concomitant=("warfarin",)) == expected


@pytest.mark.parametrize(
    ("drug", "unit", "expected"),
    [
        ("tamoxifen", "mg", "critical"),
        ("clomiphene", "mg", "warning"),
        ("hcg", "IU", "warning"),
        ("anastrozole", "mg", None),
    ],
)
@pytest.mark.parametrize("history", ["DVT 2015", "vte", "factor V Leiden", "portal vein thrombosis"])
def test_r84_after_a_thrombosis(drug, unit, expected, history):
    dose = taken(drug, ON, weekly=1, unit=unit)
    assert outcome("R84", ON, dose, history=(history,)) == expected
    assert outcome("R84", week(14), dose, noted(week(14), "visit"), history=(history,)) == expected
    assert outcome("R84", ON, dose, history=("asthma",)) is None


def test_r84_ends_with_the_last_dose():
    record = course(taken("clomiphene", week(0), ON), history=("DVT",))
    assert said(judged(record, ON), "R84") == "warning"
    assert said(judged(record, ON + timedelta(days=1)), "R84") is None


def test_r84_counts_a_diagnosis_from_its_day():
    fields = {"diagnoses": (("pulmonary embolism", ON),)}
    assert outcome("R84", ON, taken("clomiphene", week(0)), **fields) == "warning"
    assert outcome("R84", week(9), taken("clomiphene", week(0)), **fields) is None


def test_r85_liver_disease():
    assert outcome("R85", ON, taken("clomiphene", ON), history=("cirrhosis",)) == "critical"
    assert outcome("R85", ON, taken("hcg", ON, **HCG), history=("cirrhosis",)) is None


@pytest.mark.parametrize(
    ("drug", "weekly", "unit", "expected"),
    [
        ("clomiphene", 350, "mg", None),
        ("clomiphene", "350.1", "mg", "warning"),
        ("clomiphene", 700, "mg", "warning"),
        ("clomiphene", "700.1", "mg", "critical"),
        ("anastrozole", "3.5", "mg", None),
        ("anastrozole", "3.6", "mg", "warning"),
        ("anastrozole", "7.1", "mg", "critical"),
        ("tamoxifen", 141, "mg", "warning"),
        ("hcg", 15001, "IU", "critical"),
    ],
)
def test_r86_dose_above_its_limit(drug, weekly, unit, expected):
    assert outcome("R86", ON, taken(drug, ON, weekly=weekly, unit=unit)) == expected


@pytest.mark.parametrize(
    ("dose", "on", "expected"),
    [
        (taken("clomiphene", week(-4)), week(-1), "warning"),
        (taken("clomiphene", week(-4)), week(0), None),
        (taken("hcg", week(-4), **HCG), week(-1), "info"),
        (taken("anastrozole", week(-4), weekly=1), week(-1), None),
    ],
)
def test_r87_recovery_drug_while_testosterone_is_taken(dose, on, expected):
    assert outcome("R87", on, dose) == expected


def test_r88_what_cannot_work():
    pump = taken("gonadorelin", ON, weekly=1, mode="pump")
    assert outcome("R88", ON, pump, concomitant=("leuprolide",)) == "critical"
    assert outcome("R88", ON, taken("clomiphene", ON), history=("Klinefelter syndrome",)) == "warning"
    assert outcome("R88", ON, pump) is None


@pytest.mark.parametrize("history", ["prostate cancer 2020", "breast cancer"])
def test_r89_hormone_sensitive_cancer(history):
    assert outcome("R89", ON, taken("hcg", ON, **HCG), history=(history,)) == "critical"
    assert outcome("R89", ON, history=(history,)) is None


def test_r97_statement_recorded_as_not_acknowledged():
    dose, missing = taken("clomiphene", week(0)), noted(week(0), "off_label_missing", "clomiphene")
    assert outcome("R97", ON, dose, missing) == "info"
    assert outcome("R97", ON, dose, missing, noted(week(1), "off_label_acknowledged", "clomiphene")) is None
    assert outcome("R97", ON, dose) is None
