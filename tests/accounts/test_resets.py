"""A forgotten password: each address leaves the same row, and one mail goes to whoever has it."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import actions, tasks
from accounts.models import LONGEST_TRY, MOST_TRIES, Person, ResetRequest
from tests import builders
from tests.post import PostOffice


@pytest.fixture
def post(settings, free_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    settings.SITE_URL = "https://clinic.example"
    with PostOffice(free_port) as office:
        yield office


@pytest.fixture
def asked(ada):
    return actions.ask_for_reset(email="ADA@harbour.example")


def now(request):
    return ResetRequest.objects.get(pk=request.pk)


def ask(email):
    return Client().post(reverse("account_reset_password"), {"email": email})


def statements(email):
    """What asking for an address makes the database do, without what was asked."""
    with CaptureQueriesContext(connection) as caught:
        assert ask(email).status_code == 302
    return [re.sub(r"'.*?'|\"s\d+_x\d+\"|\d{4}-\d\d-\d\d.*", "?", each["sql"]) for each in caught]


def test_every_address_leaves_the_same_row_by_the_same_statements(ada):
    known, unknown = statements(ada.email), statements("nobody@harbour.example")
    assert known == unknown
    assert [row.email for row in ResetRequest.objects.order_by("asked_at")] == [
        ada.email,
        "nobody@harbour.example",
    ]
    assert not ResetRequest.objects.exclude(told_at=None, attempts=0, error="").exists()


def test_no_mail_is_sent_while_the_page_waits(ada, post):
    ask(ada.email)
    assert post.letters == []


def test_the_mail_goes_out_once(asked, post):
    assert tasks.tell_person(asked.id) is True
    assert tasks.tell_person(asked.id) is False
    assert tasks.sweep() == 0
    [letter] = post.letters
    assert letter["Message-ID"] == f"<reset-{asked.id}@clinic.example>"
    assert now(asked).told_at is not None


def test_it_goes_to_the_address_that_is_known_and_not_to_the_one_that_was_typed(asked, post):
    tasks.sweep()
    assert [letter["To"] for letter in post.letters] == ["ada@harbour.example"]


@pytest.mark.parametrize(
    "typed", ["nobody@harbour.example", "ada@harbour.example.evil.example", "adä@harbour.example"]
)
def test_nobody_is_told_where_nobody_has_the_address(ada, post, typed):
    ask(typed)
    assert tasks.sweep() == 0
    assert post.letters == []
    assert ResetRequest.objects.left_undone(timezone.now()).count() == 0


def test_somebody_who_may_not_log_in_any_more_gets_no_link(ada, post):
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    ask(ada.email)
    tasks.sweep()
    assert post.letters == []


def test_what_a_lost_nudge_left_undone_the_sweep_sends(asked, post):
    assert tasks.sweep() == 1
    assert len(post.letters) == 1


def test_a_request_that_another_worker_has_in_hand_is_left_alone(asked, post):
    assert actions.begin_reset(asked.id)
    assert tasks.sweep() == 0
    with time_machine.travel(timezone.now() + LONGEST_TRY + timedelta(seconds=1)):
        assert tasks.sweep() == 1
    assert len(post.letters) == 1


def test_a_mail_that_cannot_be_sent_is_tried_three_times(asked, settings, free_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    assert [tasks.sweep() for _ in range(MOST_TRIES + 1)] == [0] * (MOST_TRIES + 1)
    assert (now(asked).attempts, now(asked).error, now(asked).told_at) == (
        MOST_TRIES,
        "ConnectionRefusedError",
        None,
    )


def test_a_refused_address_is_given_up_at_once(asked, post):
    post.refusing = "550 nobody of that name"
    assert tasks.tell_person(asked.id) is False
    assert (now(asked).attempts, now(asked).error) == (MOST_TRIES, "SMTPRecipientsRefused")


def test_what_was_asked_a_day_ago_is_forgotten(asked):
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        assert tasks.forget_resets() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1)):
        assert tasks.forget_resets() == 1


@pytest.mark.parametrize(
    "typed", ["", "ada", "ada@", "ada@harbour.example\0", "a" * 320 + "@harbour.example"]
)
def test_what_is_no_address_is_refused_and_leaves_no_row(db, typed):
    assert ask(typed).status_code == 200
    assert not ResetRequest.objects.exists()


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """A request that every connection sees; cleared by hand."""
    with django_db_blocker.unblock():
        nia = Person.objects.create_user("nia@mail.example", builders.PASSWORD, full_name="Nia Adeyemi")
        asked = actions.ask_for_reset(email=nia.email)
        yield asked
        asked.delete()
        nia.delete()
        connection.close()


def test_of_two_workers_at_once_one_sends(committed, post):
    together, sent = threading.Barrier(2), []

    def work():
        together.wait()
        sent.append(tasks.tell_person(committed.id))
        connection.close()

    workers = [threading.Thread(target=work) for _ in "12"]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(sent) == [False, True]
    assert len(post.letters) == 1
