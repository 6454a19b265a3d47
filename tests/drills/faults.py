"""The product as the drills of faults play with it: work recorded, held in the middle, and counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import redis

from recovery_clinic import celery_app, serve
from tests.product import Product, until

# Milestones are stored last: whoever waits for this table has judged and not committed yet.
FAULTY = "tests.drills.faulty"
HELD = "lock table monitoring_milestone in exclusive mode"
WAITS = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
)
JUDGED = (
    "select count(*) from patients_episode e join monitoring_evaluation v on v.episode_id = e.id"
    " where e.id = any(%s::uuid[]) and v.evaluated_version = e.record_version"
)
FLAGS = (
    "select f.count, (select count(*) from monitoring_flagchange c where c.flag_id = f.id"
    " and c.what = 'opened') from monitoring_flag f"
    " where f.rule_id = 'R45' and f.episode_id = any(%s::uuid[])"
)
EVALUATED = (
    "select count(*) from audit_event where action = 'monitoring.episode.evaluated' and object_id = any(%s)"
)


class Clinic(Product):
    """The product, with panels whose hematocrit (R45) has to be flagged."""

    def record(self, count: int) -> dict[str, Any]:
        """Record panels by the product's actions, in a process of its own; returns what seed.py says."""
        made: dict[str, Any] = self.run("tests.drills.seed", str(count))
        return made

    def manage(self, *words: str) -> None:
        """One of Django's commands beside the product; raises CalledProcessError where it fails."""
        serve.manage(self.environment, *words)

    def queue(self) -> "redis.Redis[Any]":
        return redis.Redis(unix_socket_path=str(self.broker.socket))

    def waiting(self) -> int:
        """How many messages no worker has taken yet."""
        with self.queue() as broker:
            return int(broker.llen("celery"))

    def until_idle(self) -> None:
        """Every message is taken and every task is done."""
        with self.queue() as broker:
            until(lambda: not broker.llen("celery") and not broker.hlen("unacked"), "the worker is idle")

    def sweep(self) -> None:
        """Ask the worker for the sweep as beat does each minute."""
        with celery_app.connection_for_write(self.broker.url) as connection:
            celery_app.send_task("monitoring.sweep", connection=connection)

    def start_worker(self, *, children: int = 1, planted: str = "") -> Any:
        """A worker that misses a lost message soon; `planted` names a defect of tests/drills/faulty.py."""
        return self.start("worker", app=FAULTY, WORKER_PROCESSES=str(children), PLANTED=planted)

    def start_beat(self, *, seconds: int = 2, number: int = 1) -> Any:
        """A beat that sweeps every few seconds; each `number` has a schedule file of its own."""
        schedule = str(self.folder / f"beat-{number}")
        return self.start("beat", app=FAULTY, SWEEP_SECONDS=str(seconds), BEAT_SCHEDULE=schedule)

    @contextmanager
    def mid_evaluation(self) -> Iterator[None]:
        """Once inside, a worker has judged an episode and cannot commit; it can as soon as this is left."""
        with psycopg.connect(self.admin) as holder:
            holder.execute(HELD)
            until(lambda: self.ask(WAITS)[0][0] > 0, "a worker is in mid-evaluation")
            yield

    def is_judged(self, episodes: list[str]) -> bool:
        """Whether every one of the episodes is judged at its present version."""
        return bool(self.ask(JUDGED, episodes)[0][0] == len(episodes))

    def flags(self, episodes: list[str]) -> list[tuple[Any, ...]]:
        """For each flag on these episodes: its count, and how often it was opened."""
        return self.ask(FLAGS, episodes)

    def complaints(self, episodes: list[str]) -> list[str]:
        """What is lost or doubled: each episode is judged, is one flag opened once, by one evaluation."""
        judged = self.ask(JUDGED, episodes)[0][0]
        evaluated = self.ask(EVALUATED, episodes)[0][0]
        found = [] if judged == len(episodes) else [f"{judged} of {len(episodes)} judged"]
        found += [] if evaluated == len(episodes) else [f"{evaluated} evaluations of {len(episodes)}"]
        found += [f"flag of count and openings {flag}" for flag in self.flags(episodes) if flag != (1, 1)]
        return found + ([] if len(self.flags(episodes)) == len(episodes) else ["not one flag each"])

    def until_judged_once(self, episodes: list[str]) -> None:
        """Every episode becomes judged, and nothing is doubled."""
        until(lambda: self.is_judged(episodes), "every panel is judged")
        assert self.complaints(episodes) == []
