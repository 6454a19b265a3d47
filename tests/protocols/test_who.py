"""Who may open the treatment pages, and in how many queries they are drawn."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from protocols.models import CourseChange, DoseStep
from tests import builders
from tests.protocols.test_lineage import many_of_everything

PAGES = ["course_start", "dose_adjust", "course_stop", "course_hold", "course_resume"]


def url_of(name, course):
    return reverse(name, args=[course.patient_id if name in {"course_start", "dose_check"} else course.id])


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("who", "answer"), [("ben", 403), ("cal", 404), ("mallory", 404), ("nobody", 302)])
def test_only_the_clinics_clinicians_may(request, client, course, method, name, who, answer):
    if who != "nobody":
        client.force_login(request.getfixturevalue(who))
    assert getattr(client, method)(url_of(name, course), {"entry_key": uuid.uuid4()}).status_code == answer


@pytest.mark.parametrize(("who", "answer"), [("ben", 403), ("cal", 404), ("mallory", 404), ("nobody", 302)])
def test_only_they_may_check(request, client, course, who, answer):
    if who != "nobody":
        client.force_login(request.getfixturevalue(who))
    assert client.post(url_of("dose_check", course), {"patient": course.patient_id}).status_code == answer


@pytest.mark.parametrize("name", PAGES)
def test_ada_may(client, ada, course, name):
    client.force_login(ada)
    assert client.get(url_of(name, course)).status_code == 200


def test_a_check_is_posted(client, ada, course):
    client.force_login(ada)
    assert client.get(url_of("dose_check", course)).status_code == 405


def test_a_stranger_changes_nothing_even_with_the_right_keys(adjusting, mallory, ada):
    seen = adjusting.post().context["page"].check.seen
    adjusting.client.force_login(mallory)
    assert adjusting.post("save", checks_seen=seen).status_code == 404
    builders.acting(ada)
    assert (DoseStep.objects.count(), CourseChange.objects.count()) == (1, 0)


@pytest.mark.parametrize("name", PAGES)
def test_pages_take_as_many_queries_with_many_rows(client, ada, course, name):
    client.force_login(ada)
    url = url_of(name, course)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    builders.acting(ada)
    many_of_everything(ada, course.episode)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)
