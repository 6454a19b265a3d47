"""D13, fuzz: whatever is sent, the answer is the one that was promised, and never a mistake of ours."""

from collections import Counter
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Role
from accounts.problems import MEDIA_TYPE
from recovery_clinic.api import description
from tests import builders
from tests.drills.figures import told
from tests.drills.fuzzing import aimed, described, fuzz
from tests.drills.hostile import BODIES, FORM, VALUES, spoiled
from tests.hostile import NOT_ACCEPTED, UNREADABLE
from tests.house.deeds import DEEDS, address, is_api, sent
from tests.house.doors import ANYONE, DOORS, our_routes
from tests.product import Product, a_product
from tests.proof import proven

FEWEST = 200


@pytest.fixture
def people(ada, cal, clinic):
    """One of each circle, with a fresh proof, so that no deed stops at the question who he is."""
    builders.acting(ada)
    amy = builders.a_person("amy", clinic=clinic, role=Role.ADMIN)
    found = {Role.CLINICIAN: ada, Role.ADMIN: amy, Role.PATIENT: cal}
    return {role: proven(Client(raise_request_exception=False), person) for role, person in found.items()}


def browser_for(people, name):
    roles = DOORS[name].audience if name in DOORS else {Role.CLINICIAN}
    return next(client for role, client in people.items() if role in roles or roles == ANYONE)


class Sweep:
    """Sends, counts, and keeps what answered as nothing should."""

    def __init__(self):
        self.statuses, self.found = Counter(), []

    def judge(self, answer, what, *, in_json=False):
        self.statuses[answer.status_code] += 1
        # A monitor is told 503 where there is no worker.
        if answer.status_code >= 500 and not what.startswith("health_behind"):
            self.found.append(f"{what} answers {answer.status_code}")
        elif in_json and not (
            400 <= answer.status_code < 500 and answer.headers["Content-Type"] == MEDIA_TYPE
        ):
            self.found.append(f"{what} answers {answer.status_code} {answer.headers['Content-Type']}")


def test_the_description_is_the_list_of_routes():
    """Whoever reads it finds every address under /api/ with every method, and no other."""
    said = {(url, method.upper()) for url, methods in description()["paths"].items() for method in methods}
    doors = {
        (f"/{str(route.pattern).replace('<uuid:', '{').replace('>', '}')}", method)
        for route in our_routes()
        if is_api(route.name)
        for method in DOORS[route.name].methods.split()
    }
    assert said == doors
    told("D13", "description", operations=len(said))


def hostile_json(people, made, ada, names):
    """Every hostile body at every address that takes one."""
    sweep = Sweep()
    bodies = {name: body for name, (body, _) in UNREADABLE.items()} | NOT_ACCEPTED
    for route in our_routes():
        if route.name not in names:
            continue
        builders.acting(ada)
        url, client = address(route, made), browser_for(people, route.name)
        headers = sent(route.name, DEEDS.get(route.name, lambda *_: {})(made, ada)).get("headers", {})
        for name, body in bodies.items():
            answer = client.generic("POST", url, body, content_type="application/json", headers=headers)
            sweep.judge(answer, f"{route.name}: {name}", in_json=True)
    return sweep


def test_bodies_made_to_hurt_are_refused_in_json(made, people, ada):
    names = {name for name in DEEDS if is_api(name)}
    sweep = hostile_json(people, made, ada, names)
    assert sweep.found == []
    assert sweep.statuses.total() == len(names) * (len(UNREADABLE) + len(NOT_ACCEPTED))
    told("D13", "hostile-json", addresses=len(names), bodies=sweep.statuses.total(), server_errors=0)


