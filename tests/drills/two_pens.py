"""A clinic of the drill's own, where what is written is committed, and one dose that many order at once."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from protocols.models import DoseStep
from protocols.presenters import check_dose, desk_of
from protocols.views.finding import course_or_404
from tests import builders
from tests.audit.own_database import own_database, together
from tests.house.everything import days_ago


@dataclass
class Pens:
    """One course, and the clinicians who have its form open."""

    people: list[Any]
    course: Any

    @property
    def url(self) -> str:
        return reverse("dose_adjust", args=[self.course.id])

    def form(self, **typed: Any) -> dict[str, Any]:
        """The order as everybody has it open now, each with a key of his own."""
        with as_ones(self.people[0]):
            course = course_or_404(self.people[0], self.course.id)
            desk = desk_of(course, self.people[0])
            seen = check_dose(desk, builders.a_dose("25", "daily"), days_ago(0)).seen
        form = {
            "patient": course.patient_id,
            "version": course.version,
            "entry_key": uuid.uuid4(),
            "amount": "25",
            "frequency": "daily",
            "starts_on": days_ago(0).isoformat(),
            "reason": "LH still low",
            "override_reason": "discussed",
            "checks_seen": seen,
            "stage": "save",
        }
        return {name: text for name, text in {**form, **typed}.items() if text is not None}

    def send(self, form: dict[str, Any], by: Any = None) -> HttpResponse:
        client = Client(raise_request_exception=False)
        client.force_login(by or self.people[0])
        return client.post(self.url, form)

    def race(self, forms: list[dict[str, Any]]) -> list[HttpResponse]:
        """All of these at one moment, each in a thread and on a connection of its own."""
        answers: dict[int, HttpResponse] = {}
        backends: set[int] = set()

        def run(index: int) -> None:
            try:
                answers[index] = self.send(forms[index], self.people[index % len(self.people)])
                backends.add(connection.connection.info.backend_pid)
            finally:
                connection.close()

        together(len(forms), run)
        assert len(backends) == len(forms), "Each thread has to have a connection of its own."
        return [answers[index] for index in range(len(forms))]

    @property
    def steps(self) -> int:
        with as_ones(self.people[0]):
            return DoseStep.objects.filter(course=self.course).count()


@contextmanager
def as_ones(person: Any) -> Iterator[None]:
    """A transaction that acts for this person's clinic."""
    with transaction.atomic():
        builders.acting(person)
        yield


@contextmanager
def pens(worker_id: str) -> Iterator[Any]:
    """A database of its own with two clinicians; yields a function that starts a course for them."""
    with own_database(worker_id, "pens"):
        options = connection.settings_dict["OPTIONS"]
        before = options["options"]
        # Thirty-two that wait for one another on a busy machine: that is the drill, and not a fault.
        options["options"] = f"{before} -c lock_timeout=60s -c statement_timeout=60s"
        try:
            with transaction.atomic():
                clinic = builders.a_clinic()
                people = [builders.a_person(name, clinic=clinic, role="clinician") for name in ("ada", "eve")]
            yield lambda: Pens(people, _a_course(people[0]))
        finally:
            options["options"] = before


def _a_course(ada: Any) -> Any:
    with as_ones(ada):
        episode = builders.an_episode(builders.a_patient(ada), by=ada, stopped=days_ago(100))
        return builders.a_course(episode, by=ada, starts_on=days_ago(40))


def statuses(answers: list[HttpResponse]) -> dict[int, int]:
    """How often each status was answered."""
    found = [answer.status_code for answer in answers]
    return {status: found.count(status) for status in sorted(set(found))}
