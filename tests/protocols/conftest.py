"""A man in his sixth week on clomiphene, on 2 March 2026, and the forms of his treatment."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from protocols import actions
from protocols.models import Course
from tests import builders

TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def march() -> Iterator[None]:
    """It is Monday, 2 March 2026, ten o'clock in London."""
    with time_machine.travel(datetime(2026, 3, 2, 10, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def patient(ada: Any) -> Any:
    return builders.a_patient(ada)


@pytest.fixture
def episode(ada: Any, patient: Any) -> Any:
    """Cypionate, last dose on 12 January: effective stop on 26 January."""
    return builders.an_episode(patient, by=ada)


@pytest.fixture
def labs(ada: Any, patient: Any) -> Any:
    return builders.a_panel(patient, by=ada, on=date(2026, 2, 23), TT="310", LH="4.8", E2="38")


@pytest.fixture
def course(ada: Any, episode: Any, labs: Any) -> Course:
    """Clomiphene 25 mg every other day since 26 January."""
    return builders.a_course(episode, by=ada)


@dataclass
class Adjusting:
    """The adjust form of one course, as one browser has it open."""

    client: Any
    course: Course
    fields: dict[str, Any]

    @property
    def url(self) -> str:
        return reverse("dose_adjust", args=[self.course.id])

    def post(self, stage: str = "read", **typed: Any) -> Any:
        """Post the form; a field given as None is not sent."""
        fields = {**self.fields, "stage": stage, **typed}
        return self.client.post(self.url, {key: value for key, value in fields.items() if value is not None})

    def save(self, **typed: Any) -> Any:
        """Read back, then save what was read."""
        page = self.post(**typed)
        seen = page.context["page"].check.seen
        return self.post("save", checks_seen=seen, **typed)


@pytest.fixture
def adjusting(ada: Any, client: Any, course: Course) -> Adjusting:
    """Ada has the form open and has typed 25 mg daily."""
    client.force_login(ada)
    return Adjusting(
        client,
        course,
        {
            "patient": course.patient_id,
            "version": course.version,
            "entry_key": uuid.uuid4(),
            "amount": "25",
            "frequency": "daily",
            "starts_on": "2026-03-02",
            "reason": "LH still low",
        },
    )


def adjust(course: Course, *, by: Any, **fields: Any) -> Any:
    """Adjust to 25 mg daily from today, as the version says that it is now."""
    course.refresh_from_db()
    defaults = {
        "dose": builders.a_dose("25", "daily"),
        "starts_on": TODAY,
        "reason": "LH still low",
        "read_version": course.version,
        "entry_key": uuid.uuid4(),
    }
    return actions.adjust_dose(course, by=by, **{**defaults, **fields})
