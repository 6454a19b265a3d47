"""D7, guesser: no password, code or address is found by trying, however many try at once.

tests/accounts/test_guesses.py has each limit by itself, tests/accounts/test_factors.py the second factor.
"""

import re

import pytest
import time_machine
from allauth.account.forms import ResetPasswordForm
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import guesses
from tests import builders
from tests.accounts.test_factors import NEW, by_password, choose, is_in, link_for
from tests.drills.figures import told
from tests.drills.guessing import (
    Browser,
    a_guarded_product,
    all_at_once,
    apart,
    guessed,
    interleaved,
    passwords_looked_at,
)
from tests.drills.reading import masked
from tests.proof import a_second_factor, code_of

AT_MOST = 5
WHOLE, BROKEN = "tests.drills.front_door_open", "tests.drills.counters_not_atomic"
processes = [pytest.mark.nightly, pytest.mark.journey, pytest.mark.xdist_group("guesser")]
NOBODY = "nobody@harbour.example"


def with_marks(*marks):
    """One decorator of several marks."""

    def decorate(test):
        for mark in marks:
            test = mark(test)
        return test

    return decorate


@with_marks(*processes)
def test_of_200_guesses_through_four_processes_five_are_looked_at(worker_id):
    with a_guarded_product(f"guesser_{worker_id}", WHOLE) as (product, people):
        statuses = guessed(product, people["ada"])
        looked_at = passwords_looked_at(product)
        assert looked_at <= AT_MOST
        assert not any(status >= 500 for status in statuses)
        neighbour = Browser(product)
        neighbour.log_in(people["ben"], builders.PASSWORD)
        assert neighbour.is_in()
    told("D7", "passwords", guesses=len(statuses), processes=4, looked_at=looked_at, neighbours_locked_out=0)


@pytest.mark.planted
@with_marks(*processes)
def test_counters_that_are_not_atomic_are_seen(worker_id):
    with a_guarded_product(f"guesser_{worker_id}", BROKEN) as (product, people):
        guessed(product, people["ada"])
        assert passwords_looked_at(product) > AT_MOST


def let_in_by_one_code(product, people):
    """How many of 20 browsers that send one code at once are let in; what they answered."""
    browsers = [Browser(product) for _ in range(20)]
    for each in browsers:
        each.log_in(people["bea"], builders.PASSWORD)
    code = code_of(people["secret"])
    answers = all_at_once(
        [lambda each=each: each.ask("/account/2fa/authenticate/", {"code": code}) for each in browsers]
    )
    return sum(each.is_in() for each in browsers), [status for status, _, _ in answers]


@with_marks(*processes)
def test_of_twenty_that_send_one_code_at_once_one_gets_in(worker_id):
    with a_guarded_product(f"guesser_{worker_id}", WHOLE) as (product, people):
        let_in, statuses = let_in_by_one_code(product, people)
        assert (let_in, len(statuses)) == (1, 20)
        assert not any(status >= 500 for status in statuses)
    told("D7", "codes", sent=20, let_in=let_in)


@pytest.mark.planted
@with_marks(*processes)
def test_a_code_that_is_not_used_up_atomically_is_seen(worker_id):
    with a_guarded_product(f"guesser_{worker_id}", BROKEN) as (product, people):
        assert let_in_by_one_code(product, people)[0] > 1


@with_marks(*processes)
def test_the_code_of_the_set_up_sent_twenty_times_sets_up_one_app(worker_id):
    with a_guarded_product(f"guesser_{worker_id}", WHOLE) as (product, people):
        browser = Browser(product)
        browser.log_in(people["bob"], builders.PASSWORD)
        browser.ask("/account/reauthenticate/", {"password": builders.PASSWORD})
        page = browser.ask("/account/2fa/totp/activate/")[2]
        secret = re.search(r"The same as text: (\w+)", page)[1]
        cookies = dict(browser.cookies)

        def send():
            another = Browser(product)
            another.cookies = dict(cookies)
            return another.ask("/account/2fa/totp/activate/", {"code": code_of(secret)})

        answers = all_at_once([send] * 20)
        assert not any(status >= 500 for status, _, _ in answers)
        assert sum("recovery-codes" in leads_to for _, leads_to, _ in answers) == 1
        apps = product.ask(
            "select count(*) from mfa_authenticator a join accounts_person p on p.id = a.user_id"
            " where a.type = 'totp' and p.email = %s",
            people["bob"],
        )
        assert apps == [(1,)]
    told("D7", "set-up", sent=20, set_up=1)


def answers_to(email):
    """What the three doors answer for an address: log-in, forgotten password, signing up."""
    typed = {
        "account_login": {"login": email, "password": "wrong"},
        "account_reset_password": {"email": email},
        "account_signup": {"email": email, "password1": NEW, "password2": NEW},
    }
    said = {}
    for name, form in typed.items():
        status, headers, body = masked(Client().post(reverse(name), form))
        said[name] = (status, headers, body.replace(email, ""))
    return said


