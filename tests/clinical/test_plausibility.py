"""Plausibility: every limit at its edge, units mixed up, results that disagree, jumps between draws."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinical.analytes import ANALYTES
from clinical.datafile import RULES_DIR, RulebookError
from clinical.plausibility import ConcernKind, check_age, check_plausible, cross_check, delta_check
from clinical.plausibility_limits import PLAUSIBILITY, load_plausibility
from clinical.readings import Comparator, Reading, parse_reading

HARD, SOFT, UNIT = ConcernKind.HARD, ConcernKind.SOFT, ConcernKind.UNIT


def kinds(key, text, unit):
    return [concern.kind for concern in check_plausible(parse_reading(key, text, unit))]


def limit_cases():
    """Each limit of the file: at it no worse concern, one step beyond it the concern."""
    step = Decimal("0.0001")
    for (key, unit), row in PLAUSIBILITY.limits.items():
        for limit, beyond, kind in (
            (row.hard_low, -step, HARD),
            (row.soft_low, -step, SOFT),
            (row.soft_high, step, SOFT),
            (row.hard_high, step, HARD),
        ):
            if limit is not None and (limit + beyond >= 0 or ANALYTES[key].signed):
                yield pytest.param(key, unit, limit, limit + beyond, kind, id=f"{key}-{unit}-{kind}-{limit}")


@pytest.mark.parametrize(("key", "unit", "limit", "beyond", "kind"), list(limit_cases()))
def test_a_limit_itself_is_accepted_and_a_step_beyond_is_not(key, unit, limit, beyond, kind):
    def worst(value):
        found = [concern.kind for concern in check_plausible(Reading(key, value, unit))]
        return next((k for k in (HARD, SOFT) if k in found), None)

    assert worst(beyond) is kind
    assert worst(limit) is not kind


@pytest.mark.parametrize("key", sorted(ANALYTES))
def test_every_analyte_has_limits(key):
    assert (key, ANALYTES[key].canonical_unit) in PLAUSIBILITY.limits


HINTS = [
    ("TT", "14.5", "ng/dL", "nmol/L"),
    ("TT", "28.4", "ng/dL", "nmol/L"),
    ("TT", "14", "ng/dL", "ng/mL"),
    ("TT", "4.2", "ng/mL", None),
    ("TT", "410", "nmol/L", "ng/dL"),
    ("TT", "60", "nmol/L", "ng/dL"),
    ("TT", "52", "nmol/L", None),
    ("FT", "4.9", "pg/mL", "ng/dL"),
    ("ALB", "43", "g/dL", "g/L"),
    ("E2", "60", "pg/mL", "pmol/L"),
    ("E2", "250", "pg/mL", "pmol/L"),
    ("E2", "59", "pg/mL", None),
    ("E2", "0.13", "pg/mL", "nmol/L"),
    ("E2", "0.13", "nmol/L", None),
    ("PRL", "320", "ng/mL", "m[IU]/L"),
    ("HCT", "0.52", "%", "L/L"),
    ("HGB", "145", "g/dL", "g/L"),
    ("LH", "4.8", "IU/L", None),
]


@pytest.mark.parametrize(("key", "text", "unit", "meant"), HINTS)
def test_a_unit_mixed_up_is_offered_and_never_changed(key, text, unit, meant):
    offered = [c for c in check_plausible(parse_reading(key, text, unit)) if c.kind is UNIT]
    assert [concern.suggested_unit for concern in offered] == ([meant] if meant else [])


def test_the_message_names_analyte_found_and_accepted():
    hard, unit = check_plausible(parse_reading("TT", "410", "nmol/L"))
    assert hard.message == "Total testosterone (TT): found 410 nmol/L. Accepted: 0.03 to 175 nmol/L."
    assert unit.message == "Total testosterone (TT): found 410 nmol/L. Did you mean 410 ng/dL?"
    assert hard.analytes == unit.analytes == ("TT",)


def test_a_unit_that_differs_in_spelling_only_is_offered_once():
    (_, unit) = check_plausible(parse_reading("TT", "14.5", "ng/dL"))
    assert unit.message.endswith("Did you mean 14.5 nmol/L or ng/mL?")


def test_a_count_per_ml_is_asked_about_although_no_unit_is_offered():
    hard, unit = check_plausible(parse_reading("SCONC", "16000", "M/mL"))
    assert hard.kind is HARD
    assert unit.suggested_unit is None
    assert "per mL and not in millions" in unit.message


@pytest.mark.parametrize(
    ("key", "text", "unit", "expected"),
    [
        ("LH", "<0.1", "IU/L", []),
        ("E2", "<5", "pg/mL", []),
        ("E2", "<1", "pg/mL", []),
        ("TT", "<10", "ng/dL", []),
        ("TT", ">1500", "ng/dL", [SOFT]),
        ("TT", ">=1500", "ng/dL", []),
        ("TT", ">5000", "ng/dL", [HARD]),
        ("SHBG", ">5", "nmol/L", []),
    ],
)
def test_a_censored_value_is_judged_by_what_it_says(key, text, unit, expected):
    assert [kind for kind in kinds(key, text, unit) if kind is not UNIT] == expected


@given(
    key=st.sampled_from(sorted(ANALYTES)),
    value=st.decimals(min_value=0, max_value=999999, places=4),
    comparator=st.sampled_from(Comparator),
    data=st.data(),
)
def test_check_plausible_answers_for_every_reading(key, value, comparator, data):
    unit = data.draw(st.sampled_from(ANALYTES[key].units)).code
    for concern in check_plausible(Reading(key, value, unit, comparator)):
        assert concern.message.startswith(ANALYTES[key].name)
        assert concern.suggested_unit is None or concern.suggested_unit in ANALYTES[key].units_by_code


@pytest.mark.parametrize(
    ("born", "kind"),
    [
        (date(2008, 6, 16), HARD),
        (date(2008, 6, 15), None),
        (date(1986, 6, 15), None),
        (date(1945, 6, 16), None),
        (date(1945, 6, 15), SOFT),
        (date(1915, 6, 15), HARD),
        (date(2030, 1, 1), HARD),
    ],
)
def test_age(born, kind):
    concern = check_age(born, date(2026, 6, 15))
    assert (concern and concern.kind) == kind


def readings(**texts):
    return {key: Reading(key, Decimal(text), ANALYTES[key].canonical_unit) for key, text in texts.items()}


CROSS = [
    ({"TT": "300", "CFT": "150"}, None),
    ({"TT": "300", "CFT": "151"}, ("TT", "CFT")),
    ({"TT": "300", "CFT": "15"}, None),
    ({"TT": "300", "CFT": "14.8"}, ("TT", "CFT")),
    ({"TT": "300", "FT": "120"}, None),
    ({"TT": "300", "FT": "121"}, ("TT", "FT")),
    ({"TT": "300", "FT": "8"}, ("TT", "FT")),
    ({"TT": "0", "FT": "8"}, None),
    ({"SVOL": "2", "SCONC": "20", "STOT": "44"}, None),
    ({"SVOL": "2", "SCONC": "20", "STOT": "44.1"}, ("SVOL", "SCONC", "STOT")),
    ({"SVOL": "2", "SCONC": "20", "STOT": "36"}, None),
    ({"SVOL": "2", "SCONC": "20", "STOT": "35.9"}, ("SVOL", "SCONC", "STOT")),
    ({"SPR": "40", "SNP": "10", "SIM": "52"}, None),
    ({"SPR": "40", "SNP": "10", "SIM": "53"}, ("SPR", "SNP", "SIM")),
    ({"SPR": "40", "SNP": "10", "SIM": "48"}, None),
    ({"SPR": "40", "SNP": "10", "SIM": "47"}, ("SPR", "SNP", "SIM")),
    ({"SPR": "42", "SMOT": "42"}, None),
    ({"SPR": "43", "SMOT": "42"}, ("SPR", "SMOT")),
    ({"SVIT": "39", "SMOT": "42"}, None),
    ({"SVIT": "38", "SMOT": "42"}, ("SVIT", "SMOT")),
    ({"HCT": "47.1", "HGB": "15"}, None),
    ({"HCT": "47.2", "HGB": "15"}, ("HCT", "HGB")),
    ({"HCT": "41.0", "HGB": "15"}, ("HCT", "HGB")),
    ({"TT": "300"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("texts", "named"), CROSS)
def test_results_of_one_sample_agree(texts, named):
    concerns = cross_check(readings(**texts))
    assert [concern.analytes for concern in concerns] == ([named] if named else [])
    assert all("Accepted:" in concern.message for concern in concerns)


def test_cross_check_converts_units_and_leaves_out_censored_values():
    total, free = parse_reading("TT", "10.4", "nmol/L"), parse_reading("FT", "900", "pmol/L")
    assert len(cross_check({"TT": total, "FT": free})) == 1
    assert cross_check({"TT": total, "FT": parse_reading("FT", ">900", "pmol/L")}) == ()


DELTA = [
    ("TT", "100", "500", 30, False),
    ("TT", "100", "501", 30, True),
    ("TT", "501", "100", 30, True),
    ("TT", "500", "100", 30, False),
    ("TT", "100", "501", 55, True),
    ("TT", "100", "501", 56, False),
    ("TT", "100", "501", 0, True),
    ("E2", "10", "40", 30, False),
    ("E2", "10", "41", 30, True),
    ("E2", "<5", "20", 30, False),
    ("E2", "<5", "21", 30, True),
    ("E2", "21", "<5", 30, True),
    ("E2", ">100", "24", 30, True),
    ("E2", ">100", "25", 30, False),
    ("E2", "20", ">100", 30, True),
    ("E2", "30", ">100", 30, False),
    ("E2", "<30", "<5", 30, False),
    ("LH", "0.1", "8", 30, False),
]


@pytest.mark.parametrize(("key", "before", "now", "days", "asked"), DELTA)
def test_a_jump_between_draws_is_asked_about(key, before, now, days, asked):
    unit = ANALYTES[key].canonical_unit
    concern = delta_check(parse_reading(key, before, unit), parse_reading(key, now, unit), days)
    assert (concern is not None) is asked


def test_delta_check_compares_across_units_but_not_across_analytes():
    before, now = parse_reading("TT", "3.4", "nmol/L"), parse_reading("TT", "510", "ng/dL")
    assert "after 3.4 nmol/L 14 days before" in delta_check(before, now, 14).message
    assert delta_check(parse_reading("E2", "1", "pg/mL"), now, 14) is None


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("{analyte: LH, unit:", "{analyte: LX, unit:", "there is no LX"),
        ("meant: pmol/L", "meant: furlong", "there is no E2 in furlong"),
        ("within_days: 56", "within_days: soon", "within_days"),
        ("hard_low: 18,", "", "hard_low"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, old, new, because):
    text = (RULES_DIR / "plausibility.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "plausibility.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulebookError, match=because):
        load_plausibility(path)
