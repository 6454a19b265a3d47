"""Group B at its edges: how LH, testosterone and semen answer the drugs, and how long after their start."""

from datetime import timedelta

import pytest

from tests.clinical.courses import course, drawn, found, in_force, judged, outcome, said, taken, week

START = week(4)
HCG = {"unit": "IU", "weekly": 6000}


def on_serm(weeks, *, days=0):
    return START + timedelta(weeks=weeks, days=days)


@pytest.mark.parametrize(
    ("start_lh", "now", "expected"),
    [
        (0.5, 1.6, "warning"),
        (0.5, 1.7, None),
        (2.0, 2.9, "warning"),
        (2.0, 3.0, None),
        (1.7, 2.54, "warning"),
        (1.6, 1.9, None),
        ("<0.1", 1.8, None),
        (None, 1.8, "open"),
        (None, 1.6, "warning"),
        ("<2", 1.8, "open"),
        (2.0, "<1.7", "warning"),
        (2.0, "<3.5", "open"),
    ],
)
def test_r20_lh_does_not_answer(start_lh, now, expected):
    before = drawn(START, LH=start_lh) if start_lh is not None else ()
    on = on_serm(4)
    assert outcome("R20", on, before, taken("clomiphene", START), drawn(on, LH=now)) == expected


@pytest.mark.parametrize(("days", "expected"), [(27, None), (28, "warning")])
def test_r20_waits_four_weeks(days, expected):
    on = START + timedelta(days=days)
    assert outcome("R20", on, taken("clomiphene", START), drawn(on, LH=1.0)) == expected


@pytest.mark.parametrize(("gap", "expected"), [(14, "warning"), (15, None)])
def test_r20_counts_from_the_start_of_contiguous_exposure(gap, expected):
    first = taken("clomiphene", START, on_serm(4))
    second = taken("clomiphene", on_serm(4, days=gap), weekly=175)
    on = on_serm(4, days=gap + 7)
    assert outcome("R20", on, first, second, drawn(on, LH=1.0)) == expected


def test_r20_is_not_asked_on_hcg():
    on = on_serm(6)
    assert (
        outcome("R20", on, taken("clomiphene", START), taken("hcg", START, **HCG), drawn(on, LH=0.2)) is None
    )


@pytest.mark.parametrize(
    ("start_lh", "labs", "weeks", "expected"),
    [
        (2.0, {"TT": 299, "LH": 4.0}, 8, "warning"),
        (2.0, {"TT": 299, "LH": 3.9}, 8, None),
        (2.0, {"TT": 300, "LH": 4.0}, 8, None),
        (2.0, {"TT": 299, "LH": 4.0}, 7.9, None),
        (0.8, {"TT": 288, "LH": 3.9}, 13, None),
        (0.8, {"TT": 288, "LH": 8.7}, 13, "warning"),
        (None, {"TT": 288, "LH": 4.0}, 13, "open"),
        (None, {"TT": 288, "LH": 8.7}, 13, "warning"),
        (2.0, {"TT": 288}, 13, "open"),
    ],
)
def test_r21_testosterone_does_not_follow(start_lh, labs, weeks, expected):
    before = drawn(START, LH=start_lh) if start_lh is not None else ()
    on = on_serm(0, days=round(weeks * 7))
    assert outcome("R21", on, before, taken("clomiphene", START), drawn(on, **labs)) == expected


@pytest.mark.parametrize(
    ("labs", "weekly", "days", "expected"),
    [
        ({"TT": 449, "LH": 5}, 175, 28, "info"),
        ({"TT": 450, "LH": 5}, 175, 28, None),
        ({"TT": 449, "LH": 5}, 175, 27, None),
        ({"TT": 449, "LH": 5}, 350, 28, None),
        ({"TT": 449, "LH": 5}, "349.9", 28, "info"),
        ({"TT": 449, "LH": 8.6}, 175, 28, "info"),
        ({"TT": 449, "LH": 8.7}, 175, 28, None),
        ({"TT": 449}, 175, 28, "open"),
    ],
)
def test_r22_may_be_raised(labs, weekly, days, expected):
    on = START + timedelta(days=days)
    assert outcome("R22", on, taken("clomiphene", START, weekly=weekly), drawn(on, **labs)) == expected


@pytest.mark.parametrize(
    ("drug", "weekly", "expected"),
    [
        ("tamoxifen", 140, None),
        ("tamoxifen", 70, "info"),
        ("enclomiphene", 175, None),
        ("enclomiphene", 87.5, "info"),
    ],
)
def test_r22_knows_each_serms_practice_limit(drug, weekly, expected):
    on = on_serm(5)
    assert outcome("R22", on, taken(drug, START, weekly=weekly), drawn(on, TT=400, LH=5)) == expected


