"""Sessions end by the server's clock, members need a second factor, and nothing shown is stored."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import end_membership
from accounts.models import Membership
from tests import builders


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def is_open(client, name="worklist"):
    return client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(("minutes", "lives"), [(14, True), (15, True), (16, False)])
def test_a_members_session_ends_after_fifteen_idle_minutes(client, ada, clock, minutes, lives):
    client.force_login(ada)
    assert is_open(client)
    clock.shift(timedelta(minutes=minutes))
    assert is_open(client) is lives


def test_use_keeps_a_session_open_until_twelve_hours_have_passed(client, ada, clock):
    client.force_login(ada)
    for _ in range(51):
        assert is_open(client)
        clock.shift(timedelta(minutes=14))
    clock.shift(timedelta(minutes=7))
    assert not is_open(client)


def test_a_page_that_asks_by_itself_does_not_keep_a_session_open(client, ada, clock):
    client.force_login(ada)
    assert is_open(client)
    for _ in range(3):
        clock.shift(timedelta(minutes=5))
        assert is_open(client, "worklist_rows")
    clock.shift(timedelta(minutes=1))
    assert not is_open(client, "worklist_rows")


def test_a_patients_session_lives_thirty_minutes(client, cal, clock):
    client.force_login(cal)
    assert is_open(client, "my_recovery")
    clock.shift(timedelta(minutes=29))
    assert is_open(client, "my_recovery")
    clock.shift(timedelta(minutes=31))
    assert not is_open(client, "my_recovery")


def test_an_expired_fragment_leaves_the_page_instead_of_swapping_a_login_into_it(client, ada, clock):
    client.force_login(ada)
    assert is_open(client)
    clock.shift(timedelta(minutes=16))
    answer = client.get(reverse("worklist_rows"), headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith(reverse("account_login"))
    assert answer.content == b""


def test_a_revoked_role_ends_with_the_next_request(client, ada, ben):
    client.force_login(ben)
    assert is_open(client)
    builders.acting(ada)
    end_membership(Membership.objects.get(person=ben), by=ada)
    assert client.get(reverse("worklist")).status_code == 404


def test_a_member_without_a_second_factor_reaches_only_its_set_up(client, ada, settings):
    settings.MFA_MANDATORY = True
    client.force_login(ada)
    assert client.get(reverse("worklist")).url == reverse("mfa_activate_totp")
    assert client.get(reverse("account_logout")).status_code == 200


def test_a_member_with_a_second_factor_works(client, ada, settings):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    settings.MFA_MANDATORY = True
    TOTP.activate(ada, generate_totp_secret())
    client.force_login(ada)
    assert is_open(client)


def test_a_patient_is_offered_a_second_factor_and_not_forced(client, cal, settings):
    settings.MFA_MANDATORY = True
    client.force_login(cal)
    assert is_open(client, "my_recovery")


@pytest.mark.parametrize("name", ["worklist", "patients", "clinic_settings"])
def test_what_was_shown_is_stored_nowhere(client, ada, name):
    client.force_login(ada)
    assert client.get(reverse(name)).headers["Cache-Control"] == "no-store"


def test_logging_in_changes_the_session(client, ada):
    client.get(reverse("account_login"))
    before = client.session.session_key
    answer = client.post(reverse("account_login"), {"login": ada.email, "password": builders.PASSWORD})
    assert answer.status_code == 302
    assert client.session.session_key != before


def test_an_unknown_address_and_a_wrong_password_get_the_same_words(client, ada):
    def words(email):
        answer = client.post(reverse("account_login"), {"login": email, "password": "wrong-password-here"})
        return answer.status_code, [str(each) for each in answer.context["form"].non_field_errors()]

    assert words(ada.email) == words("nobody@harbour.example")


def test_a_database_that_goes_away_while_the_session_is_saved_is_a_503_and_no_log_out(ada):
    """Django takes whatever keeps a session from being saved for a log-out elsewhere, and answers 400."""

    def away(execute, sql, params, many, context):
        if sql.startswith('UPDATE "django_session"'):
            raise OperationalError("planted")
        return execute(sql, params, many, context)

    client = Client(raise_request_exception=False)
    client.force_login(ada)
    with connection.execute_wrapper(away):
        assert client.get(reverse("worklist")).status_code == 503
    assert client.get(reverse("worklist")).status_code == 200
