"""Second factors: a code counts once, five wrong ones lock, and whatever changes is noted and told."""

import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, format_hotp_value, hotp_value
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import tasks
from audit.models import Event
from tests import builders
from tests.proof import a_second_factor, code_of

NEW = "a-longer-password-than-before"


@pytest.fixture(autouse=True)
def clock():
    """Stands still: a code of an authenticator app lives for thirty seconds."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def by_password(person, password=builders.PASSWORD, client=None):
    client = client or Client()
    client.post(reverse("account_login"), {"login": person.email, "password": password})
    return client


def is_in(client):
    return client.get(reverse("worklist")).status_code == 200


def with_code(client, code):
    """True where the code opened the door."""
    client.post(reverse("mfa_authenticate"), {"code": code})
    return is_in(client)


def proven(person, secret=None):
    """A browser in which the person has logged in and shown again who he is."""
    client = by_password(person)
    if secret:
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    client.post(reverse("account_reauthenticate"), {"password": builders.PASSWORD})
    return client


def enrolled(person, client):
    """Set up the app by its page; returns the secret and the first code."""
    client.get(reverse("mfa_activate_totp"))
    secret = client.session[SECRET_SESSION_KEY]
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    return secret


def done(action):
    return [event.details.get("kind") for event in Event.objects.filter(action=action).order_by("id")]


def test_a_code_lets_in_once(ada):
    secret = a_second_factor(ada)
    assert with_code(by_password(ada), code_of(secret))
    assert not with_code(by_password(ada), code_of(secret))


def test_the_code_of_the_set_up_is_no_second_one(ada, clock):
    secret = enrolled(ada, proven(ada))
    assert not with_code(by_password(ada), code_of(secret))
    clock.shift(31)
    assert with_code(by_password(ada), code_of(secret))


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_one_step_before_and_after_its_own(ada, steps, opens):
    secret = a_second_factor(ada)
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
    assert with_code(by_password(ada), code) is opens


def test_a_used_code_is_refused_as_long_as_it_would_be_good(ada, clock):
    """And it does not make the wrong codes before it forgotten."""
    secret = a_second_factor(ada)
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + 1))
    assert with_code(by_password(ada), code)
    clock.shift(45)
    client = by_password(ada)
    for each in ("000000", code, code, code, code):
        assert not with_code(client, each)
    assert not with_code(client, code_of(secret))


def test_after_five_wrong_codes_the_right_one_is_not_looked_at(ada):
    secret, client = a_second_factor(ada), by_password(ada)
    for _ in range(5):
        assert not with_code(client, "000000")
    assert not with_code(client, code_of(secret))
    assert len(done("accounts.second_factor.refused")) == 5


def test_a_recovery_code_lets_in_once(ada):
    client = proven(ada)
    enrolled(ada, client)
    [code, other, *_] = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert with_code(by_password(ada), code)
    assert not with_code(by_password(ada), code)
    assert with_code(by_password(ada), other)


def test_setting_up_making_anew_and_giving_up_are_noted(ada):
    client = proven(ada)
    enrolled(ada, client)
    assert done("accounts.second_factor.enabled") == ["totp", "recovery_codes"]
    client.post(reverse("mfa_generate_recovery_codes"))
    assert done("accounts.second_factor.disabled") == ["recovery_codes"]
    client.post(reverse("mfa_deactivate_totp"))
    assert done("accounts.second_factor.disabled") == ["recovery_codes", "totp", "recovery_codes"]
    event = Event.objects.filter(action="accounts.second_factor.enabled").first()
    assert (event.actor_id, event.clinic_id, event.object_id) == (ada.id, ada.standing.clinic_id, str(ada.id))


def test_another_factor_ends_the_other_sessions_and_keeps_this_one(ada):
    here, elsewhere = proven(ada), by_password(ada)
    assert is_in(elsewhere)
    before = here.session.session_key
    enrolled(ada, here)
    assert is_in(here)
    assert here.session.session_key != before
    assert not is_in(elsewhere)


def test_another_password_ends_the_other_sessions_and_is_noted(ada):
    here, elsewhere = proven(ada), by_password(ada)
    typed = {"oldpassword": builders.PASSWORD, "password1": NEW, "password2": NEW}
    here.post(reverse("account_change_password"), typed)
    assert is_in(here)
    assert not is_in(elsewhere)
    assert Event.objects.get(action="accounts.password.changed").details == {"by_link": False}


def link_for(person, **more):
    """Ask for a new password; returns the address in the mail that came."""
    Client(**more).post(reverse("account_reset_password"), {"email": person.email})
    tasks.sweep()
    return re.search(r"https?://\S+", mail.outbox[-1].body)[0]


def choose(link, client=None):
    """Open the link and choose a new password; the last answer."""
    client = client or Client()
    page = client.get(link.replace("https://clinic.example", ""), follow=True)
    if not page.redirect_chain:
        return page
    return client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})


@pytest.fixture
def site(settings):
    settings.SITE_URL = "https://clinic.example"
    return settings


def test_a_new_password_by_link_does_not_skip_the_second_factor(ada, site):
    secret, client = a_second_factor(ada), Client()
    assert choose(link_for(ada), client).status_code == 302
    assert not is_in(client)
    by_password(ada, NEW, client)
    assert not is_in(client)
    assert with_code(client, code_of(secret))


def test_a_link_works_once_for_an_hour_and_leads_to_our_own_address(ada, site, clock):
    site.ALLOWED_HOSTS = ["*"]
    link = link_for(ada, HTTP_HOST="evil.example")
    assert link.startswith("https://clinic.example/account/password/reset/key/")
    assert choose(link).status_code == 302
    assert b"does not work any more" in choose(link).content
    another = link_for(ada)
    clock.shift(60 * 60 + 1)
    assert b"does not work any more" in choose(another).content


def test_a_new_password_by_link_ends_every_session_and_a_lock(ada, site):
    here = by_password(ada)
    for _ in range(6):
        by_password(ada, "wrong")
    assert not is_in(by_password(ada))
    choose(link_for(ada))
    assert not is_in(here)
    assert is_in(by_password(ada, NEW))


@pytest.mark.parametrize("email", ["ada@harbour.example", "nobody@harbour.example"])
def test_the_fourth_link_in_an_hour_is_refused_whoever_it_is_for(ada, email):
    statuses = [
        Client().post(reverse("account_reset_password"), {"email": email}).status_code for _ in "1234"
    ]
    assert statuses == [302, 302, 302, 429]


def test_the_person_is_told_in_words_that_say_nothing_of_his_care(ada, clinic):
    client = proven(ada)
    enrolled(ada, client)
    client.post(reverse("mfa_deactivate_totp"))
    typed = {"oldpassword": builders.PASSWORD, "password1": NEW, "password2": NEW}
    client.post(reverse("account_change_password"), typed)
    assert [letter.to for letter in mail.outbox] == [[ada.email]] * 2
    for letter in mail.outbox:
        assert "Something was changed in your account" in letter.body
        for word in (clinic.name, "testosterone", "http"):
            assert word not in letter.subject + letter.body
