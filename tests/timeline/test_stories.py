"""The story of an episode: what each reader is told, in which order, and with how many queries."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labs import actions as labs
from labs.models import PanelKind, SpermSeen
from monitoring.actions import evaluate_episode
from patients.models import Goal
from protocols import actions as protocols
from tests import builders
from timeline.presenters import episode_of, filtered, story_of
from timeline.story import Kind, Story

TODAY = date(2026, 4, 1)


@pytest.fixture
def patient(cal: Any) -> Any:
    return cal.patient


@pytest.fixture
def episode(patient: Any, ada: Any) -> Any:
    return builders.an_episode(patient, by=ada, stopped=date(2026, 1, 12), goal=Goal.BOTH)


def judged(episode: Any) -> None:
    assert evaluate_episode(episode.id, clinic_id=episode.clinic_id)


def as_patient(cal: Any) -> Any:
    return builders.acting(cal)


def queries_for(episode: Any, user: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        story_of(episode, user, today=TODAY)
    return len(captured)


def test_series_hold_what_was_reported(episode: Any, patient: Any, ada: Any) -> None:
    builders.a_panel(patient, by=ada, on=date(2026, 2, 2), TT="210", LH="<0.1")
    builders.a_panel(patient, by=ada, on=date(2026, 3, 2), TT="410.0", LH="4.8")
    story = story_of(episode, ada, today=TODAY)
    by_key = {series.analyte: series for series in story.series}
    assert [point.text for point in by_key["TT"].points] == ["210", "410.0"]
    assert [(point.text, point.censored) for point in by_key["LH"].points] == [("<0.1", True), ("4.8", False)]
    assert by_key["LH"].unit == "IU/L"


def test_one_unit_throughout_is_the_axis(episode: Any, patient: Any, ada: Any) -> None:
    panel_in(patient, ada, on=date(2026, 2, 2), text="7.1", unit="nmol/L")
    panel_in(patient, ada, on=date(2026, 3, 2), text="14.5", unit="nmol/L")
    series = story_of(episode, ada, today=TODAY).series[0]
    assert (series.unit, [str(point.value) for point in series.points]) == ("nmol/L", ["7.1", "14.5"])
    low = series.points[0].low
    assert low is not None
    assert round(low, 1) == round(builders.Decimal(264) / builders.Decimal("28.842"), 1)


def test_two_units_meet_in_the_canonical_one(episode: Any, patient: Any, ada: Any) -> None:
    panel_in(patient, ada, on=date(2026, 2, 2), text="210", unit="ng/dL")
    panel_in(patient, ada, on=date(2026, 3, 2), text="14.5", unit="nmol/L")
    series = story_of(episode, ada, today=TODAY).series[0]
    assert series.unit == "ng/dL"
    assert round(series.points[1].value) == 418
    assert series.points[1].as_reported == "14.5 nmol/L"


def panel_in(patient: Any, ada: Any, *, on: date, text: str, unit: str, laboratory: Any = None) -> Any:
    return labs.record_panel(
        patient,
        by=ada,
        laboratory=laboratory or builders.a_laboratory(ada),
        kind=PanelKind.BLOOD,
        collection=builders.collection(on),
        entered=[builders.entered("TT", text, unit)],
        entry_key=uuid.uuid4(),
        confirmed=True,
    )


def test_another_laboratory_breaks_the_line(episode: Any, patient: Any, ada: Any) -> None:
    panel_in(patient, ada, on=date(2026, 2, 2), text="210", unit="ng/dL")
    quay = builders.a_laboratory(ada, "Quay Laboratory")
    panel_in(patient, ada, on=date(2026, 3, 2), text="410", unit="ng/dL", laboratory=quay)
    panel_in(patient, ada, on=date(2026, 3, 30), text="420", unit="ng/dL", laboratory=quay)
    points = story_of(episode, ada, today=TODAY).series[0].points
    assert [point.breaks for point in points] == ["", "Quay Laboratory", ""]


def test_another_method_breaks_the_line_and_moves_the_band(episode: Any, patient: Any, ada: Any) -> None:
    city = builders.a_laboratory(ada)
    for on, low, method in ((date(2026, 2, 2), "264", "immunoassay"), (date(2026, 3, 2), "240", "LC-MS/MS")):
        limits = labs.Limits(builders.Decimal(low), builders.Decimal(900), "ng/dL", "its report", method)
        labs.set_interval(city, analyte="TT", limits=limits, by=ada)
        panel_in(patient, ada, on=on, text="410", unit="ng/dL")
    points = story_of(episode, ada, today=TODAY).series[0].points
    assert [(point.breaks, point.low) for point in points] == [("", 264), ("LC-MS/MS", 240)]
    assert points[1].range_text == "240 to 900 ng/dL"


def test_results_from_before_testosterone_are_in_the_table_only(episode: Any, patient: Any, ada: Any) -> None:
    labs.record_panel(
        patient,
        by=ada,
        laboratory=builders.a_laboratory(ada),
        kind=PanelKind.BLOOD,
        collection=builders.collection(date(2022, 5, 2), before_testosterone=True),
        entered=[builders.entered("TT", "268")],
        entry_key=uuid.uuid4(),
    )
    builders.a_panel(patient, by=ada, on=date(2026, 3, 2), TT="410")
    story = story_of(episode, ada, today=TODAY)
    assert [point.text for point in story.series[0].points] == ["410"]
    assert [(row.cells[0].text, row.note) for row in story.table.rows if row.cells[0]] == [
        ("410", ""),
        ("268", "before testosterone"),
    ]


def test_an_amended_panel_is_told_once_as_corrected(episode: Any, patient: Any, ada: Any) -> None:
    panel = builders.a_panel(patient, by=ada, on=date(2026, 3, 2), TT="41")
    labs.amend_panel(
        panel,
        by=ada,
        reason="typed without its last digit",
        read_version=1,
        laboratory=panel.laboratory,
        collection=builders.collection(date(2026, 3, 2)),
        entered=[builders.entered("TT", "410")],
        entry_key=uuid.uuid4(),
        confirmed=True,
    )
    told = filtered(story_of(episode, ada, today=TODAY), ["blood"])
    assert [entry.results[0].text for entry in told] == ["410"]
    assert "Corrected: typed without its last digit." in told[0].text


def test_entries_run_from_the_newest_to_the_oldest(episode: Any, patient: Any, ada: Any) -> None:
    full_story(episode, patient, ada)
    story = story_of(episode, ada, today=TODAY)
    days = [entry.on for entry in story.entries]
    assert days == sorted(days, reverse=True)
    on_day = [entry.title for entry in story.entries if entry.on == date(2026, 3, 2)]
    assert on_day.index("Clomiphene citrate 25 mg daily") < on_day.index("Blood panel"), (
        "the dose followed the result"
    )
    assert on_day.index("LH and FSH detectable") < on_day.index("Blood panel")


def full_story(episode: Any, patient: Any, ada: Any) -> None:
    course = builders.a_course(episode, by=ada, starts_on=date(2026, 1, 26))
    builders.a_panel(patient, by=ada, on=date(2026, 1, 12), TT="842", LH="<0.1", FSH="<0.1", HCT="51.8")
    builders.a_panel(patient, by=ada, on=date(2026, 3, 2), TT="410", LH="4.8", FSH="3.9", E2="29")
    builders.a_semen_analysis(
        patient, by=ada, on=date(2026, 3, 3), seen=SpermSeen.NONE, SVOL="2.4", SCONC="0"
    )
    protocols.adjust_dose(
        course,
        dose=builders.a_dose("25", "daily"),
        starts_on=date(2026, 3, 2),
        reason="Testosterone below target",
        by=ada,
        read_version=course.version,
        entry_key=uuid.uuid4(),
    )
    judged(episode)


def test_every_kind_of_entry_is_told(episode: Any, patient: Any, ada: Any) -> None:
    full_story(episode, patient, ada)
    for panel in patient.panels.all():
        labs.release_panel(panel, by=ada, comment="All as hoped.")
    builders.a_note(patient, by=ada, text="words of the note")
    story = story_of(episode, ada, today=TODAY)
    assert {entry.kind for entry in story.entries} == set(Kind)
    titles = [entry.title for entry in story.entries]
    assert "Effective stop" in titles
    assert any(title.startswith("Flag opened") for title in titles)
    dose = next(entry for entry in story.entries if entry.title == "Clomiphene citrate 25 mg daily")
    assert "Was 25 mg every other day. Testosterone below target." in dose.text
    semen = next(entry for entry in story.entries if entry.kind == Kind.SEMEN)
    assert "None seen, also after centrifugation, abstinence 3 days" in semen.text


def test_a_held_and_a_stopped_course_are_told(episode: Any, ada: Any) -> None:
    course = builders.a_course(episode, by=ada, starts_on=date(2026, 1, 26))
    held = protocols.hold_course(
        course, on=date(2026, 2, 9), reason="headache", by=ada, read_version=course.version
    )
    assert "Clomiphene citrate on hold" in [
        entry.title for entry in story_of(episode, ada, today=TODAY).entries
    ]
    protocols.stop_course(
        held, on=date(2026, 2, 16), reason="Headache again", by=ada, read_version=held.version
    )
    told = {entry.title: entry for entry in story_of(episode, ada, today=TODAY).entries}
    assert told["Clomiphene citrate stopped"].text == "Headache again"
    assert story_of(episode, ada, today=TODAY).current_doses == ()


def test_filtering_keeps_the_kinds_asked_for(episode: Any, patient: Any, ada: Any) -> None:
    full_story(episode, patient, ada)
    story = story_of(episode, ada, today=TODAY)
    assert {entry.kind for entry in filtered(story, ["dose", "no such kind"])} == {Kind.DOSE}
    assert filtered(story, []) == story.entries


def test_a_patient_is_told_of_released_panels_only(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    full_story(episode, patient, ada)
    story = story_of(episode, as_patient(cal), today=TODAY)
    assert story.series == ()
    assert story.table.rows == ()
    assert filtered(story, ["blood", "semen", "flag", "release"]) == ()
    released = patient.panels.get(collected_on=date(2026, 3, 2))
    builders.acting(ada)
    labs.release_panel(released, by=ada, comment="Good progress.")
    story = story_of(episode, as_patient(cal), today=TODAY)
    assert [point.text for series in story.series for point in series.points] == ["410", "4.8", "3.9", "29"]
    assert [entry.text for entry in filtered(story, ["blood"])] == ["Good progress."]


def test_a_patient_is_told_no_reason_and_no_flag(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    full_story(episode, patient, ada)
    story = story_of(episode, as_patient(cal), today=TODAY)
    assert filtered(story, ["flag"]) == ()
    assert "Testosterone below target" not in repr(story)
    assert {window.reason for window in story.windows} == {""}


def test_a_milestone_waits_for_its_draw_to_be_released(
    episode: Any, patient: Any, ada: Any, cal: Any
) -> None:
    full_story(episode, patient, ada)
    assert "M2" in {mark.key for mark in story_of(episode, ada, today=TODAY).milestones}
    assert story_of(episode, as_patient(cal), today=TODAY).milestones == ()
    builders.acting(ada)
    labs.release_panel(patient.panels.get(collected_on=date(2026, 3, 2)), by=ada)
    story = story_of(episode, as_patient(cal), today=TODAY)
    assert {"M1", "M2", "M3"} <= {mark.key for mark in story.milestones}


def test_a_sustained_milestone_waits_for_both_draws(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    first = builders.a_panel(patient, by=ada, on=date(2026, 2, 23), TT="410", LH="4.8", FSH="3.9")
    second = builders.a_panel(patient, by=ada, on=date(2026, 3, 23), TT="450", LH="5.1", FSH="4.2")
    judged(episode)
    labs.release_panel(second, by=ada)
    assert "M3" not in {mark.key for mark in story_of(episode, as_patient(cal), today=TODAY).milestones}
    builders.acting(ada)
    labs.release_panel(first, by=ada)
    marks = {mark.key: mark for mark in story_of(episode, as_patient(cal), today=TODAY).milestones}
    assert marks["M3"].sustained_on == date(2026, 3, 23)


@pytest.mark.parametrize("reader", ["ada", "cal"])
def test_queries_do_not_grow_with_the_record(
    episode: Any, patient: Any, ada: Any, cal: Any, reader: str
) -> None:
    readers = {"ada": ada, "cal": cal}
    full_story(episode, patient, ada)
    for panel in patient.panels.all():
        labs.release_panel(panel, by=ada)
    few = queries_for(episode, builders.acting(readers[reader]))
    builders.acting(ada)
    for week in range(10):
        on = date(2026, 3, 4) + timedelta(days=week)
        labs.release_panel(builders.a_panel(patient, by=ada, on=on, TT="500", LH="5.0", FSH="4.0"), by=ada)
    judged(episode)
    assert queries_for(episode, builders.acting(readers[reader])) == few


def test_a_stranger_is_told_nothing(episode: Any, patient: Any, ada: Any, mallory: Any) -> None:
    full_story(episode, patient, ada)
    story: Story = story_of(episode, builders.acting(mallory), today=TODAY)
    assert (story.series, story.entries, story.doses, story.milestones, story.windows) == ((), (), (), (), ())
    assert episode_of(patient, mallory) is None


def test_days_are_counted_from_the_effective_stop(episode: Any, ada: Any) -> None:
    assert story_of(episode, ada, today=TODAY).days_off == (TODAY - date(2026, 1, 26)).days
    in_washout = story_of(episode, ada, today=date(2026, 1, 20))
    assert (in_washout.days_off, in_washout.washout_until) == (None, date(2026, 1, 26))


def test_testosterone_taken_again_ends_the_count(episode: Any, patient: Any, ada: Any) -> None:
    from patients import actions as patients

    patients.record_exposure(patient, by=ada, formulation="testosterone_gel", started_on=date(2026, 3, 16))
    story = story_of(episode, ada, today=TODAY)
    assert (story.days_off, story.restarted_on) == (None, date(2026, 3, 16))
