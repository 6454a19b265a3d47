"""An organisation's account opens the door of whoever is known here, and every lie leaves it shut."""

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from joserfc.jwk import OctKey, RSAKey

from accounts.models import Person
from audit.models import Event
from tests import builders
from tests.proof import a_second_factor, code_of
from tests.provider import CLIENT_ID, CLIENT_SECRET, Provider


@pytest.fixture
def provider(settings, free_port, db):
    with Provider(free_port, "ada@harbour.example") as found:
        settings.OIDC_ISSUER, settings.OIDC_NAME = found.issuer, "Harbour Hospital"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        settings.SITE_URL = "http://testserver"
        yield found


def to_the_provider(client):
    """Press the button; where the browser is led."""
    answer = client.post(reverse("oidc_leave"))
    assert answer.status_code == 302
    return answer.url


def through_the_provider(address):
    """As a browser does, over the network: where the provider sends it back to."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *more):
            return None

    try:
        urllib.request.build_opener(Stay).open(address)
    except urllib.error.HTTPError as answer:
        return answer.headers["Location"].removeprefix("http://testserver")
    raise AssertionError("The provider led nowhere.")


def come(client=None):
    """The whole way; the last answer, and the browser."""
    client = client or Client()
    return client.get(through_the_provider(to_the_provider(client))), client


def is_in(client):
    return client.get(reverse("worklist")).status_code == 200


def reasons():
    events = Event.objects.filter(action="accounts.log_in.refused").order_by("id")
    return [event.details.get("because") for event in events]


def is_refused(answer, client, because):
    assert answer.status_code == 403
    assert "Your organisation's account did not open this door" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert reasons() == [because]
    assert not Event.objects.filter(action="accounts.person.logged_in").exists()


class TestOff:
    def test_there_is_no_door_and_no_button(self, client, db):
        assert client.post(reverse("oidc_leave")).status_code == 404
        assert client.get(reverse("oidc_back")).status_code == 404
        assert reverse("oidc_leave") not in client.get(reverse("account_login")).content.decode()


class TestOpen:
    def test_whoever_is_known_by_a_verified_address_is_let_in(self, ada, provider):
        answer, client = come()
        assert answer.url == reverse("home")
        assert is_in(client)
        event = Event.objects.get(action="accounts.person.logged_in")
        assert (event.actor_id, event.details) == (ada.id, {"means": ["oidc"]})

    def test_the_page_offers_it_by_its_name(self, client, provider):
        page = client.get(reverse("account_login")).content.decode()
        assert "Log in with Harbour Hospital" in page
        assert f'action="{reverse("oidc_leave")}"' in page

    def test_state_nonce_and_challenge_are_new_each_time_and_the_way_back_is_of_the_settings(self, provider):
        provider_asked = [
            {
                name: values[0]
                for name, values in parse_qs(urlsplit(to_the_provider(Client(HTTP_HOST=host))).query).items()
            }
            for host in ("testserver", "localhost")
        ]
        for asked in provider_asked:
            assert (asked["response_type"], asked["scope"], asked["code_challenge_method"]) == (
                "code",
                "openid email",
                "S256",
            )
            assert asked["redirect_uri"] == "http://testserver/account/oidc/back/"
        for name in ("state", "nonce", "code_challenge"):
            assert len({asked[name] for asked in provider_asked}) == 2

    def test_an_address_in_other_letters_is_the_same(self, ada, provider):
        provider.person["email"] = "ADA@Harbour.example"
        assert is_in(come()[1])

    def test_what_a_thin_token_leaves_out_userinfo_may_say(self, ada, provider):
        provider.claims = {"email": None, "email_verified": None}
        assert is_in(come()[1])

    def test_nobody_is_logged_in_by_a_get(self, client, provider):
        assert client.get(reverse("oidc_leave")).status_code == 405

    def test_another_sites_form_leads_nowhere(self, provider):
        assert Client(enforce_csrf_checks=True).post(reverse("oidc_leave")).status_code == 403

    def test_the_session_key_of_before_is_worth_nothing(self, ada, provider):
        client = Client()
        address = through_the_provider(to_the_provider(client))
        before = client.session.session_key
        client.get(address)
        assert client.session.session_key != before


class TestSecondFactor:
    def test_it_is_asked_for(self, ada, provider):
        secret = a_second_factor(ada)
        answer, client = come()
        assert answer.url == reverse("mfa_authenticate")
        assert not is_in(client)
        assert not Event.objects.filter(action="accounts.person.logged_in").exists()
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert is_in(client)
        assert Event.objects.get(action="accounts.person.logged_in").details == {"means": ["oidc", "mfa"]}

    def test_a_member_without_one_has_to_set_it_up(self, ada, provider, settings):
        settings.MFA_MANDATORY = True
        _, client = come()
        assert client.get(reverse("worklist")).url == reverse("mfa_activate_totp")

    def test_where_the_provider_asks_for_one_ours_is_not_asked_for(self, ada, provider, settings):
        settings.MFA_MANDATORY = settings.OIDC_ENFORCES_MFA = True
        assert is_in(come()[1])
        a_second_factor(ada)
        assert is_in(come()[1])

    def test_a_password_does_not_profit_from_it(self, ada, provider, settings):
        settings.MFA_MANDATORY = settings.OIDC_ENFORCES_MFA = True
        client = come()[1]
        client.post(reverse("account_logout"))
        typed = {"login": ada.email, "password": builders.PASSWORD}
        client.post(reverse("account_login"), typed)
        assert client.get(reverse("worklist")).url == reverse("mfa_activate_totp")
        a_second_factor(ada)
        assert Client().post(reverse("account_login"), typed).url == reverse("mfa_authenticate")

    def test_taking_the_promise_back_ends_what_it_opened(self, ada, provider, settings):
        settings.MFA_MANDATORY = settings.OIDC_ENFORCES_MFA = True
        client = come()[1]
        settings.OIDC_ENFORCES_MFA = False
        assert client.get(reverse("worklist")).url == reverse("mfa_activate_totp")


# What the ID token says instead, and the word under which it is noted.
LIES = {
    "nonce": ({"nonce": "another"}, "token"),
    "no nonce": ({"nonce": None}, "token"),
    "issuer": ({"iss": "https://evil.example"}, "token"),
    "no issuer": ({"iss": None}, "token"),
    "audience": ({"aud": "another-client"}, "token"),
    "no audience": ({"aud": None}, "token"),
    "audience of two": ({"aud": [CLIENT_ID, "another-client"], "azp": "another-client"}, "token"),
    "expired": ({"iat": 1_700_000_000, "exp": 1_700_000_300}, "token"),
    "never expires": ({"exp": None}, "token"),
    "from tomorrow": ({"iat": 4_000_000_000, "exp": 4_000_000_300}, "token"),
    "of nobody": ({"sub": None}, "token"),
    "unverified": ({"email_verified": False}, "unverified"),
    "verified in words": ({"email_verified": "true"}, "unverified"),
    "verification left out": ({"email_verified": None}, "unverified"),
    "address of no letters": ({"email": 7}, "unverified"),
    "unknown person": ({"email": "nobody@harbour.example"}, "unknown"),
    "address with a null": ({"email": "ada@harbour.example\0"}, "unknown"),
}


class TestShut:
    @pytest.mark.parametrize(("claims", "because"), LIES.values(), ids=LIES)
    def test_a_token_that_is_not_right_lets_nobody_in(self, ada, provider, claims, because):
        provider.claims = claims
        people = Person.objects.count()
        is_refused(*come(), because)
        assert Person.objects.count() == people

    def test_a_person_who_was_closed_stays_outside(self, ada, provider):
        Person.objects.filter(pk=ada.pk).update(is_active=False)
        is_refused(*come(), "unknown")

    def test_a_token_signed_by_another_key_lets_nobody_in(self, ada, provider):
        provider.key = RSAKey.generate_key(2048, {"kid": "one"})
        is_refused(*come(), "token")

    @pytest.mark.parametrize("algorithm", ["none", "HS256"])
    def test_a_token_without_a_signature_of_its_own_lets_nobody_in(self, ada, provider, algorithm):
        provider.algorithm = algorithm
        provider.key = OctKey.import_key(CLIENT_SECRET, {"kid": "one"})
        is_refused(*come(), "token")

    def test_userinfo_about_somebody_else_lets_nobody_in(self, ada, provider):
        provider.claims = {"email": None, "email_verified": None}
        provider.told = {"sub": "somebody-else"}
        is_refused(*come(), "token")

    def test_another_state_lets_nobody_in(self, ada, provider):
        client = Client()
        address = through_the_provider(to_the_provider(client))
        is_refused(client.get(re.sub(r"state=\w+", "state=another", address)), client, "token")

    def test_a_code_of_another_browser_lets_nobody_in(self, ada, provider):
        address = through_the_provider(to_the_provider(Client()))
        client = Client()
        to_the_provider(client)
        is_refused(client.get(address), client, "token")

    def test_a_code_that_was_stolen_is_worth_nothing_without_its_verifier(self, ada, provider):
        """The thief pastes the code into a log-in of his own, whose state and verifier are others."""
        stolen = parse_qs(urlsplit(through_the_provider(to_the_provider(Client()))).query)["code"][0]
        client = Client()
        state = parse_qs(urlsplit(to_the_provider(client)).query)["state"][0]
        back = f"{reverse('oidc_back')}?{urlencode({'code': stolen, 'state': state})}"
        is_refused(client.get(back), client, "token")

    def test_a_way_back_is_gone_once(self, ada, provider):
        client = Client()
        address = through_the_provider(to_the_provider(client))
        client.get(address)
        client.post(reverse("account_logout"))
        assert client.get(address).status_code == 403
        assert not is_in(client)

    @pytest.mark.parametrize("query", [{}, {"error": "access_denied"}, {"code": "x"}, {"state": "x"}])
    def test_a_way_back_that_leads_from_nowhere_lets_nobody_in(self, ada, provider, query):
        client = Client()
        is_refused(client.get(reverse("oidc_back"), query), client, "token")

    def test_a_way_back_from_another_provider_lets_nobody_in(self, ada, provider):
        client = Client()
        address = through_the_provider(to_the_provider(client))
        is_refused(client.get(f"{address}&iss=https://evil.example"), client, "issuer")

    @pytest.mark.parametrize(
        ("metadata", "because"),
        [
            ({"issuer": "https://evil.example"}, "issuer"),
            ({"authorization_endpoint": "https://evil.example/authorize"}, "provider"),
            ({"authorization_endpoint": None}, "provider"),
        ],
    )
    def test_a_provider_that_calls_itself_otherwise_is_not_gone_to(self, provider, metadata, because):
        provider.metadata = metadata
        client = Client()
        is_refused(client.post(reverse("oidc_leave")), client, because)

    def test_a_provider_that_is_away_is_said_like_any_other_refusal(self, settings, provider, client):
        provider.__exit__()
        is_refused(client.post(reverse("oidc_leave")), client, "provider")

    def test_nobody_makes_us_ask_without_end(self, provider):
        statuses = [Client().get(reverse("oidc_back")).status_code for _ in range(31)]
        assert statuses == [403] * 30 + [429]

    def test_who_is_in_already_stays_who_he_is(self, ada, ben, provider):
        client = Client()
        client.force_login(ben)
        assert client.post(reverse("oidc_leave")).url == reverse("home")
        assert client.get(reverse("oidc_back"), {"code": "x", "state": "y"}).url == reverse("home")


PRINT_FORM_ACTION = """
from recovery_clinic import settings
print(*settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"])
"""


def settings_with(**environment):
    """The form-action of a process that starts with these settings, or what it says instead."""
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            PRINT_FORM_ACTION,
        ],
        env={**os.environ, "DEVELOPMENT": "false", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or said.stderr.strip().splitlines()[-1]


NAMED = {"OIDC_ISSUER": "https://login.harbour.example/realms/staff"}
CLIENT = {"OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "y"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "'self'"),
        ({**NAMED, **CLIENT}, "'self' https://login.harbour.example"),
        (NAMED, "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET have to be"),
        ({**CLIENT, "OIDC_ISSUER": "http://login.harbour.example"}, "begins with https://"),
    ],
    ids=["off", "on", "half", "in the clear"],
)
def test_a_form_may_lead_to_the_provider_only_where_there_is_one(environment, said):
    found = settings_with(**environment)
    assert found == said if said.startswith("'self'") else said in found
