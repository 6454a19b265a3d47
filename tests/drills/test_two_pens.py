"""D20, two pens: of all who change one dose at once one succeeds, and the others lose nothing of theirs.

Real PostgreSQL, each thread with a connection of its own, and everything committed. That every other form
keeps to the same is shown in tests/house/test_sending.py.
"""

import threading
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.testcases import LiveServerThread, _StaticFilesHandler
from django.urls import reverse
from psycopg.errors import DeadlockDetected, SerializationFailure

from protocols.actions import orders
from protocols.views import ordering
from tests.drills.figures import told
from tests.drills.two_pens import pens, statuses

THREADS = 32
pytestmark = pytest.mark.xdist_group("two_pens")


@pytest.fixture(scope="module")
def a_dose(django_db_setup, django_db_blocker, worker_id):
    with django_db_blocker.unblock(), pens(worker_id) as begin:
        yield begin


def faults(course, answers):
    """What is wrong with the answers of a race: exactly one may succeed, and history has to agree."""
    found = []
    if statuses(answers) != {302: 1, 409: len(answers) - 1}:
        found.append(f"answers {statuses(answers)}")
    if course.steps != 1 + statuses(answers).get(302, 0):
        found.append(f"{course.steps} steps after {statuses(answers).get(302, 0)} successes")
    return found


def test_of_many_at_once_one_succeeds_and_the_others_are_shown_both_sides(a_dose):
    course = a_dose()
    forms = [course.form(reason=f"typed by number {number}") for number in range(THREADS)]
    answers = course.race(forms)
    assert faults(course, answers) == []
    shown = 0
    for form, answer in zip(forms, answers, strict=True):
        if answer.status_code == 409:
            said = answer.content.decode()
            assert form["reason"] in said
            assert "25 mg daily" in said
            assert "Changed" in said
            shown += 1
    told("D20", "one-dose", threads=THREADS, successes=1, conflicts_with_both_sides=shown, steps=course.steps)


def test_of_many_clicks_on_one_form_there_is_one_effect_and_one_answer(a_dose):
    course = a_dose()
    form = course.form()
    course.people, both = course.people[:1], course.people
    answers = course.race([form] * 8)
    later = course.send(form)
    assert {
        (answer.status_code, answer.headers["Location"], answer.content) for answer in [*answers, later]
    } == {(302, reverse("chart_treatment", args=[course.course.patient_id]), b"")}
    assert course.steps == 2
    other = course.send({**form, "amount": "50", "reason": "a second thought"})
    assert other.status_code == 422
    assert "a second thought" in other.content.decode()
    assert course.send(course.form(version=None)).status_code == 428
    assert course.steps == 2
    course.people = both
    told("D20", "one-key", clicks=len(answers), retries=1, effects=1, other_words_refused=1)


@pytest.mark.parametrize("error", [DeadlockDetected, SerializationFailure])
def test_a_deadlock_leaves_nothing_half_done_and_may_be_sent_again(a_dose, monkeypatch, error):
    """The fault comes at the last moment: the old step is ended and the new one stored by then."""
    course = a_dose()
    form = course.form()

    def fail(*args, **kwargs):
        raise OperationalError("planted") from error("planted")

    monkeypatch.setattr(orders, "note", fail)
    answer = course.send(form)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert course.steps == 1
    monkeypatch.undo()
    assert course.send(form).status_code == 302
    assert course.steps == 2


def test_a_real_deadlock_is_a_503(a_dose, monkeypatch):
    """One request holds the course and asks for the patient, another the patient and asks for the course."""
    met = threading.Barrier(2)
    course = a_dose()
    forms = [course.form(), course.form()]
    patient, row = course.course.patient_id, course.course.id
    original = orders.take

    def crosswise(asked):
        ask = "select 1 from {} where id = %s for update"
        tables = [("patients_patient", patient), ("protocols_course", row)]
        with connection.cursor() as cursor:
            first = met.wait(timeout=30)
            for table, key in tables if first else reversed(tables):
                cursor.execute(ask.format(table), [key])
                if (table == "patients_patient") == bool(first):
                    met.wait(timeout=30)
        return original(asked)

    monkeypatch.setattr(orders, "take", crosswise)
    answers = course.race(forms)
    assert statuses(answers) == {302: 1, 503: 1}
    assert course.steps == 2
    told("D20", "deadlock", requests=2, stored=1, answered_503=1, half_done=0)


class TestTwoBrowsers:
    """Two people in two real browsers, with the same form open."""

    @pytest.fixture
    def server(self, a_dose):
        thread = LiveServerThread("127.0.0.1", _StaticFilesHandler, connections_override={})
        thread.daemon = True
        thread.start()
        thread.is_ready.wait(timeout=30)
        assert thread.error is None
        yield f"http://127.0.0.1:{thread.port}"
        thread.terminate()

    def opened(self, browser, server, course, person):
        client = Client()
        client.force_login(person)
        context = browser.new_context()
        host = urlsplit(server).hostname
        kept = [(name, morsel.value) for name, morsel in client.cookies.items()]
        context.add_cookies(
            [{"name": name, "value": value, "domain": host, "path": "/"} for name, value in kept]
        )
        page = context.new_page()
        page.goto(server + course.url)
        return page

    @pytest.mark.journey
    def test_the_second_sees_both_sides_and_keeps_what_he_typed(self, a_dose, server, browser):
        course = a_dose()
        pages = [self.opened(browser, server, course, person) for person in course.people]
        for page, amount in zip(pages, ("50", "37.5"), strict=True):
            page.fill("#id_amount", amount)
            page.fill("#id_reason", f"wants {amount}")
            page.click("button[value=read]")
            if page.locator("#id_override_reason").count():
                page.fill("#id_override_reason", "discussed")
        pages[0].click("button[value=save]")
        pages[0].wait_for_url("**/treatment/")
        pages[1].click("button[value=save]")
        said = pages[1].inner_text("main")
        assert "Nothing was saved: this was changed first" in said
        for words in ("wants 50", "wants 37.5", "Ada", "37.5"):
            assert words in said
        assert course.steps == 2
        for page in pages:
            page.context.close()
        told("D20", "two-browsers", browsers=2, successes=1, conflicts_with_both_sides=1)


@pytest.mark.planted
def test_an_action_that_compares_no_version_is_caught(a_dose, monkeypatch):
    """Both the view's look and the action's comparison under the lock are taken out."""

    def careless(course, *, read_version):
        course.version += 1

    monkeypatch.setattr(orders, "move_on", careless)
    monkeypatch.setattr(ordering, "changed_first", lambda *args, **kwargs: None)
    course = a_dose()
    answers = course.race([course.form(), course.form()])
    assert statuses(answers) == {302: 2}
    assert faults(course, answers) == ["answers {302: 2}"]
