"""The API reads strictly, answers every refusal as a problem, and pages without skipping or doubling."""

import json
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from accounts.api.parsing import LARGEST, read_json
from accounts.problems import KINDS, MEDIA_TYPE, Problem
from tests import builders
from tests.hostile import NOT_ACCEPTED, UNREADABLE

JSON = "application/json"


@pytest.fixture
def asked(client, ada):
    """A browser of ada's."""
    client.force_login(ada)
    client.raise_request_exception = False
    return client


def search(client, body, content_type=JSON, **more):
    return client.post(reverse("api_patient_search"), body, content_type, **more)


def is_problem(answer, kind):
    found = answer.json()
    return (
        answer.headers["Content-Type"] == MEDIA_TYPE
        and answer.status_code == found["status"] == KINDS[kind].status
        and found["type"] == f"urn:recovery-clinic:problem:{kind}"
        and bool(found["title"] and found["detail"])
    )


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_body_made_to_hurt_is_refused_for_what_it_is(asked, name):
    body, word = UNREADABLE[name]
    answer = search(asked, body)
    assert is_problem(answer, "unreadable")
    assert word in answer.json()["detail"]
    assert "Accepted:" in answer.json()["detail"]


@pytest.mark.parametrize("name", NOT_ACCEPTED)
def test_a_body_of_another_shape_is_refused_by_its_field(asked, name):
    answer = search(asked, NOT_ACCEPTED[name])
    assert is_problem(answer, "invalid")
    for error in answer.json()["errors"]:
        assert "Accepted:" in error["detail"]
        assert error["detail"].startswith("found")


def test_what_is_just_allowed_is_read():
    assert read_json("[" * 32 + "]" * 32)
    assert read_json(json.dumps({f"n{each}": 1 for each in range(2_000)}))
    assert read_json('{"brackets": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "quote": "\\"[{"}')
    assert read_json('"\\ud83d\\ude00"') == "\N{GRINNING FACE}"
    assert read_json("999999999999999") == 999_999_999_999_999


def test_a_bracket_behind_an_escape_is_not_hidden_from_the_count():
    with pytest.raises(Problem, match="nested"):
        read_json('["\\\\", ' + "[" * 40)


def test_a_body_that_is_too_large_is_refused_unread(asked):
    assert is_problem(search(asked, b'"' + b"a" * LARGEST + b'"'), "too-large")
    assert is_problem(
        search(asked, b"a=" + b"b" * LARGEST, "application/x-www-form-urlencoded"), "media-type"
    )


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "a/b/c"],
)
def test_another_kind_of_body_is_refused(asked, kind):
    assert is_problem(search(asked, b'{"words": "a"}', kind), "media-type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_by_another_spelling_is_read(asked, kind):
    assert search(asked, b'{"words": "a"}', kind).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "cursor=a%00b",
        "cursor=%ff",
        "limit=0",
        "limit=1e2",
        "limit=%D9%A3",
        "limit=5&limit=5",
        "format=api",
        "_=1",
    ],
)
def test_a_query_that_is_not_known_is_refused(asked, query):
    assert is_problem(asked.get(f"{reverse('api_patients')}?{query}"), "unreadable")


def test_no_cursor_names_a_patient_of_elsewhere(asked, mallory):
    foreign = builders.a_patient(builders.acting(mallory))
    assert is_problem(asked.get(reverse("api_patients"), {"cursor": foreign.id}), "unreadable")


@pytest.mark.parametrize("wish", ["text/html", "application/xml", "*/*;q=0"])
def test_every_answer_is_json_whatever_was_wished_for(asked, wish):
    headers = {"Accept": wish}
    assert asked.get(reverse("api_patients"), headers=headers).headers["Content-Type"] == JSON
    nowhere = asked.get("/api/v1/nowhere", headers=headers)
    assert is_problem(nowhere, "not-found")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "head", "trace"])
def test_a_method_that_is_not_taken_is_refused_in_json(asked, method):
    answer = getattr(asked, method)(reverse("api_patients"))
    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize(("error", "kind"), [(ZeroDivisionError, "failed"), (OperationalError, "away")])
@pytest.mark.parametrize("where", ["patients.api.seen_by", "accounts.middleware.take_standing"])
def test_what_breaks_answers_in_json(asked, where, error, kind):
    with mock.patch(where, side_effect=error("planted")):
        answer = asked.get(reverse("api_patients"))
    assert is_problem(answer, kind)
    assert "planted" not in answer.content.decode()


def test_nobody_is_told_so_in_json(db):
    client = Client()
    for url in (reverse("api_patients"), reverse("api_schema")):
        answer = client.get(url)
        assert is_problem(answer, "no-credentials")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_forged_host_is_told_so_in_json(asked):
    assert is_problem(asked.get(reverse("api_patients"), headers={"Host": "evil.example"}), "unreadable")


def walk(client, url, limit):
    found, cursor = [], None
    while True:
        asked = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = client.get(url, asked).json()
        assert len(page["rows"]) <= limit
        found += [row["id"] for row in page["rows"]]
        cursor = page["next"]
        if cursor is None:
            return found


def test_pages_show_each_row_once_and_in_order(asked, ada):
    """With the same name many times, so that only the id tells them apart."""
    made = {str(builders.a_patient(ada).id) for _ in range(5)}
    made.add(str(builders.a_patient(ada, family_name="Aal").id))
    found = walk(asked, reverse("api_patients"), 2)
    assert (len(found), set(found)) == (6, made)
    assert found == walk(asked, reverse("api_patients"), 200)
    panels = [
        str(builders.a_panel(builders.Patient.objects.get(pk=found[0]), by=ada, on=day).id) for day in days()
    ]
    shown = walk(asked, reverse("api_panels", args=[found[0]]), 2)
    assert shown == panels[::-1]


def days():
    return [builders.date(2026, 3, number) for number in (2, 3, 4, 5, 6)]


def test_a_search_finds_by_every_word_and_pages(asked, ada):
    for given in ("Otto", "Otmar", "Karl"):
        builders.a_patient(ada, given_name=given, family_name="Öztürk")
    first = search(asked, {"words": "ozturk ot", "limit": 1}).json()
    assert [row["given_name"] for row in first["rows"]] == ["Otmar"]
    second = search(asked, {"words": "ozturk ot", "limit": 1, "cursor": first["next"]}).json()
    assert ([row["given_name"] for row in second["rows"]], second["next"]) == (["Otto"], None)
