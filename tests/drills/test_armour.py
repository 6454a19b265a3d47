"""D9, armour: every route and every status answers with one exact set of headers, as deployed."""

from collections import Counter
from itertools import product
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from tests import builders
from tests.drills.armour import missing, nonce_of
from tests.drills.deployed import deployment_settings
from tests.drills.figures import told
from tests.drills.test_forged_click import url_of
from tests.house.deeds import address
from tests.house.doors import our_routes, routes

MISSING_ID = "00000000-0000-4000-8000-000000000000"
# Where a request can break: before anybody is known, in the layers between, and where the view begins.
BREAKS = [
    "django.contrib.sessions.backends.db.SessionStore.load",
    "accounts.middleware.take_standing",
    "accounts.middleware.SecondFactorMiddleware.process_view",
]


@pytest.fixture(autouse=True)
def deployed(settings):
    for name, value in deployment_settings().items():
        setattr(settings, name, value)


class Sweep:
    """Asks, and keeps what was asked and what the answers lacked."""

    def __init__(self):
        self.statuses, self.found = Counter(), []

    def ask(self, client, method, url, *args, label="", is_stored=False, **more):
        answer = getattr(client, method)(url, *args, secure=True, **more)
        self.statuses[answer.status_code] += 1
        lacks = missing(answer, is_stored=is_stored)
        self.found += [f"{method} {label or url} {answer.status_code} lacks {each}" for each in lacks]
        return answer


def browser(person=None, **more):
    client = Client(raise_request_exception=False, **more)
    if person is not None:
        client.force_login(person)
    return client


def everybody(ada, ben, cal, mallory, clinic):
    builders.acting(ada)
    amy = builders.a_person("amy", clinic=clinic, role=Role.ADMIN)
    return [None, ada, ben, cal, amy, mallory]


def test_every_route_answers_everybody_in_full_armour(made, ada, ben, cal, mallory, clinic):
    """200, 302, 403, 404 and 405 of our routes, from whoever asks; nothing is left out by a decorator."""
    sweep, ours = Sweep(), our_routes()
    for person in everybody(ada, ben, cal, mallory, clinic):
        client = browser(person)
        for route in ours:
            url = address(route, made)
            sweep.ask(client, "get", url, label=route.name)
            sweep.ask(client, "put", url, label=route.name)
            sweep.ask(client, "post", url, {}, label=route.name)
    assert sweep.found == []
    assert {200, 302, 403, 404, 405} <= set(sweep.statuses)
    told("D9", "every-route", routes=len(ours), answers=sweep.statuses.total(), **counted(sweep))


def test_what_breaks_answers_in_full_armour_on_every_route(made, ada):
    """500 and 503, wherever in the layers it was; whoever is logged in has it stored nowhere.

    The class, not one exception: raised again and again, one and the same keeps a longer traceback each time.
    """
    sweep, ours = Sweep(), our_routes()
    for where, (error, status) in product(BREAKS, ((ZeroDivisionError, 500), (OperationalError, 503))):
        client = browser(ada)
        with mock.patch(where, side_effect=error):
            for route in ours:
                answer = sweep.ask(client, "get", address(route, made), label=route.name)
                assert (route.name, where, answer.status_code) == (route.name, where, status)
    assert sweep.found == []
    told("D9", "what-breaks", routes=len(ours), answers=sweep.statuses.total(), **counted(sweep))


def test_the_roads_before_any_view_are_in_full_armour(made, ada):
    """Redirects of the layers, a forged host, a body too large, no token, too many tries, files, allauth."""
    sweep, client = Sweep(), browser(ada)
    large = {"data": "a=" + "x" * 1_100_000, "content_type": "application/x-www-form-urlencoded"}
    assert sweep.ask(client, "get", "/worklist").status_code == 301
    assert sweep.ask(client, "get", "/worklist/", headers={"Host": "evil.example"}).status_code == 400
    assert sweep.ask(client, "get", f"/patients/{MISSING_ID}/").status_code == 404
    assert sweep.ask(client, "get", "/nowhere/").status_code == 404
    assert sweep.ask(client, "post", reverse("patient_register"), **large).status_code == 413
    strict = browser(ada, enforce_csrf_checks=True)
    assert sweep.ask(strict, "post", reverse("patient_register"), {}).status_code == 403
    assert sweep.ask(client, "head", "/static/css/app.css", is_stored=True).status_code == 200
    for route in routes():
        if route.callback.__module__.startswith("allauth.") and (url := url_of(route, made)):
            for person in (browser(), browser(ada)):
                sweep.ask(person, "get", url, label=route.name)
    assert sweep.found == []
    told("D9", "before-any-view", answers=sweep.statuses.total(), **counted(sweep))