def differing(known, unknown):
    # An answer says the second in which it expires.
    with time_machine.travel(timezone.now(), tick=False):
        one, other = answers_to(known), answers_to(unknown)
    return [name for name in one if one[name] != other[name]]


def test_no_door_tells_a_known_address_from_an_unknown_one(ada):
    assert differing(ada.email, "xyz@harbour.example") == []
    told("D7", "same-answers", doors=3, differing=0)


@pytest.mark.planted
def test_a_door_that_tells_is_seen(ada, settings, monkeypatch):
    """django-allauth's own form, which looks the person up while the page waits."""
    monkeypatch.setattr("accounts.forms.ResetPasswordForm.clean_email", ResetPasswordForm.clean_email)
    settings.ACCOUNT_PREVENT_ENUMERATION = False
    assert differing(ada.email, "xyz@harbour.example") == ["account_reset_password"]


def is_in_after_a_reset(person):
    client = Client()
    choose(link_for(person), client)
    return is_in(client) or is_in(by_password(person, NEW, client))


def test_a_new_password_by_link_does_not_skip_the_second_factor(ada, settings):
    settings.SITE_URL = "https://clinic.example"
    a_second_factor(ada)
    assert not is_in_after_a_reset(ada)


@pytest.mark.planted
def test_a_reset_that_skips_the_second_factor_is_seen(ada, settings, monkeypatch):
    settings.SITE_URL = "https://clinic.example"
    settings.ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
    monkeypatch.setattr("allauth.mfa.stages.AuthenticateStage._should_handle", lambda *_: False)
    a_second_factor(ada)
    assert is_in_after_a_reset(ada)


@pytest.fixture
def unlimited(settings, monkeypatch):
    """Timing is what is drilled: 400 answers, and none of them a refusal."""
    monkeypatch.setattr(guesses, "LIMITS", ())
    settings.ACCOUNT_RATE_LIMITS = {"login": "", "reset_password": "", "signup": "", "login_failed": ""}


def times_of(name, known, *, times=200):
    """How far apart the times of a door are, for a known address and for one that nobody has."""
    form = DOORS[name]

    def ask(email):
        assert Client().post(reverse(name), form(email)).status_code in {200, 302}

    # As long as hers, and as often asked: what is stored of the one address is stored of the other.
    unknown = "eve@harbour.example"
    assert len(unknown) == len(known)
    return apart(*interleaved(lambda: ask(known), lambda: ask(unknown), times=times))


def is_told(difference, p):
    """Whether somebody learns from the times who has an account."""
    return difference > 10 or p < 0.01


def measured(name, known, **more):
    """The last of up to three measurements: an accident of one in a hundred is not seen three times."""
    for _ in range(3):
        found = times_of(name, known, **more)
        if not is_told(*found):
            break
    return found


DOORS = {
    "account_login": lambda email: {"login": email, "password": "wrong"},
    "account_reset_password": lambda email: {"email": email},
    "account_signup": lambda email: {"email": email, "password1": NEW, "password2": NEW},
}


def closed(person):
    person.is_active = False
    person.save()


def without_password(person):
    person.set_unusable_password()
    person.save()


# Whom an address may belong to. Only the log-in looks at more than the address.
KNOWN = {"known": lambda person: None, "closed": closed, "without_password": without_password}
TIMED = [(name, "known") for name in DOORS] + [("account_login", kind) for kind in list(KNOWN)[1:]]


@pytest.mark.nightly
@pytest.mark.parametrize(("name", "kind"), TIMED)
def test_no_door_tells_by_the_time_it_takes(ada, unlimited, name, kind):
    KNOWN[kind](ada)
    difference, p = measured(name, ada.email)
    told("D7", f"times-{name}-{kind}", answers=400, medians_apart_ms=f"{difference:.2f}", ks_p=f"{p:.3f}")
    assert not is_told(difference, p)


@pytest.mark.nightly
@pytest.mark.planted
def test_a_door_that_hashes_only_for_the_known_is_seen(ada, unlimited, monkeypatch):
    monkeypatch.setattr(
        "allauth.account.auth_backends.AuthenticationBackend._mitigate_timing_attack", lambda *_: None
    )
    assert is_told(*measured("account_login", ada.email, times=40))


def test_how_far_apart_two_samples_are():
    """26.5 and 32.5 of 200 are the tabled limits for 5 and 1 in a hundred: 1.36 and 1.63 times a tenth."""
    rows = [float(x) for x in range(200)]
    assert apart(rows, list(rows)) == (0, 1)
    assert apart(rows, [x + 27 for x in rows]) == (27, pytest.approx(0.05, abs=0.01))
    assert apart(rows, [x + 32 for x in rows]) == (32, pytest.approx(0.01, abs=0.003))
