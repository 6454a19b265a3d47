"""The roads to the chart: who may take them, and what they answer."""

import base64
import hashlib
import json
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from tests import builders

ROADS = ["recovery_chart", "recovery_chart_svg"]


@pytest.fixture
def patient(cal: Any, ada: Any) -> Any:
    builders.an_episode(cal.patient, by=ada, stopped=date(2026, 1, 12))
    builders.a_panel(cal.patient, by=ada, on=date(2026, 3, 2), TT="410", LH="<0.1")
    return cal.patient


def ask(person: Any, name: str, patient: Any, query: str = "", **headers: str) -> Any:
    client = Client()
    client.force_login(person)
    return client.get(reverse(name, args=[patient.id]) + query, headers=headers)


@pytest.mark.parametrize("name", ROADS)
def test_the_care_team_sees_it_and_nobody_else(
    name: str, patient: Any, ada: Any, ben: Any, cal: Any, mallory: Any
) -> None:
    assert ask(ada, name, patient).status_code == 200
    assert ask(ben, name, patient).status_code == 200
    assert ask(cal, name, patient).status_code == 404
    assert ask(mallory, name, patient).status_code == 404
    assert Client().get(reverse(name, args=[patient.id])).status_code == 302


@pytest.mark.parametrize("name", ROADS)
def test_a_look_is_recorded(name: str, patient: Any, ada: Any) -> None:
    ask(ada, name, patient)
    builders.acting(ada)
    assert Event.objects.filter(action=f"timeline.{name}.viewed", patient_id=patient.id).count() == 1


@pytest.mark.parametrize("name", ROADS)
def test_before_the_first_episode_there_is_no_chart(name: str, ada: Any) -> None:
    assert ask(ada, name, builders.a_patient(ada)).status_code == 404


def test_the_specification_leaves_colours_to_the_page(patient: Any, ada: Any) -> None:
    answer = ask(ada, "recovery_chart", patient)
    assert answer["Content-Type"] == "application/json"
    spec = json.loads(answer.content)
    assert "config" not in spec
    assert "<0.1" in answer.content.decode()


def test_the_picture_takes_theme_and_width(patient: Any, ada: Any) -> None:
    wide = ask(ada, "recovery_chart_svg", patient)
    assert wide["Content-Type"] == "image/svg+xml"
    assert "&lt;0.1" in wide.content.decode()
    dark = ask(ada, "recovery_chart_svg", patient, "?theme=dark")
    narrow = ask(ada, "recovery_chart_svg", patient, "?width=narrow")
    assert len({wide["ETag"], dark["ETag"], narrow["ETag"]}) == 3


def test_a_picture_that_the_reader_has_is_not_drawn_again(patient: Any, ada: Any) -> None:
    etag = ask(ada, "recovery_chart_svg", patient)["ETag"]
    again = ask(ada, "recovery_chart_svg", patient, **{"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    builders.acting(ada)
    builders.a_panel(patient, by=ada, on=date(2026, 3, 30), TT="455")
    assert ask(ada, "recovery_chart_svg", patient, **{"If-None-Match": etag}).status_code == 200


def test_the_picture_allows_its_own_style_and_nothing_else(patient: Any, ada: Any) -> None:
    answer = ask(ada, "recovery_chart_svg", patient, "?theme=auto")
    style = re.findall(r"<style>(.*?)</style>", answer.content.decode(), flags=re.S)
    assert len(style) == 1
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
