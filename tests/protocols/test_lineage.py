"""What the chart shows of treatment: the lineage, the doses of now, and in how many queries."""

from datetime import date

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from patients import actions as patients
from protocols import actions
from protocols.presenters import current_doses, desk_of, read_back, treatment_of
from protocols.views.finding import course_or_404
from tests import builders
from tests.protocols.conftest import TODAY, adjust


def lineage(patient, user, *, may_treat=True):
    context = {"treatment": treatment_of(patient, user), "patient": patient, "may_treat": may_treat}
    return " ".join(render_to_string("protocols/_lineage.html", context).split())


def test_the_lineage_tells_each_dose_with_its_reason_and_who(ada, course):
    adjust(course, by=ada, dose=builders.a_dose("60", "daily"), override_reason="heavier man")
    said = lineage(course.patient, ada)
    for words in (
        "60 mg daily",
        "420 mg a week: 380 % more than 87.5 mg a week",
        "25 mg every other day",
        "LH still low",
        "Start of protocol",
        "ordered all the same: heavier man",
        "above the usual range",
        "Ada,",
        "Not FDA-approved",
    ):
        assert words in said


def test_the_newest_stands_first(ada, course):
    adjust(course, by=ada)
    actions.hold_course(course, on=TODAY, reason="headache", by=ada, read_version=2)
    [card] = treatment_of(course.patient, ada).running
    assert [entry.title for entry in card.entries] == ["Put on hold", "25 mg daily", "25 mg every other day"]


def test_a_withdrawn_plan_is_told_as_one(ada, course):
    adjust(course, by=ada, starts_on=date(2026, 3, 16))
    adjust(course, by=ada, dose=builders.a_dose("50", "every_other_day"))
    said = lineage(course.patient, ada)
    assert "<s>25 mg daily</s>" in said
    assert "withdrawn before it began" in said


@pytest.mark.parametrize(
    ("status", "offered"),
    [("active", {"adjust", "hold", "stop"}), ("held", {"resume", "stop"}), ("stopped", set())],
)
def test_only_what_the_state_allows_is_offered(ada, course, status, offered):
    if status == "held":
        actions.hold_course(course, on=TODAY, reason="x", by=ada, read_version=1)
    if status == "stopped":
        actions.stop_course(course, on=TODAY, reason="x", by=ada, read_version=1)
    said = lineage(course.patient, ada)
    assert {name for name in ("adjust", "hold", "resume", "stop") if f"/{name}/" in said} == offered


def test_who_may_not_treat_is_offered_nothing(ada, course):
    said = lineage(course.patient, ada, may_treat=False)
    assert "/adjust/" not in said
    assert "/courses/new/" not in said


def test_a_man_without_drugs_has_an_empty_page_that_says_so(ada, episode):
    assert "No drug is being taken" in lineage(episode.patient, ada)


def test_running_courses_come_before_past_ones(ada, course):
    actions.stop_course(course, on=TODAY, reason="x", by=ada, read_version=1)
    builders.a_course(course.episode, by=ada, starts_on=TODAY)
    treatment = treatment_of(course.patient, ada)
    assert (len(treatment.running), len(treatment.past)) == (1, 1)


def doses_now(episode):
    return [dose.text for dose in current_doses(episode)]


class TestDosesOfNow:
    def test_what_is_taken(self, course):
        assert doses_now(course.episode) == ["Clomiphene citrate 25 mg every other day"]

    def test_what_is_planned_stands_beside_it(self, ada, course):
        adjust(course, by=ada, starts_on=date(2026, 3, 16))
        assert doses_now(course.episode) == [
            "Clomiphene citrate 25 mg every other day, then 25 mg daily from 16 Mar 2026"
        ]

    def test_what_is_on_hold_is_said(self, ada, course):
        actions.hold_course(course, on=date(2026, 2, 23), reason="x", by=ada, read_version=1)
        assert doses_now(course.episode) == ["Clomiphene citrate on hold since 23 Feb 2026"]

    def test_what_is_stopped_is_not(self, ada, course):
        actions.stop_course(course, on=TODAY, reason="x", by=ada, read_version=1)
        assert doses_now(course.episode) == []

    def test_a_course_not_begun_is_a_plan(self, ada, episode):
        builders.a_course(episode, by=ada, starts_on=date(2026, 3, 9))
        assert doses_now(episode) == ["Clomiphene citrate 25 mg every other day from 9 Mar 2026"]

    def test_a_changed_dose_holds_from_its_day(self, ada, course):
        adjust(course, by=ada)
        assert doses_now(course.episode) == ["Clomiphene citrate 25 mg daily"]


def queries(call):
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def many_of_everything(ada, episode):
    """Ten courses, ten changes, ten panels, ten medicines."""
    for number in range(10):
        course = builders.a_course(
            episode, by=ada, drug="fsh", dose=builders.a_dose("75", "three_times_weekly", "IU")
        )
        actions.stop_course(course, on=TODAY, reason=f"{number}", by=ada, read_version=1)
        builders.a_panel(episode.patient, by=ada, on=date(2026, 1, 1 + number), TT="300", LH="4", E2="30")
        patients.note_concomitant_drug(episode.patient, name=f"medicine {number}", by=ada)
        patients.note_condition(episode.patient, kind=f"condition {number}", by=ada)


@pytest.mark.parametrize(
    "show",
    [
        lambda user, course: treatment_of(course.patient, user),
        lambda user, course: current_doses(course.episode),
        lambda user, course: read_back(
            desk_of(course, user), dose=builders.a_dose("25", "daily"), on=TODAY, reason="x"
        ),
    ],
    ids=["treatment", "current doses", "read-back"],
)
def test_queries_do_not_grow_with_rows(ada, course, show):
    course = course_or_404(ada, course.pk)
    few = queries(lambda: show(ada, course))
    many_of_everything(ada, course.episode)
    assert queries(lambda: show(ada, course)) == few


def test_treatment_is_four_queries(ada, course, patient, django_assert_num_queries):
    with django_assert_num_queries(4):
        treatment_of(patient, ada)


def test_the_header_is_one_query(course, django_assert_num_queries):
    with django_assert_num_queries(1):
        current_doses(course.episode)
