"""R94: how long past its target a test is."""

from datetime import date, timedelta

import pytest

from clinical.overdue import overdue
from clinical.retests import Anchor, RetestWindow
from tests.clinical.courses import shipped

TARGET = date(2024, 3, 1)
ANCHOR = Anchor(kind="effective_stop", on=date(2024, 2, 2), id=None, drug=None)
WINDOW = RetestWindow(
    rule_id="wk4",
    analytes=("TT", "LH"),
    earliest=TARGET - timedelta(days=7),
    target=TARGET,
    latest=TARGET + timedelta(days=14),
    anchor=ANCHOR,
    reason="four weeks after the stop",
    source="design default",
    version="1.0.0",
)


@pytest.mark.parametrize(("days", "expected"), [(14, []), (15, ["info"]), (30, ["info"]), (31, ["warning"])])
def test_r94_overdue(days, expected):
    found = overdue([WINDOW], shipped(), TARGET + timedelta(days=days))
    assert [one.severity.value for one in found] == expected


def test_r94_is_one_life_cycle_per_window():
    (one,) = overdue([WINDOW], shipped(), TARGET + timedelta(days=20))
    assert one.cause == f"R94:{WINDOW.key}"
    assert "TT, LH" in one.message
    assert one.threshold == "more than 14 days after 2024-03-01"
