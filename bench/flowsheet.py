"""Opening the flowsheet of a man with 50 results: the page, and what it reads and arranges."""

from datetime import timedelta

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bench.floor import Floor, bare_client
from bench.measuring import Deed, Line, measure, statements_of
from bench.seeding import World
from patients.models import Patient
from tests import builders
from workspace.presenters.chart import flowsheet_of

PANELS = 10
VALUES = {"TT": "320", "LH": "4.6", "FSH": "5.0", "E2": "30", "SHBG": "34"}
ROWS = """
SELECT p.id, p.collected_at, p.kind, p.record_version, r.*
FROM labs_panel p JOIN labs_result r ON r.panel_id = p.id
WHERE p.patient_id = %s AND p.superseded_at IS NULL
ORDER BY p.collected_at DESC, p.finalised_at DESC
"""


def measure_flowsheet(world: World, *, repeats: int) -> list[Line]:
    """The page beside psycopg and beside a bare view of the same rows; the presenter beside psycopg."""
    patient, floor = _much_measured(world), Floor(world.clinic.id)
    client, bare = world.client(), bare_client()
    url = reverse("chart_labs", args=[patient.id])
    page = Deed(lambda _: get(client, url))
    presenter = Deed(lambda _: _arrange(world, patient))
    timings = measure(
        {
            "page": page,
            "presenter": presenter,
            "rows": Deed(lambda _: floor.rows(ROWS, [patient.id])),
            "view": Deed(lambda _: get(bare, f"/results/{world.clinic.id}/{patient.id}/")),
        },
        repeats=repeats,
    )
    rows, view = "psycopg: the same rows", "bare Django view: the same rows as JSON"
    name, sql = "Open the flowsheet of 50 results", statements_of(page)
    return [
        Line(f"{name} (page)", timings["page"], rows, timings["rows"], sql),
        Line(f"{name} (page)", timings["page"], view, timings["view"], sql),
        Line(f"{name} (presenter)", timings["presenter"], rows, timings["rows"], statements_of(presenter)),
    ]


def _much_measured(world: World) -> Patient:
    today = timezone.localdate()
    with transaction.atomic():
        builders.acting(world.ada)
        patient = builders.a_patient(world.ada, family_name="Longstanding")
        builders.an_episode(patient, by=world.ada, stopped=today - timedelta(days=400))
        for number in range(PANELS):
            on = today - timedelta(days=1 + 28 * number)
            builders.a_panel(patient, by=world.ada, on=on, **VALUES)
    return patient


def _arrange(world: World, patient: Patient) -> None:
    with transaction.atomic():
        world.enter()
        sheet = flowsheet_of(patient, world.ada, units="reported", judged_version=0)
    assert len(sheet.columns) == PANELS


def get(client: Client, url: str) -> None:
    """Open a page that has to be there."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.content.decode()
