"""D16, headshot: a worker killed at any moment loses and doubles nothing.

`HEADSHOT_SEED=7` in the environment plays the round of that seed alone.
"""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.drills.figures import told
from tests.drills.processes import children_of
from tests.drills.shooting import POINTS, VICTIMS, play

# As many of them as two idle cores play in four minutes, so many at once.
SEEDS = 10
AT_ONCE = 3
pytestmark = [pytest.mark.nightly, pytest.mark.journey, pytest.mark.xdist_group("faults")]


def test_whoever_is_killed_at_whatever_point_nothing_is_lost_or_doubled(worker_id):
    alone = os.environ.get("HEADSHOT_SEED")
    seeds = [int(alone)] if alone else range(SEEDS)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        played = {seed: threads.submit(play, f"headshot_{worker_id}_{seed}", seed) for seed in seeds}
    # A round that broke off is told with its seed too.
    broken = {seed: error for seed, each in played.items() if (error := each.exception())}
    assert broken == {}, "by seed"
    wrong = {seed: found for seed, each in played.items() if (found := each.result()[0])}
    assert wrong == {}, "by seed"
    rounds = [each.result()[1] for each in played.values()]
    total = sum(rounds, Counter())
    shots = {f"{victim} {point}": total[f"{victim} {point}"] for victim in VICTIMS for point in POINTS}
    assert alone or min(shots.values()) > 0, shots
    told(
        "D16",
        "hundred-jobs",
        seeds=len(seeds),
        jobs=total["jobs"],
        killed=sum(shots.values()),
        **{name.replace(" ", "_"): count for name, count in shots.items()},
        poisoned_and_given_up=total["given_up"],
        lost=0,
        doubled=0,
        orphans=0,
        unannounced=0,
        slowest_end=f"{max(each['slowest'] for each in rounds)} s",
    )


@pytest.mark.planted
def test_an_effect_without_a_key_is_seen(worker_id):
    """A worker that does not ask whether the record is judged already, and the same round."""
    wrong, _ = play(f"headshot_{worker_id}", 0, planted="without_key")
    assert any("evaluations of 66" in each for each in wrong), wrong


def test_a_killed_child_gives_its_message_back(product):
    """The child alone dies, as when memory runs out: redelivery is enough, nobody sweeps."""
    episodes = product.record(2)["episodes"]
    worker = product.start_worker()
    with product.mid_evaluation():
        (child,) = children_of(worker)
        os.kill(child, signal.SIGKILL)
    product.until_judged_once(episodes)
    assert worker.poll() is None
