"""The dry run: what a draft of the rulebook changes for a history, and what no draft may be."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinical.datafile import RulebookError
from clinical.dry_run import (
    CHANGES,
    WEEKS_AHEAD,
    Change,
    Difference,
    Kind,
    Raised,
    difference,
    drafted,
    event_days,
    raised,
    retests_ahead,
)
from clinical.record import Record, TestosteronePeriod
from clinical.rulebook import load_rulebook
from tests.clinical.courses import STOP, drawn, taken, week

RULEBOOK = load_rulebook()
TODAY = week(31)


def course(**more):
    """A man off testosterone, on clomiphene from week 4, drawn at weeks 10 and 30 with a high hematocrit."""
    return Record(
        id="1",
        periods=(TestosteronePeriod(effective_stop=STOP),),
        samples=(
            *drawn(week(10), TT=320, LH=5.1, FSH=4.2, E2=28, HCT=49.8),
            *drawn(week(30), TT=320, LH=5.6, FSH=4.4, E2=30, HCT=54.6),
        ),
        doses=(taken("clomiphene", week(4)),),
        **more,
    )


def ids(found):
    return {each.rule_id for each in found}


def test_a_draft_without_changes_changes_nothing():
    found = difference(course(), RULEBOOK, drafted(RULEBOOK, ()), TODAY)
    assert found.gained == found.lost == ()
    assert found.retests_now == found.retests_then != {}
    assert not found.touches
    assert drafted(RULEBOOK, ()).version == f"{RULEBOOK.version}-draft"


def test_a_raised_cut_off_gains_the_flags_of_every_draw_it_now_covers():
    before = raised(course(), RULEBOOK, TODAY)
    draft = drafted(RULEBOOK, [Change(Kind.NUMBER, "low_testosterone", "330")])
    found = difference(course(), RULEBOOK, draft, TODAY)
    assert found.gained
    assert {each.on for each in found.gained} <= {week(10), week(30), TODAY}
    assert set(found.gained).isdisjoint(before)
    assert set(found.lost) <= before
    assert found.size == len(found.gained) + len(found.lost)


def test_it_is_the_same_whichever_way_round_it_is_asked():
    draft = drafted(RULEBOOK, [Change(Kind.NUMBER, "low_testosterone", "330")])
    there, back = (
        difference(course(), RULEBOOK, draft, TODAY),
        difference(course(), draft, RULEBOOK, TODAY),
    )
    assert (there.gained, there.lost) == (back.lost, back.gained)


def test_an_interval_that_ends_lower_gains_a_flag_and_one_that_ends_higher_loses_it():
    high = RULEBOOK.default_interval("HCT")
    wider = drafted(RULEBOOK, [Change(Kind.INTERVAL_HIGH, high.id, "60")])
    narrower = drafted(RULEBOOK, [Change(Kind.INTERVAL_HIGH, high.id, str(high.high - 5))])
    assert wider.default_interval("HCT").high == 60
    assert wider.default_interval("HCT").low == high.low
    assert "in place of" in narrower.default_interval("HCT").source
    assert RULEBOOK.default_interval("HCT") == high


def test_a_rule_that_is_off_loses_its_flags_and_no_others():
    before = raised(course(), RULEBOOK, TODAY)
    critical = next(each.rule_id for each in sorted(before) if each.severity == "critical")
    found = difference(course(), RULEBOOK, drafted(RULEBOOK, [Change(Kind.SEVERITY, critical, "off")]), TODAY)
    assert ids(found.lost) == {critical}
    assert critical not in ids(found.gained)


def test_what_a_rule_hid_is_seen_when_it_is_off():
    hidden = next(entry for entry in RULEBOOK.rules.entries.values() if entry.hidden_by)
    draft = drafted(RULEBOOK, [Change(Kind.SEVERITY, hidden.hidden_by[0], "off")])
    assert hidden.hidden_by[0] not in draft.rules.entries[hidden.id].hidden_by


def test_another_severity_is_one_flag_lost_and_one_gained():
    one = next(each for each in sorted(raised(course(), RULEBOOK, TODAY)) if each.severity == "critical")
    draft = drafted(RULEBOOK, [Change(Kind.SEVERITY, one.rule_id, "info")])
    found = difference(course(), RULEBOOK, draft, TODAY)
    assert one in found.lost
    assert replace(one, severity="info") in found.gained


def test_a_later_retest_moves_into_its_week_and_out_of_the_other():
    record = Record(id="1", periods=(TestosteronePeriod(effective_stop=STOP),))
    today = week(1)
    now = retests_ahead(record, RULEBOOK, today)
    later = drafted(RULEBOOK, [Change(Kind.RETEST_AFTER, "observation-6wk", "9")])
    then = retests_ahead(record, later, today)
    assert now[5] == then.get(5, 0) + 1
    assert then[8] == now.get(8, 0) + 1


@given(st.integers(min_value=-60, max_value=60))
def test_the_weeks_ahead_begin_today_and_end(weeks):
    ahead = retests_ahead(course(), RULEBOOK, TODAY + timedelta(weeks=weeks))
    assert all(0 <= each < WEEKS_AHEAD and ahead[each] > 0 for each in ahead)


def test_a_satisfied_retest_is_not_counted():
    record = Record(id="1", periods=(TestosteronePeriod(effective_stop=STOP),))
    hormones = {"TT": 320, "SHBG": 27, "LH": 5.1, "FSH": 4.2, "E2": 28}
    drew = replace(record, samples=drawn(week(6), **hormones))
    today = week(6, days=1)
    assert sum(retests_ahead(drew, RULEBOOK, today).values()) < sum(
        retests_ahead(record, RULEBOOK, today).values()
    )


def test_the_days_of_a_history_are_those_that_bring_something_and_today():
    assert event_days(course(), TODAY) == (week(4), week(10), week(30), TODAY)
    assert event_days(course(), week(9)) == (week(4), week(9))


def test_milestones_are_no_flags():
    assert "R98" not in ids(raised(course(), RULEBOOK, TODAY))


def test_two_flags_of_one_rule_on_two_days_are_two():
    assert Raised(week(1), "R46", "warning") != Raised(week(2), "R46", "warning")
    assert Difference((), (), {1: 2}, {1: 3}).touches


@pytest.mark.parametrize(
    ("kind", "name", "value", "says"),
    [
        (Kind.NUMBER, "no_such", "1", "no_such is not a number"),
        (Kind.NUMBER, "low_testosterone", "many", 'found "many"'),
        (Kind.NUMBER, "low_testosterone", "NaN", 'found "NaN"'),
        (Kind.INTERVAL_LOW, "no-such", "1", "no-such is not an interval"),
        (Kind.INTERVAL_LOW, "TT-harmonized", "916", "The lower limit is below the upper"),
        (Kind.INTERVAL_HIGH, "TT-harmonized", "264", "The lower limit is below the upper"),
        (Kind.RETEST_AFTER, "no-such", "1", "no-such is not a retest"),
        (Kind.RETEST_AFTER, "observation-6wk", "1.5", "whole weeks"),
        (Kind.RETEST_AFTER, "observation-6wk", "-1", "whole weeks"),
        (Kind.SEVERITY, "no-such", "info", "no-such is not a rule"),
        (Kind.SEVERITY, "R46", "loud", "Accepted: info, warning, critical or off"),
        (Kind.SEVERITY, "R91", "off", "never off"),
        (Kind.SEVERITY, "R98", "off", "never off"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_and_named(kind, name, value, says):
    with pytest.raises(RulebookError, match=says):
        drafted(RULEBOOK, [Change(kind, name, value)])


def test_every_kind_of_change_can_be_made():
    assert set(CHANGES) == set(Kind)
