"""D6, forged click: another site's form does nothing, looking changes nothing, and no session is handed on.

A form that comes when its session has ended loses no word, and is stored once.

How long a session lives is measured in tests/accounts/test_sessions.py.
"""

import re
import time
from collections import Counter

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, include, path, reverse
from django.views.decorators.csrf import csrf_exempt
from psycopg import sql

from accounts.models import Clinic, Role
from accounts.unsaved import DRAWN_ON
from patients.models import Patient
from tests import builders
from tests.drills.figures import told
from tests.drills.late import TYPED, all_late
from tests.house.deeds import DEEDS, address, sent
from tests.house.doors import our_routes, routes

UNSAFE = ("post", "put", "patch", "delete")
TOKEN = "a" * 32
ELSEWHERE = "https://elsewhere.example"
# Who looked is written down, and when he was last seen.
MAY_CHANGE = {"audit_event", "audit_link", "django_session", "accounts_cache"}
# django-allauth copies a person's own address into its table when he first looks at his addresses.
NOTED_BY_ALLAUTH = "account_email account_emailaddress"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@csrf_exempt
def open_to_all(request):
    return HttpResponse("done")


def writes_when_looked_at(request):
    Clinic.objects.update(phone="changed by a look")
    return HttpResponse("seen")


# The project's own roads with two planted ones.
urlpatterns = [
    path("planted/open/", open_to_all, name="planted_open"),
    path("planted/writes/", writes_when_looked_at, name="planted_writes"),
    path("", include("recovery_clinic.urls")),
]


@pytest.fixture
def planted(settings):
    settings.ROOT_URLCONF = __name__


def strict(person=None, *, token=False):
    """A browser that is asked for its token; `token` lets it have one."""
    client = Client(enforce_csrf_checks=True)
    if person is not None:
        client.force_login(person)
    if token:
        client.cookies["csrf"] = TOKEN
    return client


def planted_routes():
    return [route for route in routes() if (route.name or "").startswith("planted")]


def url_of(route, made):
    """The address of a route of ours, or of one that needs no record; None for allauth's with a key."""
    if route in our_routes() and not route.name.startswith("planted"):
        return address(route, made)
    try:
        return reverse(route.name)
    except NoReverseMatch:
        return None


