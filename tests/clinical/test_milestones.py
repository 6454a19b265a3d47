"""Milestones at their edges: first reached, sustained, lost, never from a draw that the drug explains."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from clinical.findings import MilestoneReached
from tests.clinical.courses import STOP, course, drawn, found, in_force, judged, noted, taken, week

GOOD = {"TT": 450, "LH": 4, "FSH": 4, "SHBG": 28}
SEMEN = {"SVOL": 2.5, "SCONC": 30, "SMOT": 50, "SPR": 40, "SMORPH": 5}


def reached(record, on) -> dict[str, MilestoneReached]:
    return {one.key: one for one in judged(record, on).milestones}


def keys(*parts, on=None, **fields):
    record = course(*parts, **fields)
    last = on or max(sample.collected_on for sample in record.samples)
    return set(reached(record, last)) - {"M0"}


def test_m0_is_the_effective_stop():
    assert reached(course(), STOP)["M0"].reached_on == STOP
    assert reached(course(), STOP - timedelta(days=1)) == {}
    assert reached(course(stop=None), STOP) == {}


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"LH": 1.0, "FSH": 1.0}, {"M1"}),
        ({"LH": 0.9, "FSH": 3}, set()),
        ({"LH": 3, "FSH": 0.9}, set()),
        ({"LH": 1.7, "FSH": 1.5}, {"M1", "M2"}),
        ({"LH": 1.6, "FSH": 1.5}, {"M1"}),
        ({"LH": 1.7, "FSH": 1.4}, {"M1"}),
        ({"LH": 3}, set()),
        ({"LH": "<2", "FSH": 3}, set()),
        ({"LH": ">1.7", "FSH": 3}, {"M1", "M2"}),
        ({"TT": 300}, {"M3"}),
        ({"TT": 299}, set()),
        ({"TT": 300, "SHBG": 20}, {"M3", "M4"}),
        ({"TT": 300, "SHBG": 40}, {"M3"}),
        ({"TT": 299, "SHBG": 20}, {"M4"}),
    ],
)
def test_one_draw_milestones_at_their_limits(labs, expected):
    assert keys(drawn(week(8), **labs), baseline={}) == expected


def test_nothing_is_reached_on_testosterone_or_on_the_stop_itself():
    for on in (week(-2), STOP):
        assert keys(drawn(on, **GOOD), on=on) == set()


def test_on_hcg_testosterone_is_named_apart():
    hcg = taken("hcg", week(1), unit="IU", weekly=6000)
    assert keys(hcg, drawn(week(8), **GOOD), drawn(week(12), **GOOD)) == {"M3h"}


@pytest.mark.parametrize(
    ("lh", "fsh", "expected"),
    [("0.9", "0.9", False), ("1.0", "0.9", True), ("<0.1", "<0.1", False), ("0.9", None, True)],
)
def test_testosterone_without_lh_and_fsh_is_not_of_the_axis(lh, fsh, expected):
    labs = {"TT": 450, "SHBG": 28, "LH": lh} | ({"FSH": fsh} if fsh else {})
    assert (keys(drawn(week(8), **labs)) >= {"M3", "M4", "M6"}) == expected
    assert ("M3" in keys(drawn(week(8), **labs))) == expected


def test_a_late_draw_does_not_qualify_and_one_of_unknown_hour_does():
    at = datetime(2024, 2, 26, 11, 1, tzinfo=UTC)
    assert "M3" not in keys(drawn(week(8), collected_at=at, **GOOD))
    assert "M3" in keys(drawn(week(8), collected_at=None, **GOOD))


@pytest.mark.parametrize(("days", "expected"), [(14, True), (13, False)])
def test_m3s_asks_for_two_draws_a_fortnight_apart(days, expected):
    record = course(drawn(week(8), TT=320), drawn(week(8, days=days), TT=320))
    found_ = reached(record, week(8, days=days))
    assert ("M3s" in found_) == expected
    assert (found_["M3"].sustained_on == week(8, days=days)) == expected


def test_m3s_asks_for_consecutive_draws():
    values = (320, 280, 320)
    draws = [drawn(week(8 + 4 * n), TT=value) for n, value in enumerate(values)]
    assert "M3s" not in keys(*draws)


def test_m5_joins_gonadotropins_testosterone_and_free_testosterone():
    first = drawn(week(8), TT=320, LH=1, FSH=1)
    assert "M5" in keys(first, drawn(week(12), **GOOD))
    assert "M5" not in keys(first, drawn(week(12), **GOOD | {"LH": 1.6}))
    assert "M5" not in keys(first, drawn(week(12), **GOOD | {"SHBG": 120}))


@pytest.mark.parametrize(
    ("labs", "baseline", "expected"),
    [
        ({"TT": 252, "LH": 2}, {"TT": 280, "LH": "2.5"}, True),
        ({"TT": 251, "LH": 2}, {"TT": 280, "LH": "2.5"}, False),
        ({"TT": 252, "LH": 1.9}, {"TT": 280, "LH": "2.5"}, False),
        ({"TT": 252}, {"TT": 280}, True),
        ({"TT": 252}, {"TT": 280, "LH": "2.5"}, False),
        ({"TT": 600}, {"LH": "2.5"}, False),
    ],
)
def test_m6_is_the_mans_own_baseline(labs, baseline, expected):
    given = {key: Decimal(str(value)) for key, value in baseline.items()}
    assert ("M6" in keys(drawn(week(8), **labs), baseline=given)) == expected


def test_m6_says_when_his_own_baseline_is_still_low():
    record = course(drawn(week(12), TT=221, LH=2.6), baseline={"TT": Decimal(231), "LH": Decimal("2.4")})
    assert (
        reached(record, week(12))["M6"].note == "96 % of baseline; off drug; own baseline, still hypogonadal"
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(8, 12, True), (7.9, 12, False), (8, 11.9, False), (8, 9.9, False), (6, 13, False)],
)
def test_m7_asks_for_two_draws_off_clomiphene(first, second, expected):
    dose = taken("clomiphene", week(1), week(20))
    days = [week(20, days=round(weeks * 7)) for weeks in (first, second)]
    assert ("M7" in keys(dose, *(drawn(on, **GOOD) for on in days))) == expected


@pytest.mark.parametrize(
    ("drug", "unit", "first_days", "expected"),
    [
        # On its last day of wash-out hCG still counts as acting, so its draw is of day 22.
        ("hcg", "IU", 22, True),
        ("hcg", "IU", 21, False),
        ("anastrozole", "mg", 14, True),
        ("anastrozole", "mg", 13, False),
        ("gonadorelin", "mg", 7, True),
        ("gonadorelin", "mg", 6, False),
        ("tamoxifen", "mg", 56, True),
        ("tamoxifen", "mg", 55, False),
    ],
)
def test_m7_knows_each_drugs_time(drug, unit, first_days, expected):
    dose = taken(drug, week(1), week(20), unit=unit, weekly=1)
    draws = (drawn(week(20, days=first_days), **GOOD), drawn(week(32), **GOOD))
    assert ("M7" in keys(dose, *draws)) == expected


def test_m7_without_any_drug_counts_from_the_effective_stop():
    assert "M7" in keys(drawn(week(6), **GOOD), drawn(week(12), **GOOD))
    assert "M7" not in keys(drawn(week(5), **GOOD), drawn(week(12), **GOOD))
    assert "M7" not in keys(drawn(week(6), **GOOD), drawn(week(11), **GOOD))


def test_m7_asks_for_gonadotropins_on_both_draws():
    low_lh = GOOD | {"LH": 1.6}
    assert "M7" not in keys(drawn(week(8), **low_lh), drawn(week(12), **GOOD))
    assert "M7" not in keys(drawn(week(8), **GOOD), drawn(week(12), **low_lh))


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        ({"SCONC": 0}, set()),
        ({"SCONC": "0.1"}, {"M8"}),
        ({"SCONC": 4.9}, {"M8"}),
        ({"SCONC": 5}, {"M8", "M9"}),
        ({"SCONC": 16, "SVOL": 2.5}, {"M8", "M9", "M10"}),
        ({"SCONC": 16, "SVOL": 2.4}, {"M8", "M9"}),
        ({"SCONC": 15.9, "SVOL": 3}, {"M8", "M9"}),
        ({"SCONC": 16}, {"M8", "M9"}),
        ({"SCONC": 10, "SVOL": 1, "SMOT": 51}, {"M8", "M9", "M11"}),
        ({"SCONC": 10, "SVOL": 1, "SMOT": 50}, {"M8", "M9"}),
    ],
)
def test_semen_milestones_at_their_limits(labs, expected):
    assert keys(drawn(week(16), **labs)) == expected


def test_m8_counts_sperm_seen_in_the_sediment():
    assert "M8" in keys(drawn(week(16), SCONC=0, sperm_seen="after_centrifugation"))
    assert "M8" not in keys(drawn(week(16), SCONC="<0.1"))


@pytest.mark.parametrize(("weeks", "sustained"), [(10, True), (9.9, False)])
def test_m10_and_m12_ask_for_two_analyses_ten_weeks_apart(weeks, sustained):
    later = week(16, days=round(weeks * 7))
    found_ = reached(course(drawn(week(16), **SEMEN), drawn(later, **SEMEN)), later)
    assert found_["M10"].reached_on == week(16)
    assert (found_["M10"].sustained_on == later) == sustained
    assert ("M12" in found_) == sustained


@pytest.mark.parametrize("key", ["SVOL", "SCONC", "SMOT", "SPR", "SMORPH"])
def test_m12_asks_for_every_limit(key):
    low = SEMEN | {key: {"SVOL": 1.3, "SCONC": 15, "SMOT": 41, "SPR": 29, "SMORPH": 3}[key]}
    assert "M12" not in keys(drawn(week(16), **SEMEN), drawn(week(28), **low))


def test_m11_says_when_nine_million_are_reached():
    for motility, words in ((51, ""), (90, "9 million or more")):
        record = course(drawn(week(16), SVOL=1, SCONC=10, SMOT=motility))
        assert reached(record, week(16))["M11"].note == words


@pytest.mark.parametrize(
    ("left", "right", "baseline", "expected"),
    [
        (15, 15, None, True),
        (15, 14.9, None, False),
        (12, 12, 10, True),
        (12, 11.9, 10, False),
        (15, None, None, False),
    ],
)
def test_m13_testicular_volume(left, right, baseline, expected):
    notes = [noted(week(20), "testis_left", left)] + (
        [noted(week(20), "testis_right", right)] if right else []
    )
    given = {"baseline": {"TVOL": Decimal(baseline)}} if baseline else {}
    assert ("M13" in reached(course(*notes, **given), week(20))) == expected


@pytest.mark.parametrize(
    ("libido", "energy", "phq9", "expected"),
    [(7, 7, 4, True), (6, 7, 4, False), (7, 6, 4, False), (7, 7, 5, False)],
)
def test_m14_symptoms(libido, energy, phq9, expected):
    values = {"nrs_libido": libido, "nrs_energy": energy, "phq9": phq9}
    notes = [noted(week(20), kind, value) for kind, value in values.items()]
    assert ("M14" in reached(course(*notes), week(20))) == expected


def recovered(goal, semen=SEMEN, **last):
    draws = [drawn(week(8), **GOOD), drawn(week(20), **GOOD | last)]
    analyses = [drawn(week(9), **SEMEN), drawn(week(20), **semen)] if semen else []
    return course(*draws, *analyses, fertility_goal=goal)


def test_m15_is_full_recovery():
    assert "M15" in reached(recovered(goal=True), week(20))
    assert "M15" in reached(recovered(goal=False, semen=None), week(20))
    assert "M15" not in reached(recovered(goal=True, semen=None), week(20))


def test_m15_waits_while_anything_critical_is_open():
    record = recovered(goal=False, HCT=55)
    assert "M15" not in reached(record, week(20))
    later = recovered(goal=False, HCT=55)
    better = course(*later.samples, drawn(week(24), HCT=48))
    assert reached(better, week(24)).keys() >= {"M7"}


def test_a_milestone_is_lost_after_two_draws_that_do_not_qualify():
    values = [320, 320, 290, 310, 290, 280]
    draws = [drawn(week(8 + 4 * n), TT=value) for n, value in enumerate(values)]
    record = course(*draws)
    assert reached(record, week(24))["M3"].lost_on is None
    final = reached(record, week(28))["M3"]
    assert (final.reached_on, final.last_met_on, final.lost_on) == (week(8), week(20), week(28))


def test_a_restart_of_testosterone_loses_every_milestone():
    record = course(drawn(week(8), **GOOD), restarted=week(20))
    assert reached(record, week(19))["M3"].lost_on is None
    assert reached(record, week(20))["M3"].lost_on == week(20)


def test_a_draw_after_the_day_asked_for_is_not_known_yet():
    record = course(drawn(week(8), TT=200), drawn(week(12), **GOOD))
    assert "M3" not in reached(record, week(11))


def test_r98_says_what_was_reached_on_the_day():
    record = course(drawn(week(8), TT=320), drawn(week(12), TT=330), baseline={})
    assert found_causes(record, week(8)) == {"R98:M3"}
    assert found_causes(record, week(12)) == {"R98:M3", "R98:M3s"}
    assert {one.cause for one in in_force(record, week(13)).findings if one.rule_id == "R98"} == {
        "R98:M3",
        "R98:M3s",
    }


def found_causes(record, on):
    return {one.cause for one in judged(record, on).findings if one.rule_id == "R98"}


def test_r98_says_what_was_lost():
    values = [320, 290, 280]
    record = course(*(drawn(week(8 + 4 * n), TT=value) for n, value in enumerate(values)), baseline={})
    one = found(judged(record, week(16)), "R98")
    assert one.message.startswith("A milestone is lost.")
