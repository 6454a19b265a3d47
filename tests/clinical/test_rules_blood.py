"""Prolactin, hematocrit, hemoglobin and PSA at their edges."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clinical.intervals import Interval
from tests.clinical.courses import STOP, course, drawn, judged, noted, outcome, said, week

ON = week(20)
BEFORE = week(14)


@pytest.mark.parametrize(
    ("earlier", "now", "r42", "r43", "r44"),
    [
        (None, 15.2, None, None, None),
        (None, 15.3, "info", None, None),
        (10, 15.3, "info", None, None),
        (16, 15.3, None, "warning", None),
        (None, 30.4, "info", None, None),
        (None, 30.5, "info", "warning", None),
        (16, 200, None, "warning", None),
        (16, 201, None, None, "critical"),
        (None, ">200", None, None, "critical"),
        (None, ">15", "open", "open", "open"),
    ],
)
def test_r42_to_r44_prolactin(earlier, now, r42, r43, r44):
    before = drawn(BEFORE, PRL=earlier) if earlier else ()
    said_on = judged(course(before, drawn(ON, PRL=now)), ON)
    assert tuple(said(said_on, rule) for rule in ("R42", "R43", "R44")) == (r42, r43, r44)


@pytest.mark.parametrize(("value", "expected"), [(101, "critical"), (100, None)])
def test_r44_with_a_visual_symptom(value, expected):
    assert outcome("R44", ON, noted(ON, "symptom", "visual"), drawn(ON, PRL=value)) == expected
    assert outcome("R44", ON, drawn(ON, PRL=value)) is None


@pytest.mark.parametrize(
    ("diagnosis", "made_on", "expected"),
    [
        ("Pituitary microadenoma", ON, "info"),
        ("prolactinoma", ON + timedelta(days=1), "warning"),
        ("asthma", ON, "warning"),
    ],
)
def test_r43_is_information_once_a_pituitary_diagnosis_is_on_file(diagnosis, made_on, expected):
    fields = {"diagnoses": ((diagnosis, made_on),)}
    assert outcome("R43", ON, drawn(BEFORE, PRL=20), drawn(ON, PRL=20), **fields) == expected


@pytest.mark.parametrize(
    ("value", "r45", "r46"),
    [
        (49.9, None, None),
        (50, None, "warning"),
        ("50.0", None, "warning"),
        (54, None, "warning"),
        (54.1, "critical", None),
        (">54", "critical", None),
        (">50", "open", "open"),
        ("<50", None, None),
        ("<=50", None, "open"),
    ],
)
def test_r45_and_r46_hematocrit(value, r45, r46):
    said_on = judged(course(drawn(ON, HCT=value)), ON)
    assert (said(said_on, "R45"), said(said_on, "R46")) == (r45, r46)


@pytest.mark.parametrize(
    ("value", "expected"), [(12.9, "info"), (13, None), ("<13", "info"), ("<14", "open")]
)
def test_r47_hemoglobin(value, expected):
    assert outcome("R47", ON, drawn(ON, HGB=value)) == expected


def psa(*values, gap=7, last=ON):
    days = [last - timedelta(weeks=gap * n) for n in range(len(values) - 1, -1, -1)]
    return [drawn(on, PSA=value) for on, value in zip(days, values, strict=True)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((2.5,), None),
        ((2.5, 2.5), "warning"),
        ((2.4, 2.5), None),
        ((2.5, 2.4), None),
        ((1.0, 2.5), None),
        (("<2.6", 2.5), "open"),
    ],
)
def test_r48_rise_that_a_second_draw_confirms(values, expected):
    baseline = {"TT": Decimal(280), "PSA": Decimal("1.0")}
    assert outcome("R48", ON, *psa(*values), baseline=baseline) == expected


@pytest.mark.parametrize(("days", "expected"), [(365, "warning"), (366, None)])
def test_r48_looks_back_a_year_where_the_day_of_the_baseline_is_known(days, expected):
    first = ON - timedelta(weeks=7)
    fields = {"baseline": {"PSA": Decimal(1)}, "baseline_on": first - timedelta(days=days)}
    assert outcome("R48", ON, *psa(3, 3), **fields) == expected


def test_r48_takes_the_first_psa_where_there_is_no_baseline():
    assert outcome("R48", ON, *psa(0.8, 2.3, 2.3)) == "warning"
    assert outcome("R48", ON, *psa(0.8, 2.2, 2.3)) is None


@pytest.mark.parametrize(
    ("values", "expected"), [((1.0, 1.2, 1.5), "warning"), ((1.0, 1.1, 1.5), None), ((1.0, 1.2, 1.4), None)]
)
def test_r48_velocity_from_the_psa_after_half_a_year(values, expected):
    days = [STOP + timedelta(days=days) for days in (182, 182 + 180, 182 + 366)]
    draws = [drawn(on, PSA=value) for on, value in zip(days, values, strict=True)]
    assert outcome("R48", days[-1], *draws) == expected


@pytest.mark.parametrize(
    ("value", "fields", "expected"),
    [
        (4.0, {}, None),
        (4.1, {}, "warning"),
        (10, {}, "warning"),
        (10.1, {}, "critical"),
        (3.1, {"history": ("family history of prostate cancer",)}, "warning"),
        (3.0, {"history": ("family history of prostate cancer",)}, None),
        (2.1, {"concomitant": ("finasteride 1 mg",)}, "warning"),
        (2.0, {"concomitant": ("finasteride 1 mg",)}, None),
        (5.1, {"concomitant": ("dutasteride",)}, "critical"),
        (">4", {}, "warning"),
        (">3", {}, "open"),
    ],
)
def test_r49_psa(value, fields, expected):
    assert outcome("R49", ON, drawn(ON, PSA=value), **fields) == expected


def lab_interval(key, low, high, unit):
    given = {
        "method": None,
        "population": "",
        "source": "the laboratory",
        "mark": "V",
        "effective_on": date(2024, 1, 1),
    }
    return Interval(f"own-{key}", "1", key, low and Decimal(low), high and Decimal(high), unit, **given)


def test_the_laboratorys_own_limit_wins_and_is_named():
    own = {"PRL": lab_interval("PRL", "2", "20", "ng/mL")}
    assert outcome("R42", ON, drawn(ON, PRL=18, intervals=own)) is None
    said_on = judged(course(drawn(ON, PRL=21, intervals=own)), ON)
    (one,) = [one for one in said_on.findings if one.rule_id == "R42"]
    assert one.threshold == "PRL > 20 ng/mL (interval own-PRL 1)"


def test_a_laboratorys_limit_in_another_unit_is_converted():
    own = {"ALT": lab_interval("ALT", None, "0.5", "ukat/L")}
    assert outcome("R50", ON, drawn(ON, ALT=89, intervals=own)) is None
    assert outcome("R50", ON, drawn(ON, ALT=91, intervals=own)) == "warning"


def test_a_limit_that_the_laboratory_leaves_out_is_the_rulebooks():
    own = {"PRL": lab_interval("PRL", "2", None, "ng/mL")}
    assert outcome("R42", ON, drawn(ON, PRL=16, intervals=own)) == "info"
