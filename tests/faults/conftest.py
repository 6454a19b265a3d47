"""A database and a broker of these tests' own, and real workers that may be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from psycopg.conninfo import make_conninfo

from recovery_clinic import servers
from recovery_clinic.roles import APP, role_url

ROOT = Path(__file__).resolve().parents[2]
OUR_REDIS_DATABASE = 5


def until(holds: Callable[[], Any], what: str, seconds: float = 40) -> Any:
    """Wait until something holds and return it; fail, naming `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            pytest.fail(f"after {seconds:g} s still not: {what}")
        time.sleep(0.05)
    return found


class Product:
    """The product's processes on a database of their own."""

    def __init__(self, name: str) -> None:
        admin = os.environ["TEST_ADMIN_DSN"]
        self.admin = make_conninfo(admin, dbname=name)
        broker = os.environ["REDIS_URL"]
        self.environment = {
            **os.environ,
            "DATABASE_URL": role_url(admin, APP, name),
            "REDIS_URL": f"{broker}?virtual_host={OUR_REDIS_DATABASE}",
        }
        socket = broker.removeprefix("redis+socket://")
        self.broker = redis.Redis(unix_socket_path=socket, db=OUR_REDIS_DATABASE)
        self.workers: list[subprocess.Popen[bytes]] = []

    def record(self, count: int, **environment: str) -> list[str]:
        """Record panels as the web does; returns the episodes' ids."""
        command = [sys.executable, "-m", "tests.faults.seed", str(count)]
        told = {**self.environment, **environment}
        done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=True)
        ids: list[str] = json.loads(done.stdout)
        return ids

    def start_worker(self) -> subprocess.Popen[bytes]:
        words = ["celery", "-A", "recovery_clinic", "worker", "--concurrency", "1", "--loglevel", "ERROR"]
        worker = subprocess.Popen(
            [str(Path(sys.executable).parent / words[0]), *words[1:], "--without-gossip", "--without-mingle"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """SIGKILL the worker and its child at once, as a machine that dies would."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def sweep(self) -> None:
        """Ask for the sweep as beat does each minute."""
        script = "from recovery_clinic import celery_app; celery_app.send_task('monitoring.sweep')"
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=self.environment, check=True)

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            return connection.execute(question, values).fetchall()

    def judged(self, episodes: list[str]) -> bool:
        """Whether every one of the episodes is judged at its present version."""
        rows = self.ask(
            "select count(*) from patients_episode e join monitoring_evaluation v on v.episode_id = e.id"
            " where e.id = any(%s::uuid[]) and v.evaluated_version = e.record_version",
            episodes,
        )
        return rows[0][0] == len(episodes)

    def flags(self, episodes: list[str], rule: str = "R45") -> list[tuple[int, int]]:
        """For each flag of a rule on these episodes: its count, and how often it was opened."""
        return self.ask(
            "select f.count, (select count(*) from monitoring_flagchange c"
            " where c.flag_id = f.id and c.what = 'opened') from monitoring_flag f"
            " where f.rule_id = %s and f.episode_id = any(%s::uuid[])",
            rule,
            episodes,
        )


@pytest.fixture
def product(worker_id: str) -> Iterator[Product]:
    name = f"faults_{worker_id}"
    admin = os.environ["TEST_ADMIN_DSN"]
    servers.drop(admin, name)
    servers.clone(admin, "test_template", name)
    running = Product(name)
    running.broker.flushdb()
    yield running
    for worker in running.workers:
        if worker.poll() is None:
            running.kill(worker)
    running.broker.flushdb()
    running.broker.close()
    servers.drop(admin, name)
