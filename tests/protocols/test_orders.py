"""Starting a course and adjusting its dose."""

import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from audit.models import Event
from patients import actions as patients
from patients.models import Outcome
from protocols import actions
from protocols.models import Course, CourseStatus, DoseStep
from tests import builders
from tests.protocols.conftest import TODAY, adjust


def test_a_course_starts_with_its_first_step(ada, episode, labs):
    course = builders.a_course(episode, by=ada, reason="LH 1.2 IU/L")
    step = course.steps.get()
    assert (course.status, course.started_on, course.version) == (CourseStatus.ACTIVE, date(2026, 1, 26), 1)
    assert (step.amount, step.weekly_amount, step.weekly_unit) == (Decimal(25), Decimal("87.5"), "mg")
    assert (step.parent, step.ends_on, step.reason) == (None, None, "LH 1.2 IU/L")
    assert step.ordered_by == ada


def test_an_adjusted_dose_names_its_parent(ada, course):
    first = course.steps.get()
    second = adjust(course, by=ada)
    first.refresh_from_db()
    course.refresh_from_db()
    assert second.parent == first
    assert (first.ends_on, second.starts_on, second.ends_on) == (TODAY, TODAY, None)
    assert course.version == 2


def test_the_episode_is_to_be_judged_anew(ada, course):
    before = course.episode.record_version
    adjust(course, by=ada)
    course.episode.refresh_from_db()
    assert course.episode.record_version == before + 1


def test_starting_twice_with_one_key_is_once(ada, episode):
    key = uuid.uuid4()
    first = builders.a_course(episode, by=ada, entry_key=key)
    assert builders.a_course(episode, by=ada, entry_key=key) == first
    assert DoseStep.objects.count() == 1


def test_adjusting_twice_with_one_key_is_once(ada, course):
    key = uuid.uuid4()
    first = adjust(course, by=ada, entry_key=key)
    again = adjust(course, by=ada, entry_key=key, read_version=1)
    assert again == first
    assert DoseStep.objects.count() == 2
    course.refresh_from_db()
    assert course.version == 2


@pytest.mark.parametrize(
    "other", [{"dose": builders.a_dose("50", "daily")}, {"starts_on": date(2026, 3, 1)}], ids=str
)
def test_a_used_key_does_not_stand_for_another_order(ada, course, other):
    key = uuid.uuid4()
    adjust(course, by=ada, entry_key=key)
    with pytest.raises(actions.Overtaken):
        adjust(course, by=ada, entry_key=key, override_reason="x", **other)
    assert DoseStep.objects.count() == 2


def test_a_used_key_does_not_start_another_drug(ada, episode):
    key = uuid.uuid4()
    builders.a_course(episode, by=ada, entry_key=key)
    with pytest.raises(actions.Overtaken):
        builders.a_course(episode, by=ada, drug="anastrozole", entry_key=key)


def test_an_older_version_is_overtaken(ada, course):
    adjust(course, by=ada)
    with pytest.raises(actions.Overtaken) as caught:
        adjust(course, by=ada, read_version=1)
    assert caught.value.record.version == 2
    assert DoseStep.objects.count() == 2


def test_a_warned_dose_needs_a_reason(ada, course):
    big = builders.a_dose("75", "daily")
    with pytest.raises(actions.NeedsReason, match="above the usual range"):
        adjust(course, by=ada, dose=big)
    assert course.steps.count() == 1
    step = adjust(course, by=ada, dose=big, override_reason="no response at 50 mg")
    assert step.override_reason == "no response at 50 mg"
    assert {concern["severity"] for concern in step.concerns} == {"warning"}


def test_a_blank_reason_is_none(ada, course):
    with pytest.raises(actions.NeedsReason):
        adjust(course, by=ada, dose=builders.a_dose("75", "daily"), override_reason="  ")


def test_no_reason_overrides_a_slip_of_the_pen(ada, course):
    with pytest.raises(actions.NotPossible, match="more than 10 times"):
        adjust(course, by=ada, dose=builders.a_dose("2500", "daily"), override_reason="sure")


def test_a_day_before_the_current_step_is_refused(ada, course):
    with pytest.raises(actions.NotPossible, match="began on 26 Jan 2026"):
        adjust(course, by=ada, starts_on=date(2026, 1, 25))
    assert course.steps.get().ends_on is None


def test_the_day_of_the_current_step_is_accepted(ada, course):
    assert adjust(course, by=ada, starts_on=date(2026, 1, 26)).starts_on == date(2026, 1, 26)


