"""Holding, resuming and stopping a course, and the table of what may become what."""

import uuid
from datetime import date

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from audit.models import Event
from patients import actions as patients
from protocols import actions
from protocols.models import MAY_BECOME, CourseChange, CourseChangeKind, CourseStatus, DoseStep
from tests import builders
from tests.protocols.conftest import TODAY

DEEDS = {
    CourseStatus.HELD: actions.hold_course,
    CourseStatus.STOPPED: actions.stop_course,
    CourseStatus.ACTIVE: actions.resume_course,
}


def do(deed, course, *, by, on=TODAY, **words):
    course.refresh_from_db()
    defaults = {"reason": "headache", "read_version": course.version, "entry_key": uuid.uuid4()}
    return deed(course, on=on, by=by, **{**defaults, **words})


def bring_to(status, course, *, by):
    if status == CourseStatus.HELD:
        do(actions.hold_course, course, by=by)
    if status == CourseStatus.STOPPED:
        do(actions.stop_course, course, by=by)


def test_the_transition_table_is_complete():
    assert set(MAY_BECOME) == set(CourseStatus)
    assert set().union(*MAY_BECOME.values()) <= set(CourseStatus)


@pytest.mark.parametrize("before", CourseStatus)
@pytest.mark.parametrize("after", CourseStatus)
def test_every_transition_is_as_the_table_says(ada, course, before, after):
    bring_to(before, course, by=ada)
    if after in MAY_BECOME[before]:
        do(DEEDS[after], course, by=ada)
        course.refresh_from_db()
        assert course.status == after
    else:
        with pytest.raises(actions.NotPossible, match="cannot become"):
            do(DEEDS[after], course, by=ada)
        course.refresh_from_db()
        assert course.status == before


def test_a_held_course_is_not_adjusted(ada, course):
    do(actions.hold_course, course, by=ada)
    with pytest.raises(actions.NotPossible, match="on hold"):
        actions.adjust_dose(
            course,
            dose=builders.a_dose("25", "daily"),
            starts_on=TODAY,
            reason="x",
            by=ada,
            read_version=2,
            entry_key=uuid.uuid4(),
        )


def test_a_hold_ends_the_dose_and_keeps_its_reason(ada, course):
    do(actions.hold_course, course, by=ada, reason="planned surgery")
    assert course.steps.get().ends_on == TODAY
    change = course.changes.get()
    assert (change.kind, change.changed_on, change.reason) == ("held", TODAY, "planned surgery")
    assert change.recorded_by == ada


def test_resuming_goes_on_with_the_dose_that_was_held(ada, course):
    do(actions.hold_course, course, by=ada, on=date(2026, 2, 16))
    step = do(actions.resume_course, course, by=ada)
    first = course.steps.get(parent=None)
    assert (step.parent, step.amount, step.frequency) == (first, first.amount, first.frequency)
    assert (step.starts_on, first.ends_on) == (TODAY, date(2026, 2, 16))


def test_resuming_into_a_warning_needs_a_reason(ada, course):
    do(actions.hold_course, course, by=ada)
    patients.note_concomitant_drug(course.patient, name="warfarin", by=ada)
    with pytest.raises(actions.NeedsReason, match="warfarin"):
        do(actions.resume_course, course, by=ada)
    step = do(actions.resume_course, course, by=ada, override_reason="INR weekly")
    assert step.override_reason == "INR weekly"
    assert "warfarin" in step.concerns[0]["message"]


def test_a_day_before_the_hold_is_refused(ada, course):
    do(actions.hold_course, course, by=ada)
    with pytest.raises(actions.NotPossible, match="held on 2 Mar 2026"):
        do(actions.resume_course, course, by=ada, on=date(2026, 3, 1))
    with pytest.raises(actions.NotPossible, match="held on 2 Mar 2026"):
        do(actions.stop_course, course, by=ada, on=date(2026, 3, 1))


@pytest.mark.parametrize("deed", [actions.hold_course, actions.stop_course])
def test_a_day_before_the_dose_is_refused(ada, course, deed):
    with pytest.raises(actions.NotPossible, match="began on 26 Jan 2026"):
        do(deed, course, by=ada, on=date(2026, 1, 25))


def test_a_stopped_course_has_its_day_and_reason(ada, course):
    stopped = do(actions.stop_course, course, by=ada, reason="blurred vision")
    assert (stopped.status, stopped.stopped_on) == (CourseStatus.STOPPED, TODAY)
    assert (stopped.stop_reason, course.steps.get().ends_on) == ("blurred vision", TODAY)


@pytest.mark.parametrize("deed", [actions.hold_course, actions.stop_course])
def test_the_same_change_twice_is_once(ada, course, deed):
    key = uuid.uuid4()
    do(deed, course, by=ada, entry_key=key)
    do(deed, course, by=ada, entry_key=key, read_version=1)
    assert CourseChange.objects.count() == 1
    course.refresh_from_db()
    assert course.version == 2


def test_resuming_twice_is_once(ada, course):
    do(actions.hold_course, course, by=ada)
    key = uuid.uuid4()
    first = do(actions.resume_course, course, by=ada, entry_key=key)
    assert do(actions.resume_course, course, by=ada, entry_key=key, read_version=2) == first
    assert DoseStep.objects.count() == 2


def test_a_used_key_does_not_stand_for_another_change(ada, course):
    key = uuid.uuid4()
    do(actions.hold_course, course, by=ada, entry_key=key)
    with pytest.raises(actions.Overtaken):
        do(actions.stop_course, course, by=ada, entry_key=key)


@pytest.mark.parametrize("deed", list(DEEDS.values()))
def test_an_older_version_is_overtaken(ada, course, deed):
    do(actions.hold_course, course, by=ada)
    with pytest.raises(actions.Overtaken):
        do(deed, course, by=ada, read_version=1)


def test_a_course_not_begun_is_not_held(ada, episode):
    course = builders.a_course(episode, by=ada, starts_on=date(2026, 3, 9))
    with pytest.raises(actions.NotPossible, match="not begun"):
        do(actions.hold_course, course, by=ada)
    assert course.steps.get().withdrawn_at is None


def test_a_change_without_a_reason_is_refused_by_the_database(ada, course):
    with pytest.raises(IntegrityError, match="a_course_change_has_a_reason"), transaction.atomic():
        do(actions.hold_course, course, by=ada, reason="")


def test_each_change_leaves_its_audit_row_without_its_words(ada, course):
    do(actions.hold_course, course, by=ada)
    do(actions.resume_course, course, by=ada)
    do(actions.stop_course, course, by=ada)
    rows = Event.objects.filter(object_id=str(course.id)).order_by("id")
    assert [row.action.removeprefix("protocols.course.") for row in rows] == [
        "started",
        "held",
        "resumed",
        "stopped",
    ]
    assert "headache" not in str([row.details for row in rows])


def test_every_kind_of_change_is_named():
    assert {kind.value for kind in CourseChangeKind} == {"held", "resumed", "stopped"}
