"""Walking every door that shows a patient, and comparing what was shown with what was written down."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.urls import URLPattern

from accounts.models import Role
from audit.models import Event, Outcome
from patients.models import Patient
from tests import builders
from tests.house.deeds import DEEDS, address, sent
from tests.house.doors import DOORS, our_routes
from tests.house.everything import CANARY, Everything
from tests.proof import proven

# What IHE BALP asks of a row about a patient; `details` may be empty.
FIELDS = (
    "happened_at clinic_id actor_id actor_role action code object_kind object_id patient_id source "
    "request_id purpose"
).split()


@dataclass
class Found:
    """What a walk visited, and what was wrong with the rows that it left."""

    wrong: list[str] = field(default_factory=list)
    requests: int = 0
    shown: int = 0
    rows: int = 0


def marked(names: Iterable[str] | None = None) -> list[URLPattern]:
    """The routes whose answers can show a patient."""
    chosen = [route for route in our_routes() if route.name in DOORS and DOORS[route.name].shows_patient]
    return [route for route in chosen if names is None or route.name in set(names)]


def reader_of(name: str, people: dict[Role, Any]) -> Any:
    """Somebody who may pass this door."""
    return next(person for role, person in people.items() if role in DOORS[name].audience)


def subject_of(route: URLPattern, made: Everything) -> Any:
    """The man of whom an address that names a record speaks."""
    others = {
        "episode_open": made.newcomer,
        "emergency": made.guarded,
        "restriction_carers": made.guarded,
        "restriction_lift": made.guarded,
    }
    return others.get(route.name, made.patient)


def asked_of(route: URLPattern, made: Everything, by: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The requests that one route is asked with: a look, and forms as they come back from a slip."""
    methods = DOORS[route.name].methods.split()
    if "GET" in methods:
        yield "get", {}
    if "POST" in methods:
        builders.acting(by)
        form = DEEDS[route.name](made, by)
        other = made.newcomer if form.get("patient") != made.newcomer.id else made.patient
        yield "post", ({"patient": form["patient"]} if "patient" in form else {})
        yield "post", {**form, "patient": other.id}
        yield "post", {key: value for key, value in form.items() if key != "version"}
        yield "post", {**form, "version": 77}


def walk(made: Everything, people: dict[Role, Any], by: Any, routes: Iterable[URLPattern]) -> Found:
    """Ask each of them and say where a patient was shown without a whole row of whoever looked."""
    found = Found()
    everybody = {patient.mrn: patient.id for patient in Patient.objects.all()}
    for route in routes:
        person = reader_of(route.name, people)
        for method, form in asked_of(route, made, by):
            builders.acting(by)
            last = Event.objects.latest("id").id
            # A new browser each time: what one request has to say is shown by the next page.
            client = proven(Client(), person)
            told = sent(route.name, form) if method == "post" else {}
            page = getattr(client, method)(address(route, made), **told).content.decode(errors="replace")
            builders.acting(by)
            rows = list(Event.objects.filter(id__gt=last).exclude(patient_id=None))
            shown = {everybody[mrn] for mrn in everybody if mrn in page}
            found.requests += 1
            found.shown += len(shown)
            found.rows += len(rows)
            wrong = complaints(page, shown, rows, person)
            found.wrong += [f"{method} {route.name}: {each}" for each in wrong]
    return found


def complaints(page: str, shown: set[Any], rows: list[Event], person: Any) -> list[str]:
    """What is wrong with the rows of one request."""
    whole = {row.patient_id for row in rows if not lacking(row) and row.actor_id == person.id}
    wrong = [f"shows {len(shown - whole)} patients without a row"] if shown - whole else []
    wrong += ["shows something of a patient without a row"] if CANARY in page and not whole else []
    return wrong + [f"a row without {' '.join(lacking(row))}" for row in rows if lacking(row)]


def lacking(row: Event) -> list[str]:
    """The fields that this row should have and has not."""
    missing = [name for name in FIELDS if getattr(row, name) in (None, "")]
    return missing + ([] if row.outcome in Outcome.values else ["outcome"])
