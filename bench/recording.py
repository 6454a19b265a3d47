"""Recording a panel of six results: the action, and the same through the page."""

import itertools
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from bench.floor import Floor
from bench.measuring import Deed, Line, measure, statements_of
from bench.seeding import World
from labs import actions
from labs.models import Laboratory, Panel, PanelKind
from patients.models import Patient
from tests import builders
from tests.labs import posting

VALUES = {"TT": "320", "LH": "4.6", "FSH": "5.0", "E2": "30", "SHBG": "34", "HCT": "46.1"}
FLOOR = "psycopg: the same 7 rows"


def measure_recording(world: World, *, repeats: int) -> list[Line]:
    """The action with all its checks and its audit, the page around it, and the rows alone."""
    floor, client, numbers = Floor(world.clinic.id), world.client(), itertools.count()
    with transaction.atomic():
        world.enter()
        laboratory = builders.a_laboratory(world.ada)

    def patient() -> Patient:
        # Another man each time: nobody is drawn twice at one moment.
        return world.patient(next(numbers))

    panel_id = record(world, patient(), laboratory).id
    rows = floor.stored("labs_panel", "id", panel_id)[0], floor.stored("labs_result", "panel_id", panel_id)
    deeds = {
        "action": Deed(lambda whose: record(world, whose, laboratory), patient),
        "page": Deed(lambda whose: _post(client, *whose), lambda: _form(patient(), world)),
    }
    alone = Deed(lambda anew: _insert(floor, *anew), lambda: _anew(*rows))
    timings = measure({**deeds, "floor": alone}, repeats=repeats)
    return [
        Line(
            f"Record a panel of 6 results ({name})",
            timings[name],
            FLOOR,
            timings["floor"],
            statements_of(deed),
        )
        for name, deed in deeds.items()
    ]


def record(world: World, patient: Patient, laboratory: Laboratory) -> Panel:
    """A panel drawn yesterday, in a transaction that acts for the clinic as a request's does."""
    with transaction.atomic():
        world.enter()
        return actions.record_panel(
            patient,
            by=world.ada,
            laboratory=laboratory,
            kind=PanelKind.BLOOD,
            collection=builders.collection(timezone.localdate() - timedelta(days=1)),
            entered=[builders.entered(analyte, text) for analyte, text in VALUES.items()],
            entry_key=uuid.uuid4(),
            confirmed=True,
        )


def _form(patient: Patient, world: World) -> tuple[str, dict[str, str]]:
    drawn_on = timezone.localdate() - timedelta(days=1)
    with transaction.atomic():
        world.enter()
        head = posting.head(patient, world.ada, collected_on=drawn_on.isoformat())
    return posting.new_url(patient), head | posting.rows(
        **{analyte: (text, builders.UNITS[analyte]) for analyte, text in VALUES.items()}
    )


def _post(client: Client, url: str, form: dict[str, str]) -> None:
    answer = client.post(url, form)
    assert answer.status_code == 302, answer.content.decode()


def _anew(
    panel: dict[str, Any], results: list[dict[str, Any]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    panel = {**panel, "id": uuid.uuid4(), "entry_key": uuid.uuid4()}
    return panel, [{**result, "id": uuid.uuid4(), "panel_id": panel["id"]} for result in results]


def _insert(floor: Floor, panel: dict[str, Any], results: list[dict[str, Any]]) -> None:
    with floor.connection.transaction():
        floor.enter()
        floor.insert("labs_panel", [panel])
        floor.insert("labs_result", results)
