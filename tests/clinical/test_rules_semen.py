"""Group E at its edges: counts, motility, forms, volume, and what was seen in the sediment."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.clinical.courses import course, drawn, found, judged, noted, outcome, said, taken, week

ON = week(20)
GOOD = {"SVOL": 3, "SCONC": 40, "SMOT": 50, "SPR": 40, "SMORPH": 6}


@pytest.mark.parametrize(
    ("on", "expected"),
    [(week(-1), "info"), (week(12, days=-1), "info"), (week(12), "warning"), (ON, "warning")],
)
def test_r60_no_sperm(on, expected):
    assert outcome("R60", on, drawn(on, SCONC=0)) == expected


@pytest.mark.parametrize(
    ("count", "seen", "r60", "r61"),
    [
        (0, None, "warning", None),
        (0, "none", "warning", None),
        (0, "after_centrifugation", None, "warning"),
        ("<0.1", "none", "warning", None),
        ("<0.1", "after_centrifugation", None, "warning"),
        ("<0.1", None, "open", "open"),
        ("0.1", None, None, "warning"),
        ("4.9", "counted", None, "warning"),
        (5, None, None, None),
    ],
)
def test_r60_and_r61_heed_the_sediment(count, seen, r60, r61):
    said_on = judged(course(drawn(ON, SCONC=count, sperm_seen=seen)), ON)
    assert (said(said_on, "R60"), said(said_on, "R61")) == (r60, r61)


def test_r60_hides_what_follows_from_it():
    said_on = judged(course(drawn(ON, SVOL=2, SCONC=0, SMOT=0, SPR=0, SMORPH=0)), ON)
    assert [said(said_on, rule) for rule in ("R61", "R62", "R63", "R64", "R66")] == [None] * 5


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"SVOL": 3, "SCONC": 16}, None),
        ({"SVOL": 3, "SCONC": 15.9}, "info"),
        ({"SVOL": 2, "SCONC": 19.5}, None),
        ({"SVOL": 2, "SCONC": 19.4}, "info"),
        ({"SCONC": 20, "STOT": 38}, "info"),
        ({"SCONC": 20}, "open"),
        ({"SCONC": 15}, "info"),
        ({"SVOL": 3, "SCONC": 4}, None),
    ],
)
def test_r62_few_sperm(labs, expected):
    assert outcome("R62", ON, drawn(ON, **labs)) == expected


def test_r62_by_the_edition_that_the_laboratory_used():
    assert outcome("R62", ON, drawn(ON, SVOL=3, SCONC=15, who_edition=5)) is None
    assert outcome("R62", ON, drawn(ON, SVOL=3, SCONC=15, who_edition=6)) == "info"


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"SPR": 30, "SMOT": 42}, None),
        ({"SPR": 29}, "info"),
        ({"SMOT": 41}, "info"),
        ({"SPR": 29, "SMOT": 60}, "info"),
        ({"SPR": "<30"}, "info"),
        ({"SPR": "<40"}, "open"),
    ],
)
def test_r63_motility(labs, expected):
    assert outcome("R63", ON, drawn(ON, SCONC=20, **labs)) == expected


@pytest.mark.parametrize(("value", "expected"), [(4, None), (3.9, "info"), (3, "info")])
def test_r64_normal_forms(value, expected):
    assert outcome("R64", ON, drawn(ON, SCONC=20, SMORPH=value)) == expected


@pytest.mark.parametrize(
    ("labs", "expected", "words"),
    [
        ({"SVOL": 1.4, "SCONC": 20}, None, ""),
        ({"SVOL": 1.3, "SCONC": 20}, "info", "The volume is low"),
        ({"SVOL": 1.3, "SCONC": 0, "SPH": 7.1}, "warning", "obstruction"),
        ({"SVOL": 1.3, "SCONC": 0, "SPH": 7.2}, "info", "The volume is low"),
        ({"SVOL": 0.9, "SCONC": 0}, "info", "retrograde"),
        ({"SVOL": 1.0, "SCONC": 0}, "info", "The volume is low"),
        ({"SVOL": 0.9, "SCONC": 20}, "info", "The volume is low"),
    ],
)
def test_r65_low_volume(labs, expected, words):
    said_on = judged(course(drawn(ON, **labs)), ON)
    assert said(said_on, "R65") == expected
    assert expected is None or words in found(said_on, "R65").message


@pytest.mark.parametrize(
    ("motility", "goal", "expected"),
    [
        (49, True, "warning"),
        (49, False, "info"),
        (50, True, "info"),
        (89, True, "info"),
        (90, True, None),
        (None, True, "open"),
    ],
)
def test_r66_motile_count(motility, goal, expected):
    labs = {"SVOL": 1, "SCONC": 10} | ({"SMOT": motility} if motility else {})
    assert outcome("R66", ON, drawn(ON, **labs), fertility_goal=goal) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("0.9", None), ("1.0", "info"), (">1", "info"), (">0.5", "open")]
)
def test_r67_leukocytes(value, expected):
    assert outcome("R67", ON, drawn(ON, SWBC=value)) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"abstinence_days": Decimal(2)}, None),
        ({"abstinence_days": Decimal("1.9")}, "info"),
        ({"abstinence_days": Decimal(7)}, None),
        ({"abstinence_days": Decimal("7.1")}, "info"),
        ({"complete": False}, "info"),
        ({"complete": None}, None),
        ({"SABST": 8}, "info"),
    ],
)
def test_r68_collection(fields, expected):
    assert outcome("R68", ON, drawn(ON, SCONC=20, **fields)) == expected


@pytest.mark.parametrize(("days", "expected"), [(84, "info"), (85, None), (-1, None)])
def test_r69_recent_illness(days, expected):
    assert outcome("R69", ON, noted(ON - timedelta(days=days), "illness"), drawn(ON, SCONC=20)) == expected


def test_r69_counts_a_draw_in_acute_illness():
    ill = drawn(week(15), TT=300, acutely_ill=True)
    assert outcome("R69", ON, ill, drawn(ON, SCONC=20)) == "info"


@pytest.mark.parametrize(
    ("before", "now", "apart", "weeks", "expected"),
    [
        (3, 3, 12, 26, "warning"),
        (3, 3.1, 12, 26, None),
        (3, 2, 12, 26, "warning"),
        (3, 3, 11, 26, None),
        (3, 3, 12, 25, None),
        ("<3", 3, 12, 26, "open"),
    ],
)
def test_r70_no_more_sperm_after_half_a_year(before, now, apart, weeks, expected):
    on = week(60)
    parts = (
        taken("clomiphene", on - timedelta(weeks=weeks)),
        drawn(on - timedelta(weeks=apart), SCONC=before),
        drawn(on, SCONC=now),
    )
    assert outcome("R70", on, *parts) == expected


def test_a_normal_analysis_raises_nothing_of_group_e():
    said_on = judged(course(drawn(ON, abstinence_days=Decimal(3), **GOOD), fertility_goal=True), ON)
    assert not {one.rule_id for one in said_on.findings} & {f"R{number}" for number in range(60, 71)}