def test_one_drug_runs_once(ada, course):
    with pytest.raises(actions.NotPossible, match="being taken already"):
        builders.a_course(course.episode, by=ada)


def test_the_database_knows_it_too(course):
    with pytest.raises(IntegrityError, match="one_running_course_per_drug"), transaction.atomic():
        Course.objects.create(
            clinic_id=course.clinic_id,
            patient_id=course.patient_id,
            episode_id=course.episode_id,
            drug="clomiphene",
            started_on=TODAY,
        )


def test_a_stopped_drug_may_be_started_again(ada, course):
    actions.stop_course(course, on=TODAY, reason="headache", by=ada, read_version=1)
    assert builders.a_course(course.episode, by=ada, starts_on=TODAY).pk != course.pk


def test_a_closed_episode_takes_no_drug(ada, episode):
    patients.close_episode(episode, outcome=Outcome.LOST, on=TODAY, by=ada)
    with pytest.raises(actions.NotPossible, match="closed"):
        builders.a_course(episode, by=ada)


def test_each_order_leaves_its_audit_row(ada, course):
    step = adjust(course, by=ada)
    rows = Event.objects.filter(object_id=str(course.id)).order_by("id")
    assert [row.action for row in rows] == ["protocols.course.started", "protocols.dose.adjusted"]
    assert rows[1].details == {"version": 2, "step": str(step.id)}
    assert {row.actor_id for row in rows} == {ada.id}
    assert {row.patient_id for row in rows} == {course.patient_id}


def test_a_refused_order_leaves_none(ada, course):
    with pytest.raises(actions.NeedsReason):
        adjust(course, by=ada, dose=builders.a_dose("75", "daily"))
    assert not Event.objects.filter(action="protocols.dose.adjusted").exists()


class TestPlannedSteps:
    """A dose ordered for a later day, and what becomes of it when something else comes first."""

    def test_the_present_dose_holds_until_then(self, ada, course):
        later = adjust(course, by=ada, starts_on=date(2026, 3, 16))
        assert later.parent.ends_on == date(2026, 3, 16)

    def test_an_earlier_change_withdraws_it(self, ada, course):
        later = adjust(course, by=ada, starts_on=date(2026, 3, 16))
        sooner = adjust(course, by=ada, dose=builders.a_dose("50", "every_other_day"))
        first = course.steps.get(parent=None)
        assert (first.ends_on, sooner.parent) == (TODAY, first)
        assert later not in course.steps.all()
        withdrawn = DoseStep.with_withdrawn.get(pk=later.pk)
        assert (withdrawn.withdrawn_by, withdrawn.ends_on) == (ada, None)

    def test_a_stop_withdraws_it(self, ada, course):
        adjust(course, by=ada, starts_on=date(2026, 3, 16))
        actions.stop_course(course, on=TODAY, reason="blurred vision", by=ada, read_version=2)
        assert course.steps.get().ends_on == TODAY

    def test_one_that_has_begun_is_not_withdrawn(self, ada, course):
        adjust(course, by=ada, starts_on=date(2026, 2, 16))
        with pytest.raises(actions.NotPossible, match="began on 16 Feb 2026"):
            adjust(course, by=ada, starts_on=date(2026, 2, 10))

    def test_the_start_of_a_course_may_be_brought_forward(self, ada, episode):
        course = builders.a_course(episode, by=ada, starts_on=date(2026, 3, 9))
        step = adjust(course, by=ada)
        course.refresh_from_db()
        assert (course.started_on, step.parent) == (TODAY, None)
        assert course.steps.get() == step

    def test_a_course_not_begun_may_be_stopped(self, ada, episode):
        course = builders.a_course(episode, by=ada, starts_on=date(2026, 3, 9))
        stopped = actions.stop_course(course, on=TODAY, reason="changed his mind", by=ada, read_version=1)
        assert (stopped.stopped_on, course.steps.count()) == (date(2026, 3, 9), 0)

    def test_a_planned_resumption_given_up_leaves_the_hold(self, ada, course):
        actions.hold_course(course, on=date(2026, 2, 23), reason="headache", by=ada, read_version=1)
        words = {"reason": "better", "by": ada, "read_version": 2, "entry_key": uuid.uuid4()}
        actions.resume_course(course, on=date(2026, 3, 9), **words)
        actions.stop_course(course, on=TODAY, reason="headache again", by=ada, read_version=3)
        assert course.steps.get().ends_on == date(2026, 2, 23)