def hostile_forms(people, made, ada, names, values):
    """Every form with each of its fields spoiled in turn, every broken body, and every query."""
    sweep = Sweep()
    for route in our_routes():
        if route.name not in names:
            continue
        builders.acting(ada)
        url, client = address(route, made), browser_for(people, route.name)
        form = DEEDS[route.name](made, ada) if route.name in DEEDS else {}
        for value, spoilt in values.items():
            for field, body in spoiled(form, spoilt) if form else ():
                sweep.judge(
                    client.generic("POST", url, body, content_type=FORM), f"{route.name}: {field} is {value}"
                )
            query = b"&".join(name + b"=" + spoilt[:900] for name in (b"q", b"page", b"since", b"after"))
            answer = client.get(url, QUERY_STRING=query.decode("latin-1"))
            sweep.judge(answer, f"{route.name}: a query of {value}")
        for name, (body, kind) in BODIES.items():
            sweep.judge(client.generic("POST", url, body, content_type=kind), f"{route.name}: {name}")
    return sweep


PAGES = sorted(name for name in DOORS if not is_api(name))
FEW = {name: VALUES[name] for name in ("a NUL", "no UTF-8", "1e400")}


def test_no_form_is_broken_by_what_nobody_types(made, people, ada):
    """Every page's form, all of its fields at once; each in turn in the nightly one."""
    sweep = Sweep()
    for route in our_routes():
        if route.name not in PAGES:
            continue
        builders.acting(ada)
        url, client = address(route, made), browser_for(people, route.name)
        form = DEEDS[route.name](made, ada) if route.name in DEEDS else {"a": "b"}
        for value, spoilt in FEW.items():
            *_, (_, body) = spoiled(form, spoilt)
            sweep.judge(
                client.generic("POST", url, body, content_type=FORM), f"{route.name}: every field is {value}"
            )
            query = "&".join(f"{name}=%00" for name in ("q", "page", "since", "after", "units", "sort"))
            sweep.judge(client.get(f"{url}?{query}"), f"{route.name}: a query of {value}")
    assert sweep.found == []
    told("D13", "forms", pages=len(PAGES), requests=sweep.statuses.total(), server_errors=0)


@pytest.mark.nightly
def test_no_field_of_any_form_is_broken_by_what_nobody_types(made, people, ada):
    sweep = hostile_forms(people, made, ada, set(PAGES), VALUES)
    assert sweep.found == []
    told("D13", "fields", pages=len(PAGES), requests=sweep.statuses.total(), server_errors=0)


