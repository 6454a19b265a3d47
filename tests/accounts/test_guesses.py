"""Wrong passwords are counted for each person, each address, and each person from an address."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from accounts import guesses
from audit.models import Event
from tests import builders

WRONG = "wrong"
HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


def log_in(email, password=WRONG, *, address=HERE, forwarded=None):
    """The answer to one log-in; True where the person is in afterwards."""
    client = Client(REMOTE_ADDR=address)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    client.post(reverse("account_login"), {"login": email, "password": password}, headers=headers)
    return "_auth_user_id" in client.session


def looked_at():
    """How many wrong passwords were compared with a digest; one that is refused before is not."""
    return Event.objects.filter(action="accounts.log_in.refused").count()


def test_the_sixth_wrong_password_is_not_looked_at(ada):
    for _ in range(8):
        log_in(ada.email)
    assert looked_at() == 5
    assert not log_in(ada.email, builders.PASSWORD)


def test_from_another_address_the_person_can_still_log_in(ada):
    for _ in range(8):
        log_in(ada.email)
    assert log_in(ada.email, builders.PASSWORD, address=ELSEWHERE)


def test_a_neighbour_at_the_same_address_is_not_locked_out(ada, ben):
    for _ in range(8):
        log_in(ada.email)
    assert log_in(ben.email, builders.PASSWORD)


def test_twenty_an_hour_is_the_most_for_one_person_from_everywhere(ada):
    for number in range(30):
        log_in(ada.email, address=f"198.51.100.{number}")
    assert looked_at() == 20
    assert not log_in(ada.email, builders.PASSWORD, address=HERE)


def test_a_forged_forwarded_address_changes_nothing(ada):
    for number in range(8):
        log_in(ada.email, forwarded=f"192.0.2.{number}")
    assert looked_at() == 5


def test_behind_a_proxy_each_client_is_counted_by_what_the_proxy_wrote(ada, settings):
    settings.AUDIT_TRUSTED_PROXIES = 1
    for number in range(8):
        log_in(ada.email, forwarded=f"192.0.2.{number}, {HERE}")
    assert looked_at() == 5
    assert log_in(ada.email, builders.PASSWORD, forwarded=f"{HERE}, {ELSEWHERE}")


def test_ones_own_success_takes_back_nothing_of_the_address(ada, ben, monkeypatch):
    monkeypatch.setattr(guesses, "LIMITS", (guesses.Limit("password_of_address", "6/h/ip"),))
    for number in range(3):
        log_in(f"nobody{number}@harbour.example")
    assert log_in(ben.email, builders.PASSWORD)
    for number in range(3):
        log_in(f"someone{number}@harbour.example")
    before = looked_at()
    log_in(ada.email)
    assert (before, looked_at()) == (6, 6)


def test_a_success_ends_the_row_of_failures_and_takes_back_no_failure(ada, monkeypatch):
    for number in range(4):
        log_in(ada.email, address=f"198.51.100.{number}")
    assert log_in(ada.email, builders.PASSWORD)
    monkeypatch.setattr(guesses, "LIMITS", (guesses.Limit("password_of_person", "4/h/key"), guesses.IN_A_ROW))
    log_in(ada.email)
    assert looked_at() == 5


def test_a_hundred_in_a_row_end_only_with_a_new_password(ada, rf, monkeypatch):
    """The other limits would take five hours of attacks to get there."""
    row = guesses.Limit(guesses.IN_A_ROW.name, "3/365d/key")
    monkeypatch.setattr(guesses, "IN_A_ROW", row)
    monkeypatch.setattr(guesses, "LIMITS", (row,))
    for _ in range(5):
        log_in(ada.email)
    assert looked_at() == 3
    assert not log_in(ada.email, builders.PASSWORD, address=ELSEWHERE)
    guesses.Guess(rf.post("/"), ada.email, HERE).new_password()
    assert log_in(ada.email, builders.PASSWORD)


def test_the_limits_are_those_that_were_decided():
    found = {limit.name: limit.rate for limit in guesses.LIMITS}
    assert found == {
        "password_here": "5/15m/key",
        "password_of_person": "20/h/key",
        "password_in_a_row": "100/365d/key",
        "password_of_address": "100/h/ip",
    }


@pytest.mark.parametrize("email", ["ada@harbour.example", "ADA@harbour.example ", "nobody@harbour.example"])
def test_unknown_and_differently_written_addresses_are_counted_alike(ada, email):
    for _ in range(8):
        log_in(email)
    assert looked_at() == 5
    assert get_user_model().objects.filter(email__iexact=ada.email).count() == 1
