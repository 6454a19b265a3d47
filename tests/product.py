"""web, worker and beat as processes of their own, on a database and a broker that belong to one test."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg
import pytest
from honcho.environ import parse_procfile
from psycopg.conninfo import make_conninfo

from recovery_clinic import serve, servers, valkey

PROCFILE = parse_procfile((serve.ROOT / "Procfile").read_text()).processes
P = TypeVar("P", bound="Product")


def until(holds: Callable[[], Any], what: str, seconds: float = 40) -> Any:
    """Wait until something holds and return it; fail, naming `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            pytest.fail(f"after {seconds:g} s still not: {what}")
        time.sleep(0.05)
    return found


@contextlib.contextmanager
def a_product(name: str, kind: type[P]) -> Iterator[P]:
    """A copy of the migrated database, called `name`, and a broker; no process yet, and none afterwards."""
    admin = os.environ["TEST_ADMIN_DSN"]
    servers.drop(admin, name)
    servers.clone(admin, "test_template", name)
    with tempfile.TemporaryDirectory(prefix="rc-") as folder:
        running = kind(name, Path(folder))
        try:
            running.broker.start()
            yield running
        finally:
            running.end()
            servers.drop(admin, name)


class Product:
    """What a test does to the product from outside: start, stop, pause, kill, ask."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder
        self.admin = make_conninfo(os.environ["TEST_ADMIN_DSN"], dbname=name)
        self.broker = valkey.our_own(folder / "valkey", folder, folder / "valkey.log")
        self.port = _free_port()
        addresses = {
            # The login of the test run, in this test's database.
            "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
            "REDIS_URL": self.broker.url,
            "PORT": str(self.port),
            "LOG_LEVEL": "WARNING",
            "AUDIT_ANCHOR": str(folder / "anchors.jsonl"),
        }
        self.environment = serve.product_environment(addresses, folder)
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def start(
        self, name: str, *, app: str = "recovery_clinic", **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start `web`, `worker` or `beat` by its line of the Procfile; `app` is the Celery application."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                ["sh", "-c", PROCFILE[name].replace("--app recovery_clinic ", f"--app {app} ")],
                cwd=serve.ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own: whatever happens to it happens to its children too.
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def run(self, *words: str, **environment: str) -> Any:
        """Run a module that prints JSON beside the product, and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=serve.ROOT,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            check=True,
        )
        return json.loads(done.stdout)

    def until_ready(self) -> None:
        until(lambda: self.health("ready")[0] == 200, "the web answers that it is ready")

    def health(self, question: str) -> tuple[int, dict[str, Any]]:
        """The status and what /health/ answers, without logging in; status 0 while nobody listens."""
        try:
            with urllib.request.urlopen(
                f"http://localhost:{self.port}/health/{question}", timeout=20
            ) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)
        except (urllib.error.URLError, ConnectionError):
            return 0, {}

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL the process and its children at once, as a machine that dies would."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    @contextlib.contextmanager
    def paused(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Nothing of the process or its children moves while this lasts."""
        os.killpg(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGCONT)

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            return connection.execute(question, values).fetchall()

    def tell(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(statement, values)

    def end(self) -> None:
        """Nothing of the product is needed any more: no process is asked to finish what it does."""
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)
        self.broker.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
