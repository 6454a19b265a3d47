"""What of a change is more than variation, and where a series may not be joined."""

from decimal import Decimal

import pytest

from clinical.change import change_between, reference_change_value
from clinical.fences import FenceKind, breaks, fences, segments, series
from clinical.readings import Reading
from tests.clinical.courses import course, drawn, reading, shipped, week


# sqrt(2) x 1.96 x CVi x sqrt(1 + 0.5^2), by hand.
@pytest.mark.parametrize(
    ("analyte", "percent"),
    [("TT", "49.6"), ("SHBG", "22.9"), ("E2", "43.4"), ("FSH", "24.8"), ("LH", "80.6")],
)
def test_the_reference_change_value(analyte, percent):
    table = shipped().draws
    assert reference_change_value(table.variation.of(analyte), table) == Decimal(percent)


@pytest.mark.parametrize(
    ("before", "after", "percent", "is_real"),
    [
        (400, 598, "49.5", False),
        (1000, 1496, "49.6", False),
        (1000, 1497, "49.7", True),
        (1000, 504, "-49.6", False),
        (1000, 503, "-49.7", True),
        (400, 400, "0.0", False),
    ],
)
def test_a_change_beyond_variation_is_real(before, after, percent, is_real):
    change = change_between(reading("TT", before), reading("TT", after))
    assert (change.percent, change.is_real) == (Decimal(percent), is_real)
    assert change.reference_percent == Decimal("49.6")
    assert ("no more than" in change.words) is not is_real
    assert "49.6 %" in change.words


@pytest.mark.parametrize(("before", "after"), [("<0.1", "4"), ("4", "<0.1"), ("0", "4"), ("4", ">9")])
def test_a_limit_or_zero_cannot_say(before, after):
    change = change_between(reading("LH", before), reading("LH", after))
    assert (change.percent, change.is_real) == (None, None)
    assert "cannot say" in change.words


def test_units_are_converted_before_they_are_compared():
    change = change_between(Reading("TT", Decimal(10), "nmol/L"), reading("TT", "288.42"))
    assert change.percent == 0


@pytest.mark.parametrize("analyte", ["PRL", "HCT", "PSA"])
def test_without_a_known_variation_nothing_is_said(analyte):
    assert change_between(reading(analyte, 10), reading(analyte, 40)) is None


def test_two_analytes_are_no_series():
    with pytest.raises(ValueError, match="TT and LH are not one series"):
        change_between(reading("TT", 400), reading("LH", 4))


def test_a_change_names_the_sources_of_both_variations():
    source = change_between(reading("TT", 400), reading("TT", 500), shipped().draws).source
    assert "Guldhaug" in source
    assert "[M]" in source
    assert source.endswith("draws 1.0.0")


def draws(*given, key="E2"):
    """Draws of one analyte, four weeks apart: (method, laboratory)."""
    return course(
        *(
            drawn(week(4 * n), methods={key: method}, laboratory=laboratory, **{key: 30})
            for n, (method, laboratory) in enumerate(given)
        )
    )


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ([("LC-MS/MS", "North"), ("LC-MS/MS", "North")], []),
        ([("immunoassay", "North"), ("LC-MS/MS", "North")], [FenceKind.METHOD]),
        ([("LC-MS/MS", "North"), ("LC-MS/MS", "South")], [FenceKind.LABORATORY]),
        ([("immunoassay", "North"), ("LC-MS/MS", "South")], [FenceKind.METHOD, FenceKind.LABORATORY]),
        ([(None, "North"), ("LC-MS/MS", None)], []),
    ],
)
def test_a_fence_stands_where_method_or_laboratory_change(given, kinds):
    record = draws(*given)
    found = fences(record, "E2")
    assert [fence.kind for fence in found] == kinds
    assert all(fence.on == week(4) and fence.sample_id == f"{week(4)}:serum" for fence in found)
    assert len(segments(record, "E2")) == (2 if kinds else 1)


def test_segments_join_what_may_be_joined():
    record = draws(("immunoassay", "N"), ("immunoassay", "N"), ("LC-MS/MS", "N"), ("LC-MS/MS", "N"))
    assert [len(segment.results) for segment in segments(record, "E2")] == [2, 2]
    assert segments(record, "LH") == ()
    assert fences(record, "LH") == ()


def test_measured_and_calculated_values_are_fenced_and_never_in_one_segment():
    methods = {"FT": "equilibrium dialysis LC-MS/MS", "CFT": "Vermeulen 1999"}
    record = course(drawn(week(0), FT=80, methods=methods), drawn(week(4), CFT=90, methods=methods))
    for key in ("FT", "CFT"):
        kinds = {fence.kind for fence in fences(record, key)}
        assert FenceKind.CALCULATED in kinds
        assert [len(segment.results) for segment in segments(record, key)] == [1]


def test_a_fence_says_what_changed_when():
    (fence,) = fences(draws(("immunoassay", "N"), ("LC-MS/MS", "N")), "E2")
    assert fence.words == f"E2: immunoassay on {week(0)}, LC-MS/MS on {week(4)}"
    one, two = series(draws(("immunoassay", "N"), ("immunoassay", "N")), "E2")
    assert list(breaks(one, two)) == []
