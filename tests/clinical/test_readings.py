"""Readings: what is accepted, what is refused and how it is said, and conversion there and back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinical.analytes import ANALYTES, UnknownAnalyte, analyte
from clinical.readings import (
    Comparator,
    Reading,
    ReadingError,
    UnknownUnit,
    canonical,
    convert,
    parse_reading,
    shown_in,
)

ACCEPTED = [
    ("14.5", Comparator.EQUAL, "14.5", "14.5"),
    ("<0.1", Comparator.BELOW, "0.1", "<0.1"),
    ("< 0.1", Comparator.BELOW, "0.1", "<0.1"),
    ("<=0.10", Comparator.AT_MOST, "0.10", "<=0.10"),
    (">1500", Comparator.ABOVE, "1500", ">1500"),
    (">=1500.0", Comparator.AT_LEAST, "1500.0", ">=1500.0"),
    (" 410 ", Comparator.EQUAL, "410", "410"),
    ("0", Comparator.EQUAL, "0", "0"),
    ("0.0001", Comparator.EQUAL, "0.0001", "0.0001"),
    ("999999.9999", Comparator.EQUAL, "999999.9999", "999999.9999"),
]

REFUSED = [
    ("", "Nothing was written"),
    ("   ", "Nothing was written"),
    ("14,5", 'write a point: "14.5"'),
    ("1,234.5", "without thousands separators"),
    ("1e3", "Exponents"),
    ("1E3", "Exponents"),
    ("1_000", "underscore"),
    ("\u0661\u0662", "not the digits 0-9"),
    ("\uff11\uff12", "not the digits 0-9"),
    ("1\u00b2", "not the digits 0-9"),
    ("-5", "no sign"),
    ("+5", "no sign"),
    ("\u22125", "no sign"),
    ("NaN", "not a number"),
    ("Infinity", "not a number"),
    ("1.2.3", "more than one point"),
    (".5", "zero before the point"),
    ("5.", "no digits after the point"),
    ("007", "a zero too many"),
    ("1 200", "space inside"),
    ("1\u00a0200", "not a number as laboratories write them"),
    ("≤5", "two characters"),
    ("<0", "below zero"),
    ("<>5", "comparator or number of digits"),
    ("1234567", "comparator or number of digits"),
    ("0.12345", "comparator or number of digits"),
    ("neg", "not a number as laboratories write them"),
    ("5 ng/dL", "not a number as laboratories write them"),
    ("0x1F", "not a number as laboratories write them"),
    ("5\n", "not a number as laboratories write them"),
]


@pytest.mark.parametrize(("text", "comparator", "value", "printed"), ACCEPTED)
def test_parse_keeps_comparator_and_digits_as_written(text, comparator, value, printed):
    reading = parse_reading("TT", text, "ng/dL")
    assert (reading.comparator, str(reading.value), reading.text) == (comparator, value, printed)


@pytest.mark.parametrize(("text", "because"), REFUSED)
def test_parse_refuses_and_says_what_it_found_and_accepts(text, because):
    with pytest.raises(ReadingError) as refused:
        parse_reading("TT", text, "ng/dL")
    assert because in refused.value.reason
    assert refused.value.found == text
    assert str(refused.value).startswith(f'Total testosterone (TT): found "{text}".')
    assert "1 to 6 digits" in refused.value.accepted


def test_parse_accepts_a_sign_where_the_analyte_has_one():
    assert parse_reading("DXA_T", "-2.5", "{T-score}").value == Decimal("-2.5")
    with pytest.raises(ReadingError, match="Nothing is below zero"):
        parse_reading("DXA_T", "-0.0", "{T-score}")


@pytest.mark.parametrize("unit", ["ng/dl", "NG/DL", "", "mmol/L", "pmol/L"])
def test_parse_refuses_a_unit_the_analyte_does_not_have(unit):
    with pytest.raises(UnknownUnit, match="Accepted: ng/dL, nmol/L, ng/mL, mcg/L"):
        parse_reading("TT", "410", unit)


@pytest.mark.parametrize(
    ("key", "printed", "code"),
    [
        ("LH", "mIU/mL", "m[IU]/mL"),
        ("LH", "IU/L", "[IU]/L"),
        ("TT", "µg/L", "ug/L"),
        ("TT", "μg/L", "ug/L"),
        ("SCONC", "M/mL", "10*6/mL"),
        ("STOT", "10*6/{ejaculate}", "10*6"),
    ],
)
def test_parse_stores_the_ucum_code_of_a_printed_unit(key, printed, code):
    assert parse_reading(key, "5", printed).unit == code


def test_parse_of_an_unknown_analyte_names_it():
    with pytest.raises(UnknownAnalyte, match='"XYZ"'):
        parse_reading("XYZ", "5", "ng/dL")


@pytest.mark.parametrize("value", [4.2, Decimal("NaN"), Decimal("Infinity"), "4"])
def test_a_reading_holds_only_finite_decimals(value):
    with pytest.raises(TypeError, match="finite Decimal"):
        Reading("TT", value, "ng/dL")


# Each expected value is the published factor applied by hand.
CONVERSIONS = [
    ("TT", "10", "nmol/L", "ng/dL", "288.42"),
    ("TT", "264", "ng/dL", "nmol/L", "9.1533"),
    ("TT", "4.1", "ng/mL", "ng/dL", "410"),
    ("FT", "1", "ng/dL", "pg/mL", "10"),
    ("FT", "1", "ng/dL", "pmol/L", "34.6717"),
    ("E2", "1", "pg/mL", "pmol/L", "3.6713"),
    ("E2", "0.13", "nmol/L", "pg/mL", "35.4094"),
    ("PRL", "15.2", "ng/mL", "m[IU]/L", "322.24"),
    ("ALB", "43", "g/L", "g/dL", "4.3"),
    ("HCT", "0.52", "L/L", "%", "52"),
    ("HGB", "13.2", "g/dL", "mmol/L", "8.1919"),
    ("ALT", "1", "U/L", "ukat/L", "0.0167"),
    ("TG", "500", "mg/dL", "mmol/L", "5.645"),
    ("A1C", "38", "mmol/mol", "%", "5.6282"),
    ("A1C", "5.7", "%", "mmol/mol", "38.7844"),
    ("VITD", "20", "ng/mL", "nmol/L", "49.92"),
    ("AMH", "1", "ng/mL", "pmol/L", "7.14"),
    ("LH", "4.8", "m[IU]/mL", "[IU]/L", "4.8"),
    ("SABST", "72", "h", "d", "3"),
]


@pytest.mark.parametrize(("key", "value", "unit", "other", "expected"), CONVERSIONS)
def test_convert_agrees_with_the_published_factor(key, value, unit, other, expected):
    converted = convert(Reading(key, Decimal(value), unit), other)
    assert converted.value.quantize(Decimal("0.0001")) == Decimal(expected)
    assert converted.unit == other


def test_convert_keeps_the_comparator_and_refuses_foreign_units():
    assert convert(parse_reading("E2", "<18", "pmol/L"), "pg/mL").comparator is Comparator.BELOW
    with pytest.raises(UnknownUnit, match="pmol/L"):
        convert(parse_reading("TT", "410", "ng/dL"), "pmol/L")


def test_convert_writes_no_exponent():
    assert convert(parse_reading("FT", "100", "ng/dL"), "pg/mL").text == "1000"


def every_unit_pair():
    return [(row.key, a.code, b.code) for row in ANALYTES.values() for a in row.units for b in row.units]


# What the entry grammar accepts: up to six digits, up to four after the point, trailing zeros and all.
WRITTEN = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(0, 9_999_999_999), st.integers(0, 4)
).filter(lambda value: value < 1_000_000)


@given(value=WRITTEN, pair=st.sampled_from(every_unit_pair()), comparator=st.sampled_from(Comparator))
def test_convert_there_and_back_is_the_very_same_number(value, pair, comparator):
    key, here, there = pair
    reading = Reading(key, value, here, comparator)
    back = convert(convert(reading, there), here)
    assert (back.value, back.comparator) == (reading.value, comparator)


@given(low=WRITTEN, high=WRITTEN, pair=st.sampled_from(every_unit_pair()))
def test_convert_keeps_order(low, high, pair):
    key, here, there = pair
    low, high = sorted([low, high])
    assert convert(Reading(key, low, here), there).value <= convert(Reading(key, high, here), there).value


def test_canonical_is_the_conventional_unit():
    assert canonical(parse_reading("TT", "14.5", "nmol/L")) == Reading("TT", Decimal("418.209"), "ng/dL")


def test_shown_in_its_own_unit_is_as_written_and_in_another_is_rounded():
    reading = parse_reading("TT", "14.50", "nmol/L")
    assert shown_in(reading, "nmol/L") == "14.50"
    assert shown_in(reading, "ng/dL") == "418"
    assert shown_in(parse_reading("E2", "<18", "pmol/L"), "pg/mL") == "<5"
    assert parse_reading("LH", "<0.1", "mIU/mL").text_with_unit == "<0.1 mIU/mL"
    assert analyte("TT").decimals_shown == 0
