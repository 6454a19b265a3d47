"""Intervals: places at, around and across the limits, censored readings, units, and which default is used."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinical.datafile import RULES_DIR, RulebookError
from clinical.intervals import INTERVALS, Interval, Place, default_interval, load_intervals, place
from clinical.readings import Comparator, Reading, parse_reading

LH = default_interval("LH")


def interval(key="LH", low="1.7", high="8.6", unit="[IU]/L", **other):
    limits = (None if limit is None else Decimal(limit) for limit in (low, high))
    return Interval("x", "1", key, *limits, unit, None, "men", "a lab", "M", date(2026, 1, 1), **other)


PLACES = [
    ("1.69", Place.BELOW),
    ("1.7", Place.WITHIN),
    ("1.70", Place.WITHIN),
    ("8.6", Place.WITHIN),
    ("8.61", Place.ABOVE),
    ("0", Place.BELOW),
    ("<0.1", Place.BELOW),
    ("<1.7", Place.BELOW),
    ("<=1.7", Place.UNKNOWN),
    ("<=1.6", Place.BELOW),
    ("<2", Place.UNKNOWN),
    ("<9", Place.UNKNOWN),
    (">8.6", Place.ABOVE),
    (">=8.6", Place.UNKNOWN),
    (">=8.7", Place.ABOVE),
    (">8", Place.UNKNOWN),
    (">1", Place.UNKNOWN),
    (">200", Place.ABOVE),
]


@pytest.mark.parametrize(("text", "expected"), PLACES)
def test_place_at_the_edges(text, expected):
    placed = place(parse_reading("LH", text, "IU/L"), LH)
    assert placed.place is expected
    assert placed.interval is LH
    assert (placed.reason is None) is (expected is not Place.UNKNOWN)


ONE_SIDED = [
    (None, "4.0", {}, "<2", Place.WITHIN),
    (None, "4.0", {}, "<=4", Place.WITHIN),
    (None, "4.0", {}, "<4.1", Place.UNKNOWN),
    (None, "4.0", {}, ">4", Place.ABOVE),
    (None, "4.0", {}, ">3", Place.UNKNOWN),
    ("16", None, {}, ">16", Place.WITHIN),
    ("16", None, {}, ">=16", Place.WITHIN),
    ("16", None, {}, ">15", Place.UNKNOWN),
    ("16", None, {}, "<16", Place.BELOW),
    ("16", None, {}, "<17", Place.UNKNOWN),
    ("0", "4.0", {}, "<2", Place.WITHIN),
    (None, "1.0", {"high_open": True}, "1.0", Place.ABOVE),
    (None, "1.0", {"high_open": True}, "0.9", Place.WITHIN),
    (None, "1.0", {"high_open": True}, ">=1", Place.ABOVE),
    (None, "1.0", {"high_open": True}, "<1", Place.WITHIN),
    (None, "1.0", {"high_open": True}, "<=1", Place.UNKNOWN),
    ("7.2", None, {"low_open": True}, "7.2", Place.BELOW),
    ("7.2", None, {"low_open": True}, ">7.2", Place.WITHIN),
    ("7.2", None, {"low_open": True}, ">=7.2", Place.UNKNOWN),
    ("7.2", None, {"low_open": True}, "<=7.2", Place.BELOW),
]


@pytest.mark.parametrize(("low", "high", "open_limits", "text", "expected"), ONE_SIDED)
def test_place_with_one_limit_or_an_open_one(low, high, open_limits, text, expected):
    assert (
        place(parse_reading("LH", text, "IU/L"), interval(low=low, high=high, **open_limits)).place
        is expected
    )


def test_a_signed_analyte_is_not_bounded_by_zero():
    t_score = interval("DXA_T", "0", "4", "{T-score}")
    assert place(parse_reading("DXA_T", "<2", "{T-score}"), t_score).place is Place.UNKNOWN
    assert place(parse_reading("DXA_T", "-2.5", "{T-score}"), t_score).place is Place.BELOW


def test_place_converts_the_unit():
    testosterone = default_interval("TT")
    assert place(parse_reading("TT", "9.1", "nmol/L"), testosterone).place is Place.BELOW
    assert place(parse_reading("TT", "9.2", "nmol/L"), testosterone).place is Place.WITHIN
    assert place(parse_reading("TT", "31.8", "nmol/L"), testosterone).place is Place.ABOVE


@pytest.mark.parametrize(
    ("reading", "against", "because"),
    [
        (Reading("LH", Decimal(5), "[IU]/L"), None, "no reference interval"),
        (Reading("LH", Decimal(5), "[IU]/L"), default_interval("FSH"), "The interval is for FSH"),
        (Reading("LH", Decimal(5), "furlong"), LH, "not measured in this unit"),
        (Reading("LH", Decimal(5), "[IU]/L"), interval(low=None, high=None), "no limits"),
        (
            parse_reading("LH", "<2", "mIU/mL"),
            LH,
            "<2 mIU/mL may lie on either side of a limit of 1.7 to 8.6 IU/L",
        ),
    ],
)
def test_an_unknown_place_says_why(reading, against, because):
    placed = place(reading, against)
    assert placed.place is Place.UNKNOWN
    assert because in placed.reason


NUMBERS = st.decimals(min_value=0, max_value=500, places=2)
READINGS = st.builds(Reading, st.just("LH"), NUMBERS, st.just("[IU]/L"), st.sampled_from(Comparator))
INTERVALS_OF_LH = st.builds(
    lambda limits, low_open, high_open: interval(
        low=min(limits), high=max(limits), low_open=low_open, high_open=high_open
    ),
    st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] != pair[1]),
    st.booleans(),
    st.booleans(),
)


@given(reading=READINGS, narrow=INTERVALS_OF_LH, lower=NUMBERS, higher=NUMBERS)
def test_a_wider_interval_never_turns_within_into_anything_else(reading, narrow, lower, higher):
    wide = replace(narrow, low=max(narrow.low - lower, Decimal(0)), high=narrow.high + higher)
    if place(reading, narrow).place is Place.WITHIN:
        assert place(reading, wide).place is Place.WITHIN
    if place(reading, wide).place is Place.BELOW:
        assert place(reading, narrow).place is Place.BELOW


@given(limit=NUMBERS, comparator=st.sampled_from(Comparator), within=INTERVALS_OF_LH, truth=NUMBERS)
def test_a_censored_place_holds_for_every_truth_it_allows(limit, comparator, within, truth):
    allows = {
        Comparator.EQUAL: truth == limit,
        Comparator.BELOW: truth < limit,
        Comparator.AT_MOST: truth <= limit,
        Comparator.ABOVE: truth > limit,
        Comparator.AT_LEAST: truth >= limit,
    }
    censored = place(Reading("LH", limit, "[IU]/L", comparator), within).place
    if allows[comparator] and censored is not Place.UNKNOWN:
        assert place(Reading("LH", truth, "[IU]/L"), within).place is censored


DEFAULTS = [
    ("TT", {}, "264", "916"),
    ("LH", {}, "1.7", "8.6"),
    ("LH", {"method": "Beckman"}, "1.24", "8.62"),
    ("LH", {"method": "Abbott"}, "1.7", "8.6"),
    ("FSH", {}, "1.5", "12.4"),
    ("E2", {}, "7.6", "42.6"),
    ("E2", {"method": "LC-MS/MS"}, "10", "40"),
    ("E2", {"method": "immunoassay"}, "11.3", "43.2"),
    ("PRL", {}, "4.0", "15.2"),
    ("ALT", {}, "7", "55"),
    ("AST", {}, "8", "48"),
    ("PSA", {}, None, "4.0"),
    ("CFT", {"method": "Vermeulen 1999"}, "65", None),
    ("FT", {"method": "equilibrium dialysis LC-MS/MS"}, "66", "309"),
    ("SHBG", {}, "16.5", "55.9"),
    ("SHBG", {"age": 49}, "16.5", "55.9"),
    ("SHBG", {"age": 50}, "19.3", "76.4"),
    ("SCONC", {}, "16", None),
    ("SCONC", {"who_edition": 5}, "15", None),
    ("SVOL", {"who_edition": 5}, "1.5", None),
    ("SMOT", {}, "42", None),
    ("SPR", {}, "30", None),
    ("SPR", {"who_edition": 5}, "32", None),
    ("SVIT", {}, "54", None),
    ("STOT", {}, "39", None),
    ("SWBC", {"who_edition": 5}, None, "1.0"),
]


@pytest.mark.parametrize(("key", "asked", "low", "high"), DEFAULTS)
def test_the_default_is_the_published_one(key, asked, low, high):
    found = default_interval(key, **asked)
    assert (found.low, found.high) == (low and Decimal(low), high and Decimal(high))


@pytest.mark.parametrize("method", [None, "direct analog immunoassay"])
def test_measured_free_testosterone_has_no_interval_for_a_method_that_is_not_comparable(method):
    assert default_interval("FT", method) is None


@pytest.mark.parametrize("key", ["GGT", "AMH", "DXA_T", "SIM", "SRND", "LDL"])
def test_no_interval_is_made_up(key):
    assert default_interval(key) is None


def test_every_interval_carries_its_source():
    assert all(row.source and row.population and row.version for row in INTERVALS.rows)


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        ("LH", "1.7 to 8.6 IU/L"),
        ("PSA", "up to 4.0 ng/mL"),
        ("SWBC", "below 1.0 million/mL"),
        ("SCONC", "16 or more million/mL"),
    ],
)
def test_an_interval_prints_its_limits(key, printed):
    assert default_interval(key).text == printed


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("analyte: TT", "analyte: XX", "TT-harmonized: there is no analyte XX"),
        ('unit: "ng/dL"', 'unit: "furlong"', "TT-harmonized: TT is not measured in furlong"),
        ("low: 264\n    high: 916", "low: null\n    high: null", "at least one limit"),
        ("low: 264", "low: 916", "the lower limit is not below the upper one"),
        ("mark: V\n", "mark: Z\n", "there is no mark Z"),
        ("id: FT-dialysis-all", "id: TT-harmonized", "an id stands twice"),
        ("effective_on: 2026-11-24\n  - id: FT", "effective_on: soon\n  - id: FT", "effective_on"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path, old, new, because):
    text = (RULES_DIR / "intervals.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "intervals.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookError, match=because):
        load_intervals(path)
