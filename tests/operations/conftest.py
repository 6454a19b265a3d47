"""Servers of each test's own, and a look at what still runs."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recovery_clinic import servers


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the servers of the test run: these tests start their own."""
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., servers.Running]]:
    """`servers.start`, with whatever is still running stopped after the test."""
    started: list[servers.Running] = []

    def start_and_remember(folder: Path = tmp_path / "data", **how: str) -> servers.Running:
        started.append(servers.start(folder, **how))
        return started[-1]

    yield start_and_remember
    for running in started:
        running.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Running]:
    """Servers that a whole module may look at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL")
        patch.delenv("REDIS_URL")
        running = servers.start(tmp_path_factory.mktemp("shared"))
    yield running
    running.stop()


def processes() -> list[str]:
    """The command line, and on Linux the environment, of every process; one that has ended has neither."""
    if not Path("/proc/self/cmdline").exists():
        listed = subprocess.run(["ps", "-axww", "-o", "args="], capture_output=True, text=True, check=True)
        return listed.stdout.splitlines()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + b"\0" + (process / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        found.append(os.fsdecode(told.replace(b"\0", b" ")))
    return found


def running_in(folder: Path) -> list[str]:
    """The processes that were told of `folder`."""
    return [line for line in processes() if str(folder) in line]


def wait_for(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Wait until `condition` holds; fail, saying `what` did not happen."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            pytest.fail(f"after {seconds:g} s still not: {what}")
        time.sleep(0.05)