def at_random(names, throw):
    """Throws forty bodies made of these names and of bytes, the same ones each time."""
    pairs = st.lists(st.tuples(st.sampled_from(names), st.binary(max_size=60)), max_size=8)

    @settings(
        max_examples=40,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(pairs=pairs, tail=st.binary(max_size=40))
    def one(pairs, tail):
        throw(b"&".join(key + b"=" + value for key, value in pairs) + tail)

    one()


@pytest.mark.nightly
def test_no_form_is_broken_by_whatever_comes(made, people, ada):
    """Random bytes, and random text under the form's own names."""
    sweep = Sweep()
    for route in our_routes():
        if route.name not in PAGES or route.name not in DEEDS:
            continue
        builders.acting(ada)
        url, client = address(route, made), browser_for(people, route.name)
        names = [name.encode() for name in DEEDS[route.name](made, ada)] or [b"patient"]

        def throw(body, url=url, client=client, name=route.name):
            sweep.judge(client.generic("POST", url, body, content_type=FORM), f"{name}: {body!r}")

        at_random(names, throw)
    assert sweep.found == []
    told("D13", "random-forms", requests=sweep.statuses.total(), server_errors=0)


def breaks_on_nul(request):
    """What somebody writes who hands text to the database as it came."""
    is_form = request.path.startswith("/planted/")
    text = request.POST.get("a", "") if is_form else request.body.decode(errors="ignore")
    with connection.cursor() as cursor:
        cursor.execute("select %s::text", [text])
    return HttpResponse("stored")


urlpatterns = [
    path("planted/nul/", breaks_on_nul, name="planted_nul"),
    path("api/v1/planted", breaks_on_nul, name="api_planted"),
    path("", include("recovery_clinic.urls")),
]


@pytest.mark.planted
def test_a_page_that_breaks_on_a_nul_is_seen(made, people, ada, settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    monkeypatch.setitem(DEEDS, "planted_nul", lambda made, by: {"a": "b"})
    sweep = hostile_forms(people, made, ada, {"planted_nul"}, {"a NUL": VALUES["a NUL"]})
    assert "planted_nul: a is a NUL answers 500" in sweep.found


@pytest.mark.planted
def test_an_address_that_breaks_on_a_nul_is_seen(made, people, ada, settings):
    settings.ROOT_URLCONF = __name__
    sweep = hostile_json(people, made, ada, {"api_planted"})
    assert "api_planted: a raw NUL answers 500" in sweep.found
    assert any("answers 200" in each for each in sweep.found), "and that it takes what is no JSON"


@pytest.fixture(scope="module")
def fuzzed(worker_id):
    """A clinic of its own behind a real server, and a token for each principal."""
    with a_product(f"fuzz_{worker_id}", Product) as product:
        seed = product.run("tests.drills.fuzz_seed")
        product.start("web", LOG_LEVEL="CRITICAL")
        product.until_ready()
        yield product, seed, aimed(described(product.address, seed["tokens"]["clinician"]), seed)


RUNS = {
    "clinician": {"examples": 40, "phases": "examples,coverage,fuzzing,stateful"},
    "staff": {"examples": 40},
    "reader": {"examples": 40},
    "admin": {"examples": 40},
    "nobody": {"examples": 40},
}


@pytest.mark.nightly
@pytest.mark.journey
@pytest.mark.xdist_group("fuzz")
def test_every_operation_answers_everybody_as_it_is_described(fuzzed, tmp_path):
    product, seed, schema = fuzzed
    cases, statuses = Counter(), Counter()
    for principal, how in RUNS.items():
        token = seed["tokens"].get(principal, "")
        run = fuzz(product.address, schema, tmp_path / principal, token=token, **how)
        assert run.complaints == "", run.complaints
        cases.update(run.cases)
        statuses.update(run.statuses)
    assert statuses[201] > 0, "no request got as far as storing a panel"
    operations = {f"{method.upper()} {url}" for url, methods in schema["paths"].items() for method in methods}
    asked = {name: cases[name] for name in operations}
    assert min(asked.values()) >= FEWEST, asked
    told(
        "D13",
        "described",
        operations=len(operations),
        principals=len(RUNS),
        cases=sum(asked.values()),
        fewest=min(asked.values()),
        stored=statuses[201],
        server_errors=sum(count for status, count in statuses.items() if status >= 500),
    )


@pytest.fixture
def careless(free_port):
    """A server that asks nobody who he is, and falls over a letter that it did not expect."""

    def application(environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        falls = not environ["wsgi.input"].read(length).isascii()
        start_response("500 Oops" if falls else "200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    server = make_server("127.0.0.1", free_port, application, handler_class=Silent)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{free_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Silent(WSGIRequestHandler):
    """Says nothing of what it serves."""

    def log_message(self, *args):
        """Nothing."""


CARELESS = {
    "openapi": "3.1.0",
    "info": {"title": "careless", "version": "1"},
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/words": {
            "post": {
                "security": [{"token": []}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"type": "string"}}},
                },
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
            }
        }
    },
}


@pytest.mark.nightly
@pytest.mark.planted
def test_a_careless_server_is_complained_of(careless, tmp_path):
    """For the two things that a fuzz must not miss: who may, and what breaks."""
    run = fuzz(careless, CARELESS, tmp_path / "run", token="any", examples=60)
    assert run.statuses[500] > 0
    for complaint in ("Server error", "API accepts requests without authentication"):
        assert complaint.lower() in run.complaints.lower(), run.complaints
