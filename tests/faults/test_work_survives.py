"""Whatever is killed or emptied, every panel is judged all the same, and once."""

import psycopg
import pytest

from tests.faults.conftest import until

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("faults")]
WAITS = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
)


def once(product, episodes):
    assert product.flags(episodes) == [(1, 1)] * len(episodes)


def test_a_worker_killed_in_mid_evaluation_loses_and_doubles_nothing(product):
    episodes = product.record(3)
    with psycopg.connect(product.admin) as holder:
        # Milestones are stored last: whoever waits for this table has judged and not yet committed.
        holder.execute("lock table monitoring_milestone in access exclusive mode")
        worker = product.start_worker()
        until(lambda: product.ask(WAITS)[0][0] > 0, "a worker is in mid-evaluation")
        product.kill(worker)
    assert not product.judged(episodes)
    assert product.flags(episodes) == []
    product.start_worker()
    product.sweep()
    until(lambda: product.judged(episodes), "every panel is judged")
    once(product, episodes)
    product.sweep()
    product.sweep()
    until(lambda: product.broker.llen("celery") == 0, "the sweeps are done")
    once(product, episodes)


def test_an_emptied_broker_loses_nothing(product):
    episodes = product.record(4)
    assert product.broker.llen("celery") > 0
    product.broker.flushdb()
    product.start_worker()
    product.sweep()
    until(lambda: product.judged(episodes), "every panel is judged")
    once(product, episodes)


def test_panels_are_recorded_while_the_broker_is_away(product):
    episodes = product.record(2, REDIS_URL="redis://127.0.0.1:1/0")
    assert not product.judged(episodes)
    product.start_worker()
    product.sweep()
    until(lambda: product.judged(episodes), "every panel is judged")
    once(product, episodes)


def test_the_same_message_many_times_is_one_evaluation(product):
    episodes = product.record(1)
    for _ in range(5):
        message = product.broker.lindex("celery", 0)
        product.broker.lpush("celery", message)
    product.start_worker()
    until(lambda: product.judged(episodes), "the panel is judged")
    until(lambda: product.broker.llen("celery") == 0, "every message is consumed")
    once(product, episodes)
    evaluated = (
        "select count(*) from audit_event where action = 'monitoring.episode.evaluated' and object_id = %s"
    )
    assert product.ask(evaluated, episodes[0]) == [(1,)]