def test_r22_counts_from_the_last_change_of_dose():
    step = (taken("clomiphene", START, on_serm(6)), taken("clomiphene", on_serm(6), weekly=175))
    same = (taken("clomiphene", START, on_serm(6)), taken("clomiphene", on_serm(6)))
    on = on_serm(8)
    labs = drawn(on, TT=400, LH=5)
    assert outcome("R22", on, *step, labs) is None
    assert outcome("R22", on, *same, labs) == "info"


def test_r22_gives_way_to_what_explains_the_low_testosterone():
    on = on_serm(6)
    serm = taken("clomiphene", START)
    assert outcome("R22", on, serm, drawn(on, TT=400, LH=5, SHBG=90)) is None
    assert outcome("R22", on, serm, drawn(on, TT=400, LH=1.0)) is None


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"TT": 801, "LH": 5, "FSH": 5}, "info"),
        ({"TT": 800, "LH": 15, "FSH": 5}, None),
        ({"TT": 300, "LH": 15.1, "FSH": 5}, "info"),
        ({"TT": 299, "LH": 15.1, "FSH": 5}, None),
        ({"TT": 917, "LH": 5, "FSH": 5}, None),
        ({"TT": 500}, "open"),
    ],
)
def test_r23_may_be_lowered(labs, expected):
    on = on_serm(6)
    assert outcome("R23", on, taken("clomiphene", START), drawn(on, **labs)) == expected


PUMP = taken("gonadorelin", START, weekly=1, mode="pump")


@pytest.mark.parametrize(
    ("lh", "days", "expected"),
    [(0.9, 28, "critical"), (1.0, 28, None), (0.9, 27, None), ("<1.0", 28, "critical"), ("<1.5", 28, "open")],
)
def test_r24_lh_gone_on_gonadorelin(lh, days, expected):
    on = START + timedelta(days=days)
    assert outcome("R24", on, PUMP, drawn(on, LH=lh)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((6, 3, 3), "critical"),
        ((6, 3.1, 3), None),
        ((6, 3), None),
        ((6, 5, 3, 2.9), "critical"),
        (("<6", 3, 3), "open"),
    ],
)
def test_r24_half_the_peak_on_two_draws(values, expected):
    days = [on_serm(2 + 2 * n) for n in range(len(values))]
    draws = [drawn(on, LH=value) for on, value in zip(days, values, strict=True)]
    assert outcome("R24", days[-1], PUMP, *draws) == expected


def test_r24_does_not_take_a_peak_from_before_the_drug():
    draws = (drawn(START, LH=9), drawn(on_serm(4), LH=3), drawn(on_serm(6), LH=3))
    assert outcome("R24", on_serm(6), PUMP, *draws) is None


def test_r24_continuous_delivery_is_critical_at_once():
    assert outcome("R24", START, taken("gonadorelin", START, weekly=1, mode="continuous")) == "critical"


@pytest.mark.parametrize(("days", "expected"), [(7, "critical"), (8, None)])
def test_r24_counts_the_wash_out(days, expected):
    ended = taken("gonadorelin", START, on_serm(6), weekly=1, mode="pump")
    on = on_serm(6, days=days)
    assert outcome("R24", on, ended, drawn(on, LH=0.5)) == expected


def test_r24_hides_the_suppression_it_explains():
    on = week(13)
    said_on = judged(course(PUMP, drawn(on, TT=200, LH=0.5, FSH=0.5)), on)
    assert (said(said_on, "R24"), said(said_on, "R12")) == ("critical", None)


def test_r24_stays_in_force_between_draws():
    record = course(PUMP, drawn(on_serm(6), LH=0.5))
    assert said(in_force(record, on_serm(8)), "R24") == "critical"


def test_r25_is_said_when_the_bolus_begins_and_stays_in_force():
    bolus = taken("gonadorelin", START, on_serm(4), weekly="0.2", mode="bolus")
    step = taken("gonadorelin", on_serm(4), weekly="0.4", mode="bolus")
    record = course(bolus, step)
    assert said(judged(record, START), "R25") == "info"
    assert said(judged(record, on_serm(4)), "R25") is None
    assert said(in_force(record, on_serm(5)), "R25") == "info"
    assert outcome("R25", START, PUMP) is None


