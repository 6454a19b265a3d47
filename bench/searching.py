"""Searching a patient by name: the page, and the query it asks; and whether PostgreSQL used the index."""

from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse

from bench.floor import Floor
from bench.flowsheet import get
from bench.measuring import Deed, Line, measure, statements_of
from bench.seeding import World
from patients.models import Patient, PatientQuerySet, plain
from workspace.presenters.patients import PAGE

INDEX = "patients_by_words"
ROWS = """
SELECT id, mrn, family_name, given_name, date_of_birth, phone FROM patients_patient
WHERE clinic_id = %s AND search_key LIKE %s AND search_key LIKE %s
ORDER BY family_name, given_name, id LIMIT %s
"""


def measure_searching(world: World, *, repeats: int) -> list[Line]:
    """A full name, given name first, of one of the copies."""
    man, floor, client = world.patient(len(world.patient_ids) // 3), Floor(world.clinic.id), world.client()
    words = f"{man.given_name} {man.family_name}"
    url = f"{reverse('patients')}?{urlencode({'q': words})}"
    held = [f"%{word}%" for word in plain(words).split()]
    deeds = {
        "page": Deed(lambda _: get(client, url)),
        "query": Deed(lambda _: _find(world, words)),
    }
    timings = measure(
        {**deeds, "floor": Deed(lambda _: floor.rows(ROWS, [world.clinic.id, *held, PAGE + 1]))},
        repeats=repeats,
    )
    name = f"Search a name among {len(world.patient_ids):,} patients"
    return [
        Line(
            f"{name} ({part})",
            timings[part],
            "psycopg: the same query",
            timings["floor"],
            statements_of(deed),
        )
        for part, deed in deeds.items()
    ]


def how_it_searches(world: World) -> str:
    """A sentence on the way to the rows that PostgreSQL chose for that search, behind the wall."""
    man = world.patient(len(world.patient_ids) // 3)
    with transaction.atomic():
        world.enter()
        plan = _named_like(world, f"{man.given_name} {man.family_name}").explain()
    ways = [line.partition("->")[2].partition("(")[0].strip() for line in plan.splitlines() if " on " in line]
    verdict = "uses" if INDEX in plan else "does not use"
    return f"The search {verdict} the trigram index `{INDEX}`; EXPLAIN says: {'; '.join(ways)}."


def _named_like(world: World, words: str) -> PatientQuerySet:
    return Patient.objects.visible_to(world.ada).named_like(words)[: PAGE + 1]


def _find(world: World, words: str) -> None:
    with transaction.atomic():
        world.enter()
        assert list(_named_like(world, words))
