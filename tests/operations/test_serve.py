"""`make run` for real: it tells where it is, answers, stops all of it, and comes back with its data."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recovery_clinic import serve
from tests.operations.conftest import running_in, wait_for
from tests.served import Served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def no_one_left(folder: Path) -> Iterator[None]:
    """After the test, whatever happened in it, nothing of ours may run for long."""
    yield
    wait_for(lambda: not running_in(folder), "everything has ended")


def count_people(folder: Path) -> int:
    command = [
        sys.executable,
        "-m",
        "recovery_clinic.beside",
        "--data",
        str(folder),
        sys.executable,
        "manage.py",
    ]
    question = "from accounts.models import Person; print(Person.objects.count())"
    environment = {**os.environ, "PYTHONPATH": str(serve.ROOT)}
    done = subprocess.run(
        [*command, "shell", "--no-imports", "--command", question],
        cwd=serve.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def test_it_runs_stops_runs_again_and_is_killed(folder: Path, free_port: int, no_one_left: None) -> None:
    first = Served(folder, free_port)
    first.until_told()
    told = first.said[first.said.index("Recovery Clinic runs on") :]
    assert f"http://localhost:{free_port}/" in told
    for role in ("clinician", "staff", "admin", "patient"):
        assert role in told
    assert first.health("live") == {"status": "alive"}
    assert first.health("ready")["status"] == "ready"
    assert (folder / "secret-key").stat().st_mode & 0o777 == 0o600
    key = (folder / "secret-key").read_text()
    people = count_people(folder)
    assert people > 0

    assert first.end(signal.SIGINT) == 130
    assert running_in(folder) == []

    second = Served(folder, free_port)
    second.until_told()
    assert count_people(folder) == people
    assert (folder / "secret-key").read_text() == key
    assert len(running_in(folder)) >= len(("postgres", "valkey", "web", "worker", "beat"))
    # Not even a kill that cannot be caught leaves anything behind.
    assert second.end(signal.SIGKILL) == -signal.SIGKILL
    wait_for(lambda: not running_in(folder), "web, worker, beat and the servers have ended")


def test_stopped_while_it_starts_it_leaves_nothing(folder: Path, free_port: int, no_one_left: None) -> None:
    early = Served(folder, free_port)
    wait_for(lambda: running_in(folder / "pg"), "PostgreSQL runs")
    assert early.end(signal.SIGTERM) in (143, -signal.SIGTERM)
    wait_for(lambda: not running_in(folder), "what had started has ended")


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        refused = Served(tmp_path / "data", port)
        assert refused.process.wait(timeout=30) == 1
    assert refused.said.startswith(f"Port {port} cannot be used")
    assert f"make run PORT={port + 1}" in refused.said
    assert not (tmp_path / "data").exists()
