"""Opening the worklist of a clinic with open flags: the page, and what it reads and arranges."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from bench.floor import Floor
from bench.flowsheet import get
from bench.measuring import Deed, Line, measure, statements_of
from bench.seeding import World
from monitoring.models import Flag
from workspace.presenters.worklist import worklist_of

ROWS = """
SELECT f.*, p.mrn, p.family_name, p.given_name, p.date_of_birth, e.effective_stop_on
FROM monitoring_flag f
JOIN patients_patient p ON p.id = f.patient_id
JOIN patients_episode e ON e.id = f.episode_id
WHERE f.clinic_id = %s AND f.state = 'open'
ORDER BY f.severity, f.first_seen_at
"""


def measure_worklist(world: World, *, repeats: int) -> list[Line]:
    """All sections, beside one query of the open flags with their patients."""
    floor, client = Floor(world.clinic.id), world.client()
    deeds = {
        "page": Deed(lambda _: get(client, reverse("worklist"))),
        "presenter": Deed(lambda _: _arrange(world)),
    }
    alone = Deed(lambda _: floor.rows(ROWS, [world.clinic.id]))
    timings = measure({**deeds, "floor": alone}, repeats=repeats)
    with transaction.atomic():
        world.enter()
        flags = Flag.objects.open().count()
    name = f"Open the worklist with {flags} open flags, {len(world.patient_ids):,} patients"
    return [
        Line(
            f"{name} ({part})",
            timings[part],
            "psycopg: the flags alone",
            timings["floor"],
            statements_of(deed),
        )
        for part, deed in deeds.items()
    ]


def _arrange(world: World) -> None:
    with transaction.atomic():
        world.enter()
        assert worklist_of(world.ada, today=timezone.localdate()).total
