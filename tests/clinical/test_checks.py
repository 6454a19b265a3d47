"""Comparisons that may be open, how they combine, and what they remember."""

from decimal import Decimal

import pytest

from clinical.checks import (
    Check,
    Limit,
    Quantity,
    all_of,
    any_of,
    compare,
    given,
    missing,
    missing_of,
    nearest_of,
    numbers_of,
    shown,
    threshold_of,
    unknowns_of,
)
from clinical.readings import parse_reading

TRUE, FALSE, OPEN = given(True, "yes"), given(False, "no"), missing("LH")


def lh(text):
    reading = parse_reading("LH", text, "[IU]/L")
    return Quantity("LH", reading.value, reading.unit, reading)


def against(value):
    return Limit(Decimal(value), "[IU]/L", "test")


@pytest.mark.parametrize(
    ("text", "below", "above"),
    [
        ("1.0", False, False),
        ("0.9", True, False),
        ("1.1", False, True),
        ("<1.0", True, False),
        ("<0.9", True, False),
        ("<1.1", None, None),
        ("<=1.0", None, False),
        ("<=0.9", True, False),
        (">1.0", False, True),
        (">1.1", False, True),
        (">0.9", None, None),
        (">=1.0", False, None),
        (">=1.1", False, True),
    ],
)
def test_a_reading_against_one(text, below, above):
    assert compare(lh(text), "<", against("1.0")).truth is below
    assert compare(lh(text), ">", against("1.0")).truth is above


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (TRUE, TRUE, True, True),
        (TRUE, FALSE, False, True),
        (TRUE, OPEN, None, True),
        (FALSE, OPEN, False, None),
        (OPEN, OPEN, None, None),
        (FALSE, FALSE, False, False),
    ],
)
def test_three_valued_and_and_or(one, other, both, either):
    for first, second in ((one, other), (other, one)):
        assert all_of(first, second).truth is both
        assert any_of(first, second).truth is either


def test_nothing_asked_is_true_of_all_and_false_of_any():
    assert all_of().truth is True
    assert any_of().truth is False


def test_only_what_decided_is_shown():
    check = any_of(compare(lh("0.5"), "<", against(1)), compare(lh("0.5"), ">", against(9)), OPEN)
    assert threshold_of(check) == "LH < 1 IU/L (test)"
    assert [number.text for number in numbers_of(check)] == ["0.5 IU/L"]
    assert missing_of(check) == ("LH",)


def test_what_is_open_says_why():
    check = all_of(TRUE, compare(lh("<2"), "<", against(1)), missing("FSH was not measured"))
    assert unknowns_of(check) == ("LH <2 IU/L may lie on either side of 1", "FSH was not measured")


def test_nearest_of_a_conjunction_is_the_part_next_to_its_limit():
    far, near = compare(lh("0.1"), "<", against(1)), compare(lh("4.9"), "<", against(5))
    assert nearest_of(all_of(far, near)) == "LH >= 5 IU/L (was 4.9 IU/L)"


def test_nearest_of_a_disjunction_is_every_part_that_holds():
    one, two = compare(lh("0.1"), "<", against(1)), compare(lh("7"), ">", against(5))
    assert nearest_of(any_of(one, two)) == "LH >= 1 IU/L (was 0.1 IU/L) and LH <= 5 IU/L (was 7 IU/L)"


@pytest.mark.parametrize("check", [TRUE, any_of(TRUE, compare(lh("0.1"), "<", against(1))), all_of(TRUE)])
def test_a_circumstance_has_no_boundary(check):
    assert nearest_of(check) is None


def test_distance_to_zero_is_the_value_itself():
    check = all_of(compare(lh("0.5"), ">", against(0)), compare(lh("0.5"), "<", against(2)))
    assert nearest_of(check) == "LH <= 0 IU/L (was 0.5 IU/L)"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("8.60", "8.6"),
        ("300", "300"),
        ("13.142857", "13.14"),
        ("0.5", "0.5"),
        ("1E+2", "100"),
        ("10.0", "10"),
    ],
)
def test_numbers_are_shown_plainly(value, text):
    assert shown(Decimal(value)) == text


def test_a_check_without_parts_decides_by_itself():
    assert threshold_of(Check(True, says="continuous")) == "continuous"
