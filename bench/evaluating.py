"""Judging an episode of 20 panels: the rules alone, with the database around them, and many in one sweep."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bench.measuring import Deed, Line, measure, statements_of
from bench.seeding import World
from clinical.evaluate import evaluate_current
from clinical.intervals import default_interval, place
from clinical.record import Record
from clinical.rulebook import load_rulebook
from monitoring import actions, tasks
from monitoring.record import record_of
from patients.actions import mark_changed
from patients.models import Episode
from tests import builders

PANELS = 20


def measure_evaluating(world: World, *, repeats: int) -> list[Line]:
    """The rules beside one look at each reading, and the whole evaluation beside the rules."""
    episode, today, rulebook = _long_episode(world), timezone.localdate(), load_rulebook()
    with transaction.atomic():
        world.enter()
        facts = record_of(episode)
    whole = Deed(
        lambda _: actions.evaluate_episode(episode.id, clinic_id=world.clinic.id),
        lambda: _change(world, episode),
    )
    timings = measure(
        {
            "rules": Deed(lambda _: evaluate_current(facts, rulebook, today)),
            "whole": whole,
            "places": Deed(lambda _: _place_all(facts)),
        },
        repeats=repeats,
    )
    name = f"Evaluate an episode of {PANELS} panels"
    return [
        Line(f"{name} (rules)", timings["rules"], "each reading placed once", timings["places"], 0),
        Line(f"{name} (task)", timings["whole"], "the rules alone", timings["rules"], statements_of(whole)),
    ]


def measure_sweep(world: World, *, batch: int, repeats: int) -> Line:
    """A sweep that finds a batch of changed episodes in its clinic and judges them; times are per episode."""
    changed = world.patient_ids[-min(batch, tasks.BATCH) :]
    with transaction.atomic():
        world.enter()
        facts = [
            record_of(each) for each in Episode.objects.filter(patient__in=changed).select_related("patient")
        ]
    rulebook, today = load_rulebook(), timezone.localdate()
    sweep = Deed(lambda _: _sweep(len(changed)), lambda: _change_many(world, changed))
    rules = Deed(lambda _: [evaluate_current(each, rulebook, today) for each in facts])
    timings = measure({"sweep": sweep, "rules": rules}, repeats=repeats, warm_up=1)
    return Line(
        f"Re-evaluate, each of {len(changed)} episodes in a clinic of {len(world.patient_ids):,} (sweep)",
        timings["sweep"].shared_by(len(changed)),
        "the rules alone",
        timings["rules"].shared_by(len(changed)),
        round(statements_of(sweep) / len(changed)),
    )


def _long_episode(world: World) -> Episode:
    today = timezone.localdate()
    with transaction.atomic():
        builders.acting(world.ada)
        patient = builders.a_patient(world.ada, family_name="Longstanding")
        episode = builders.an_episode(patient, by=world.ada, stopped=today - timedelta(days=14 * PANELS + 60))
        builders.a_course(episode, by=world.ada, starts_on=today - timedelta(days=14 * PANELS))
        for number in range(PANELS):
            on = today - timedelta(days=1 + 14 * (PANELS - 1 - number))
            rising = {"TT": f"{210 + 9 * number}", "LH": f"{Decimal(20 + 2 * number) / 10}"}
            builders.a_panel(
                patient, by=world.ada, on=on, **rising, FSH="5.0", E2="30", SHBG="34", HCT="46.1"
            )
    return episode


def _change(world: World, episode: Episode) -> None:
    with transaction.atomic():
        world.enter()
        mark_changed(episode)


def _change_many(world: World, patient_ids: Sequence[UUID]) -> None:
    with transaction.atomic():
        world.enter()
        # Written directly: no action changes two hundred episodes at once, only an evening's work does.
        Episode.objects.filter(patient__in=patient_ids).update(record_version=F("record_version") + 1)


def _sweep(expected: int) -> None:
    judged = tasks.sweep()
    assert judged == expected, f"{judged} episodes were judged instead of {expected}."


def _place_all(facts: Record) -> None:
    for sample in facts.samples:
        for key, result in sample.results.items():
            place(result.reading, default_interval(key))
