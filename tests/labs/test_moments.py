"""Days, times and the moments that a clinic's clock showed."""

from datetime import UTC, date, datetime, time

import pytest

from labs.forms.moments import NotAMoment, TwoMoments, moment_of, parse_day, parse_time

LONDON = "Europe/London"


@pytest.mark.parametrize("text", ["2026-03-02", "2 Mar 2026", "02 Mar 2026", " 2 March 2026 ", "2 mar 2026"])
def test_a_day_is_read_in_each_spelling_that_cannot_be_misread(text):
    assert parse_day(text) == date(2026, 3, 2)


@pytest.mark.parametrize(
    "text",
    ["", "02/03/2026", "2.3.2026", "2-3-2026", "20260302", "2026-3-2", "Mar 2 2026", "2 Foo 2026", "today"],
)
def test_anything_else_is_no_day(text):
    with pytest.raises(NotAMoment, match="Accepted: a day such as 2026-03-02"):
        parse_day(text)


@pytest.mark.parametrize("text", ["2026-02-30", "31 Apr 2026", "29 Feb 2025", "0000-01-01"])
def test_a_day_that_the_calendar_does_not_have_is_named_so(text):
    with pytest.raises(NotAMoment, match="There is no such day"):
        parse_day(text)


@pytest.mark.parametrize(
    ("text", "read"), [("08:05", (8, 5)), ("8:05", (8, 5)), ("0805", (8, 5)), ("23:59", (23, 59))]
)
def test_a_time_is_read_on_the_24_hour_clock(text, read):
    assert parse_time(text) == time(*read)


@pytest.mark.parametrize(
    "text", ["", "8", "805", "8.05", "08:5", "8:05pm", "24:00", "12:60", "\u0660\u0668:05"]
)
def test_anything_else_is_no_time(text):
    with pytest.raises(NotAMoment, match="Accepted: a time on the 24 hour clock"):
        parse_time(text)


def test_a_time_that_the_clock_skipped_is_refused_with_its_neighbours():
    with pytest.raises(NotAMoment, match="such as 00:59 or 02:59"):
        moment_of(date(2026, 3, 29), time(1, 59), zone=LONDON)


@pytest.mark.parametrize(("which", "hour"), [("first", 0), ("second", 1)])
def test_a_time_shown_twice_is_the_one_that_was_chosen(which, hour):
    found = moment_of(date(2025, 10, 26), time(1, 30), zone=LONDON, which=which)
    assert found.astimezone(UTC) == datetime(2025, 10, 26, hour, 30, tzinfo=UTC)


def test_a_time_shown_twice_is_not_guessed():
    with pytest.raises(TwoMoments, match="01:30 BST or 01:30 GMT"):
        moment_of(date(2025, 10, 26), time(1, 30), zone=LONDON)


@pytest.mark.parametrize("clock", [time(0, 59), time(2, 0)])
def test_the_minutes_around_a_change_are_plain(clock):
    for day in (date(2026, 3, 29), date(2025, 10, 26)):
        assert moment_of(day, clock, zone=LONDON).time() == clock
