"""The pages that hold, resume and stop a course."""

import uuid
from datetime import date

import pytest
from django.urls import reverse

from patients import actions as patients
from protocols import actions
from protocols.models import CourseChange, CourseStatus
from protocols.presenters import DEEDS
from tests import builders
from tests.protocols.conftest import TODAY, adjust


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def deed(ada, client, course):
    """Posts one deed on the course, as Ada."""
    client.force_login(ada)
    key = uuid.uuid4()

    def post(name, **typed):
        course.refresh_from_db()
        fields = {
            "patient": course.patient_id,
            "version": course.version,
            "entry_key": key,
            "on": "2026-03-02",
            "reason": "headache",
            **typed,
        }
        url = reverse(f"course_{name}", args=[course.id])
        return client.post(url, {field: value for field, value in fields.items() if value is not None})

    post.client, post.course = client, course
    return post


@pytest.mark.parametrize(("name", "status"), [("stop", "stopped"), ("hold", "held")])
def test_the_page_names_what_it_does_to_whom(deed, name, status):
    said = text_of(deed.client.get(reverse(f"course_{name}", args=[deed.course.id])))
    for words in ("Daniel Okafor", deed.course.patient.mrn, f"{name.title()} Clomiphene citrate"):
        assert words in said
    assert "25 mg every other day since 26 Jan 2026" in said
    assert deed(name).status_code == 302
    deed.course.refresh_from_db()
    assert deed.course.status == status


def test_stopping_the_last_drug_shows_the_retests_off_drug(deed):
    said = text_of(deed.client.get(reverse("course_stop", args=[deed.course.id])))
    assert "6 to 8 weeks after the last dose of all drugs" in said
    assert "20 Apr 2026" in said


def test_resuming_shows_the_dose_and_its_checks(deed, ada):
    actions.hold_course(deed.course, on=date(2026, 2, 23), reason="x", by=ada, read_version=1)
    patients.note_concomitant_drug(deed.course.patient, name="warfarin", by=ada)
    said = text_of(deed.client.get(reverse("course_resume", args=[deed.course.id])))
    assert "25 mg every other day, on hold since 23 Feb 2026" in said
    assert "warfarin" in said
    assert deed("resume").status_code == 422
    assert deed("resume", override_reason="INR weekly").status_code == 302
    assert deed.course.steps.get(ends_on=None).override_reason == "INR weekly"


@pytest.mark.parametrize("name", list(DEEDS))
def test_a_deed_that_the_state_does_not_allow_says_so(deed, ada, name):
    actions.stop_course(deed.course, on=TODAY, reason="x", by=ada, read_version=1)
    page = deed.client.get(reverse(f"course_{name}", args=[deed.course.id]))
    assert "not in a state in which this can be done" in text_of(page)
    assert deed(name).status_code == 422
    deed.course.refresh_from_db()
    assert deed.course.status == CourseStatus.STOPPED


@pytest.mark.parametrize("name", ["stop", "hold"])
def test_a_double_submit_is_one_change(deed, name):
    answers = [deed(name, version=1) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert CourseChange.objects.count() == 1


def test_an_overtaken_change_shows_both_sides(deed, ada):
    adjust(deed.course, by=ada, reason="T 290")
    answer = deed("stop", version=1, reason="blurred vision")
    assert answer.status_code == 409
    for words in ("25 mg daily since 2 Mar 2026", "T 290", "blurred vision", "Stop Clomiphene citrate"):
        assert words in text_of(answer)
    assert not CourseChange.objects.exists()


@pytest.mark.parametrize("name", list(DEEDS))
def test_guards_hold(deed, ada, name):
    assert deed(name, version=None).status_code == 428
    assert deed(name, entry_key=None).status_code == 428
    assert deed(name, patient=builders.a_patient(ada).id).status_code == 409
    assert not CourseChange.objects.exists()


@pytest.mark.parametrize(
    ("typed", "found", "accepted"),
    [
        ({"on": ""}, "found nothing", "2026-03-02 or 2 Mar 2026"),
        ({"on": "02/03/2026"}, 'found "02/03/2026"', "2026-03-02 or 2 Mar 2026"),
        ({"on": "2026-03-03"}, 'found "2026-03-03"', "26 Jan 2026 to 2 Mar 2026"),
        ({"on": "2026-01-25"}, 'found "2026-01-25"', "26 Jan 2026 to 2 Mar 2026"),
        ({"reason": " "}, "found nothing", "a few words"),
        ({"reason": "x" * 201}, "found 201 characters", "up to 200"),
    ],
)
@pytest.mark.parametrize("name", ["stop", "hold"])
def test_careless_input_is_refused_and_kept(deed, name, typed, found, accepted):
    answer = deed(name, **typed)
    assert answer.status_code == 422
    assert found in str(answer.context["form"].errors.get_json_data()) or found in text_of(answer)
    assert accepted in text_of(answer)
    [(field, value)] = typed.items()
    assert answer.context["form"][field].value() == value
    assert not CourseChange.objects.exists()