@pytest.mark.parametrize(
    ("weekly", "days", "total", "expected"),
    [(6000, 56, 299, "warning"), (5999, 56, 299, None), (6000, 55, 299, None), (6000, 56, 300, None)],
)
def test_r26_testosterone_does_not_answer_hcg(weekly, days, total, expected):
    on = START + timedelta(days=days)
    assert outcome("R26", on, taken("hcg", START, unit="IU", weekly=weekly), drawn(on, TT=total)) == expected


@pytest.mark.parametrize(
    ("days", "labs", "expected"),
    [
        (91, {"SCONC": 0, "FSH": 1.4}, "warning"),
        (90, {"SCONC": 0, "FSH": 1.4}, None),
        (91, {"SCONC": 0, "FSH": 1.5}, None),
        (91, {"SCONC": 0.1, "FSH": 1.4}, None),
        (91, {"SCONC": 0}, "open"),
    ],
)
def test_r27_no_sperm_on_hcg(days, labs, expected):
    on = START + timedelta(days=days)
    assert outcome("R27", on, taken("hcg", START, **HCG), drawn(on, **labs)) == expected


def test_r27_takes_a_recent_fsh_and_is_silent_once_fsh_is_given():
    on = on_serm(16)
    hcg = taken("hcg", START, **HCG)
    recent = drawn(on_serm(8), FSH=0.9)
    assert outcome("R27", on, hcg, recent, drawn(on, SCONC=0)) == "warning"
    assert outcome("R27", on_serm(21), hcg, recent, drawn(on_serm(21), SCONC=0)) == "open"
    assert (
        outcome("R27", on, hcg, taken("fsh", on_serm(9), unit="IU", weekly=225), recent, drawn(on, SCONC=0))
        is None
    )


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"SCONC": 20}, {"SCONC": 14.1}, None),
        ({"SCONC": 20}, {"SCONC": 14}, "warning"),
        ({"SCONC": 20}, {"SCONC": 10.1}, "warning"),
        ({"SCONC": 20}, {"SCONC": 10}, "critical"),
        ({"SCONC": 0.3}, {"SCONC": 0}, "critical"),
        ({"SCONC": 0}, {"SCONC": 0}, None),
        ({"SCONC": 20, "SVOL": 2, "SMOT": 50}, {"SCONC": 18, "SVOL": 2, "SMOT": 38}, "warning"),
        ({"SCONC": 20, "SVOL": 2, "SMOT": 50}, {"SCONC": 18, "SVOL": 2, "SMOT": 27}, "critical"),
        ({"SCONC": "<20"}, {"SCONC": 5}, "open"),
    ],
)
def test_r28_semen_worsens_on_a_serm(before, now, expected):
    on = on_serm(10)
    parts = (drawn(START, **before), taken("clomiphene", START), drawn(on, **now))
    assert outcome("R28", on, *parts) == expected


@pytest.mark.parametrize(("days", "expected"), [(69, None), (70, "critical")])
def test_r28_waits_for_a_cycle_of_sperm(days, expected):
    on = START + timedelta(days=days)
    parts = (drawn(week(0), SCONC=20), taken("clomiphene", START), drawn(on, SCONC=5))
    assert outcome("R28", on, *parts) == expected


@pytest.mark.parametrize(("days", "expected"), [(42, "critical"), (43, None)])
def test_r28_reaches_into_the_wash_out(days, expected):
    ended = taken("clomiphene", START, on_serm(10))
    on = on_serm(10, days=days)
    assert outcome("R28", on, drawn(START, SCONC=20), ended, drawn(on, SCONC=5)) == expected


def test_r28_is_confirmed_by_a_second_analysis():
    record = course(
        drawn(START, SCONC=20),
        taken("clomiphene", START),
        drawn(on_serm(12), SCONC=12),
        drawn(on_serm(18), SCONC=8),
    )
    first, second = (found(judged(record, on_serm(weeks)), "R28") for weeks in (12, 18))
    assert "Confirmed" not in first.message
    assert second.message.startswith("Confirmed on a second analysis")
    assert second.severity == "critical"
    assert outcome("R28", on_serm(12), taken("clomiphene", START), drawn(on_serm(12), SCONC=5)) == "open"


@pytest.mark.parametrize(
    ("weeks_ago", "goal", "expected"),
    [(None, True, "info"), (14, True, None), (14.2, True, "info"), (None, False, None)],
)
def test_r29_semen_is_due(weeks_ago, goal, expected):
    on = week(30)
    done = drawn(on - timedelta(days=round(weeks_ago * 7)), SCONC=20) if weeks_ago else ()
    assert outcome("R29", on, done, fertility_goal=goal) == expected