def table_digests():
    """A digest of every table of the project, but of those that a look may change."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if (name := model._meta.db_table) not in MAY_CHANGE:
                digest = sql.SQL("select md5(string_agg(t::text, '|' order by t::text)) from {} t")
                cursor.execute(digest.format(sql.Identifier(name)))
                found[name] = cursor.fetchone()[0]
    return found


def forged(made, by, among):
    """Routes that let in what another site could have sent: without a token, or with one from elsewhere."""
    found, asked = [], 0
    without, wrong = strict(by), strict(by, token=True)
    builders.acting(by)
    before = table_digests()
    for route in among:
        url = url_of(route, made)
        if url is None:
            continue
        form = DEEDS[route.name](made, by) if route.name in DEEDS else {}
        for method in UNSAFE:
            what = sent(route.name or "", form) if method == "post" else {"data": ""}
            forgery = {"X-CSRFToken": TOKEN, "Origin": ELSEWHERE}
            answers = [
                getattr(without, method)(url, **what),
                getattr(wrong, method)(url, **{**what, "headers": {**what.get("headers", {}), **forgery}}),
            ]
            asked += len(answers)
            found += [f"{method} {route.name} {each.status_code}" for each in answers if not is_csrf(each)]
    builders.acting(by)
    found += [f"{name} changed" for name, digest in table_digests().items() if digest != before[name]]
    return found, asked


def is_csrf(answer):
    """Refused for the token: by the page that says so, or for a program by the problem of that name."""
    said = "403_csrf.html" in {each.name for each in answer.templates}
    return answer.status_code == 403 and (said or b"urn:recovery-clinic:problem:forged" in answer.content)


def test_no_forged_request_gets_in(made, ada):
    found, asked = forged(made, ada, routes())
    assert found == []
    told("D6", "forged", requests=asked, let_in=len(found))


def test_a_true_request_with_the_same_token_gets_in(made, ada):
    """Else the forged ones were refused for something else."""
    [route] = [route for route in our_routes() if route.name == "panel_new"]
    client = strict(ada, token=True)
    headers = {"X-CSRFToken": TOKEN, "Origin": "http://testserver"}
    assert (
        client.post(address(route, made), DEEDS["panel_new"](made, ada), headers=headers).status_code == 302
    )


def test_no_view_is_exempt():
    assert [route.name for route in routes() if getattr(route.callback, "csrf_exempt", False)] == []


@pytest.mark.planted
def test_a_view_that_is_exempt_is_seen(made, ada, planted):
    found, _ = forged(made, ada, planted_routes())
    assert found == [f"{method} planted_open 200" for method in UNSAFE for _ in range(2)]


def looked(made, by, people, among):
    """What changed, by route, while these people looked at everything by GET and HEAD."""
    found, statuses = [], Counter()
    clients = [Client() for _ in people]
    for client, person in zip(clients, people, strict=True):
        client.force_login(person)
    builders.acting(by)
    before = table_digests()
    for route in among:
        if (url := url_of(route, made)) is None:
            continue
        for client in clients:
            for method in ("get", "head"):
                statuses[getattr(client, method)(url).status_code] += 1
        builders.acting(by)
        after = table_digests()
        found += [f"{route.name} {name}" for name in after if after[name] != before[name]]
        before = after
    return found, statuses


def test_looking_changes_nothing(made, ada, cal, clinic):
    amy = builders.a_person("amy", clinic=clinic, role=Role.ADMIN)
    assert Patient.objects.exists()
    found, statuses = looked(made, ada, [ada, amy, cal], routes())
    assert found == [NOTED_BY_ALLAUTH]
    told(
        "D6",
        "looking",
        requests=statuses.total(),
        pages_shown=statuses[200],
        rows_changed=0,
        known_exceptions=1,
    )


@pytest.mark.planted
def test_a_page_that_writes_when_looked_at_is_seen(made, ada, planted):
    found, _ = looked(made, ada, [ada], planted_routes())
    assert found == ["planted_writes accounts_clinic"]


def code_of_now():
    return format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))


def test_a_session_from_before_the_log_in_is_not_handed_on(ada, settings):
    """The password changes the key, and so does the second factor: a key planted before is worth nothing."""
    TOTP.activate(ada, SECRET)
    client, keys = Client(), []
    client.session.save()
    keys.append(client.session.session_key)
    client.post(reverse("account_login"), {"login": ada.email, "password": builders.PASSWORD})
    assert client.get(reverse("worklist")).status_code == 302
    keys.append(client.session.session_key)
    client.post(reverse("mfa_authenticate"), {"code": code_of_now()})
    assert client.get(reverse("worklist")).status_code == 200
    keys.append(client.session.session_key)
    for key in keys[:2]:
        planted_before = Client()
        planted_before.cookies[settings.SESSION_COOKIE_NAME] = key
        assert planted_before.get(reverse("worklist")).status_code == 302
    assert len(set(keys)) == len(keys)


def test_proving_oneself_again_changes_the_session(ada):
    client = Client()
    client.force_login(ada)
    before, began = client.session.session_key, time.time()
    client.post(reverse("account_reauthenticate"), {"password": builders.PASSWORD})
    assert client.session["account_authentication_methods"][-1]["at"] >= began
    assert client.session.session_key != before


@pytest.fixture
def amy(ada, clinic):
    return builders.a_person("amy", clinic=clinic, role=Role.ADMIN)


LOSERS = ["course_stop", "flag_acknowledge", "note", "patient_register"]


def test_what_is_sent_after_the_session_ended_is_back_in_its_form_and_stored_once(made, ada, amy):
    found, asked = all_late(made, ada, amy, htmx=[False])
    found_by_htmx, asked_by_htmx = all_late(made, ada, amy, names=LOSERS, htmx=[True])
    assert found + found_by_htmx == []
    told(
        "D6",
        "late",
        forms=len(DRAWN_ON),
        sent_late=asked + asked_by_htmx,
        words_lost=0,
        saved_by_themselves=0,
        saved_twice=0,
    )


@pytest.mark.nightly
def test_htmx_loses_no_word_of_any_form_either(made, ada, amy):
    found, asked = all_late(made, ada, amy, htmx=[True])
    assert found == []
    told("D6", "late-htmx", forms=len(DRAWN_ON), sent_late=asked, words_lost=0, saved_twice=0)


@pytest.mark.planted
def test_forms_that_are_dropped_are_seen(made, ada, amy, monkeypatch):
    monkeypatch.setattr("accounts.permissions.keep", lambda request: None)
    found, _ = all_late(made, ada, amy, names=LOSERS)
    assert found == [f"{name} is lost" for name in LOSERS for _ in range(2)]


@pytest.mark.planted
def test_a_form_that_comes_back_empty_is_seen(made, ada, amy, monkeypatch):
    """The fields are dropped on the way, and all that the page says is that something was there."""
    monkeypatch.setattr("accounts.unsaved.SECRET", re.compile("reason|comment|text|allergies"))
    found, _ = all_late(made, ada, amy, names=LOSERS)
    assert found == [f"{name} loses {TYPED}" for name in LOSERS for _ in range(2)]