def nonces_of_answers(ada, *, times):
    """The nonces of twice as many answers, to ada and to nobody; each in full armour, so not stored."""
    known, unknown, nonces = browser(ada), browser(), []
    for _ in range(times):
        for client, url in ((known, reverse("mfa_index")), (unknown, reverse("account_login"))):
            answer = client.get(url, secure=True)
            assert list(missing(answer)) == []
            nonces.append(nonce_of(answer))
    return nonces


def test_no_two_answers_share_a_nonce(ada):
    nonces = nonces_of_answers(ada, times=500)
    assert "" not in nonces
    assert len(set(nonces)) == len(nonces) == 1_000
    told("D9", "nonces", answers=len(nonces), different=len(set(nonces)))


def test_a_nonce_stands_on_scripts_alone_and_not_where_no_page_is(ada):
    """A nonce in an answer that everybody may keep would be known; a script tag in one would not run."""
    stored = browser().head("/static/js/app.js", secure=True)
    assert (nonce_of(stored), list(missing(stored, is_stored=True))) == ("", [])
    assert nonce_of(browser(ada).get(reverse("worklist_rows"), secure=True)) == ""


def test_plain_http_is_sent_to_tls_with_the_policy(settings):
    answer = browser().get("/worklist/")
    lacks = [each for each in missing(answer) if not each.startswith("Strict-Transport")]
    assert (answer.status_code, answer.url, lacks) == (301, "https://testserver/worklist/", [])


def test_too_many_tries_are_refused_in_full_armour(ada):
    sweep, client = Sweep(), browser()
    for number in range(40):
        typed = {"login": f"nobody{number}@harbour.example", "password": "wrong-password"}
        answer = sweep.ask(client, "post", reverse("account_login"), typed)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert sweep.found == []


def test_the_cookies_of_a_log_in_are_bound_to_the_host(ada):
    client = browser()
    sweep = Sweep()
    sweep.ask(client, "get", reverse("account_login"))
    typed = {"login": ada.email, "password": builders.PASSWORD}
    answer = sweep.ask(client, "post", reverse("account_login"), typed)
    assert "__Host-session" in answer.cookies
    assert sweep.found == []


@pytest.mark.planted
@pytest.mark.parametrize(
    ("layer", "lacks"),
    [
        ("csp.middleware.CSPMiddleware", "Content-Security-Policy"),
        ("recovery_clinic.middleware.ArmourMiddleware", "Cross-Origin-Resource-Policy"),
    ],
)
def test_a_layer_that_is_taken_off_is_seen(settings, made, ada, layer, lacks):
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if each != layer]
    sweep = Sweep()
    sweep.ask(browser(ada), "get", reverse("worklist"))
    assert any(lacks in each for each in sweep.found)


@pytest.mark.planted
def test_a_nonce_that_is_used_again_is_seen(ada, monkeypatch):
    monkeypatch.setattr("csp.middleware.os.urandom", bytes)
    nonces = nonces_of_answers(ada, times=2)
    assert len(set(nonces)) < len(nonces)


@pytest.mark.planted
@pytest.mark.parametrize(
    "tag",
    [
        "<script>x()</script>",
        '<script nonce="AAAAAAAAAAAAAAAAAAAAAA==" src="/x.js"></script>',
        '<script src="/x.js"></script>',
    ],
)
def test_a_script_without_its_answers_nonce_is_seen(ada, monkeypatch, tag):
    monkeypatch.setattr("recovery_clinic.errors.render_to_string", lambda *_: tag)
    sweep = Sweep()
    sweep.ask(browser(ada), "get", "/worklist/", headers={"Host": "evil.example"})
    assert any("nonce:" in each for each in sweep.found)


@pytest.mark.planted
@pytest.mark.parametrize(
    ("name", "value", "lacks"),
    [
        ("SESSION_COOKIE_NAME", "session", "Set-Cookie: session"),
        ("SECURE_HSTS_SECONDS", 3600, "Strict-Transport-Security"),
        ("SECURE_REFERRER_POLICY", "origin", "Referrer-Policy"),
        ("SESSION_COOKIE_HTTPONLY", False, "Set-Cookie: __Host-session"),
    ],
)
def test_a_setting_that_is_weakened_is_seen(settings, ada, name, value, lacks):
    setattr(settings, name, value)
    sweep = Sweep()
    typed = {"login": ada.email, "password": builders.PASSWORD}
    sweep.ask(browser(), "post", reverse("account_login"), typed)
    assert any(lacks in each for each in sweep.found)


def counted(sweep):
    return {f"status_{status}": count for status, count in sorted(sweep.statuses.items())}
