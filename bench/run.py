"""One run: two clinics seeded, every operation measured, and the section that says so."""

import sys
import time
from dataclasses import dataclass

from bench.evaluating import measure_evaluating, measure_sweep
from bench.flowsheet import measure_flowsheet
from bench.measuring import Line
from bench.printing import measure_printing
from bench.recording import measure_recording
from bench.report import report
from bench.searching import how_it_searches, measure_searching
from bench.seeding import World, seed, settle
from bench.worklist import measure_worklist

# The large clinic is this many times the small one: how the sweep grows is seen between them.
TIMES_LARGER = 20


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: `repeats` of most, `slow_repeats` of PDFs, `sweeps` of `batch` episodes each."""

    patients: int = 20_000
    repeats: int = 150
    slow_repeats: int = 12
    sweeps: int = 3
    batch: int = 200


QUICK = Sizes(patients=200, repeats=3, slow_repeats=1, sweeps=1, batch=10)


def run(sizes: Sizes) -> str:
    """Seed, measure, and answer with the section as Markdown."""
    small = _seeded("Small Clinic", max(sizes.patients // TIMES_LARGER, 1))
    swept_small = measure_sweep(small, batch=sizes.batch, repeats=sizes.sweeps)
    large = _seeded("Large Clinic", sizes.patients)
    lines = [
        *measure_searching(large, repeats=sizes.repeats),
        *measure_worklist(large, repeats=sizes.repeats),
    ]
    plan = how_it_searches(large)
    # Before anything is recorded: a sweep judges whatever has changed, and here it is to find one batch.
    swept_large = measure_sweep(large, batch=sizes.batch, repeats=sizes.sweeps)
    _say("swept")
    lines += measure_recording(large, repeats=sizes.repeats)
    lines += measure_flowsheet(large, repeats=sizes.repeats)
    lines += measure_evaluating(large, repeats=sizes.repeats)
    lines += [swept_small, swept_large]
    lines += measure_printing(large, repeats=sizes.slow_repeats)
    return report(lines, sizes=_told(sizes), remarks=[_pace(swept_large), plan])


def _seeded(name: str, patients: int) -> World:
    world = seed(name, patients=patients)
    settle()
    _say(f"{name} seeded with {patients:,} patients")
    return world


def _told(sizes: Sizes) -> str:
    return (
        f"{sizes.repeats} repetitions each, {sizes.slow_repeats} of what renders, "
        f"{sizes.sweeps} sweeps, after a warm-up"
    )


def _pace(swept: Line) -> str:
    minutes = swept.ours.median * 20_000 / 60_000
    return f"At the pace of the sweep one worker re-evaluates 20,000 episodes in {minutes:.1f} minutes."


def _say(what: str) -> None:
    """To the terminal and not into the table."""
    print(f"{time.perf_counter():.0f} s: {what}", file=sys.stderr)
