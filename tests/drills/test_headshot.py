"""D16, headshot: a worker killed at any moment loses and doubles nothing."""

import os
import signal

import pytest

from tests.drills.figures import told
from tests.drills.processes import children_of
from tests.product import until

pytestmark = [pytest.mark.nightly, pytest.mark.journey, pytest.mark.xdist_group("faults")]


def test_a_killed_machine_loses_and_doubles_nothing(product):
    """Main process and child die at once: nobody can hand the message back, so the sweep finds the work."""
    episodes = product.record(3)["episodes"]
    worker = product.start_worker()
    with product.mid_evaluation():
        product.kill(worker)
    assert not product.is_judged(episodes)
    assert product.flags(episodes) == []
    product.start_worker()
    product.sweep()
    product.until_judged_once(episodes)
    told("D16", "a-machine", jobs=3, killed=1, lost=0, doubled=0)


def test_a_killed_child_gives_its_message_back(product):
    """The child alone dies, as when memory runs out: redelivery is enough, nobody sweeps."""
    episodes = product.record(2)["episodes"]
    worker = product.start_worker()
    with product.mid_evaluation():
        (child,) = children_of(worker)
        os.kill(child, signal.SIGKILL)
    product.until_judged_once(episodes)
    assert worker.poll() is None


@pytest.mark.planted
def test_an_effect_without_a_key_is_seen(product):
    """The same messages, and a worker that does not ask whether the record is judged already."""
    episodes = product.record(1)["episodes"]
    with product.queue() as broker:
        broker.lpush("celery", broker.lindex("celery", 0))
    product.start_worker(planted="without_key")
    until(lambda: product.is_judged(episodes), "the panel is judged")
    product.until_idle()
    [complaint] = product.complaints(episodes)
    # Twice or three times: the sweep that follows may find it unjudged as well.
    assert complaint in {"2 evaluations of 1", "3 evaluations of 1"}


def test_what_was_tried_once_and_judged_is_left_alone(product):
    """Neither repeated sweeps nor the same message five times more make a second flag or evaluation."""
    episodes = product.record(1)["episodes"]
    with product.queue() as broker:
        for _ in range(5):
            broker.lpush("celery", broker.lindex("celery", 0))
    product.start_worker()
    product.until_judged_once(episodes)
    for _ in range(3):
        product.sweep()
    product.until_idle()
    product.until_judged_once(episodes)
