"""`make run`: the servers, the database brought up to date, then web, worker and beat under a supervisor."""

import argparse
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from honcho.compat import ProcessManager  # type: ignore[import-untyped]
from honcho.environ import parse_procfile  # type: ignore[import-untyped]
from honcho.manager import Manager  # type: ignore[import-untyped]
from honcho.printer import Printer  # type: ignore[import-untyped]

from recovery_clinic import servers

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60


class LeadersFirst(ProcessManager):  # type: ignore[misc]
    """Asks only the first process of each group to end: gunicorn and Celery let their children finish."""

    def terminate(self, pid: int) -> None:
        """Ask; where it does not end in five seconds, honcho kills the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


class Supervisor(Manager):  # type: ignore[misc]
    """Honcho's manager, which can be told to stop early and leaves nothing behind when it is killed."""

    def __init__(self, when_started: Callable[[], None]) -> None:
        """`when_started` is called once, when every process has started; it must not wait."""
        super().__init__(printer=AttentivePrinter(self.look, sys.stdout))
        self._procmgr = LeadersFirst()
        self.when_started = when_started
        self.stop_wanted = False
        self.guard: servers.Guard | None = None

    def look(self) -> None:
        """Called after each line of any process."""
        if self.guard is not None or not self._all_started():
            return
        leaders = [process["pid"] for process in self._processes.values()]
        self.guard = servers.Guard(*leaders, stop="TERM")
        if self.stop_wanted:
            self.terminate()
        else:
            self.when_started()

    def terminate(self) -> None:
        """Stop every process, as soon as all have a process id to be stopped by."""
        self.stop_wanted = True
        if self._all_started():
            super().terminate()


class AttentivePrinter(Printer):  # type: ignore[misc]
    """A printer that tells when it has printed."""

    def __init__(self, then: Callable[[], None], output: Any) -> None:
        """`then` is called after each line, by the thread that prints."""
        super().__init__(output)
        self.then = then

    def write(self, message: Any) -> None:
        """Print the line, then tell."""
        super().write(message)
        self.then()


def main() -> int:
    """Run until Ctrl-C or SIGTERM, then stop everything; the data stays."""
    parser = argparse.ArgumentParser(prog="recovery_clinic.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where the web answers, 8000 by default")
    parser.add_argument("--data", type=Path, default=ROOT / ".data", help="the folder that keeps the data")
    chosen = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    try:
        refuse_taken(chosen.port)
        running = servers.start(chosen.data)
    except servers.ServersError as problem:
        print(problem, file=sys.stderr)
        return 1
    try:
        return serve(running, chosen.port)
    except subprocess.CalledProcessError as problem:
        print(f"`{' '.join(map(str, problem.cmd))}` failed; its words are above.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        running.stop()


def serve(running: servers.Running, port: int) -> int:
    """Bring the database up to date, fill an empty one, and supervise the three processes to their end."""
    environment = {**product_environment(running.environment(), running.data_dir), "PORT": str(port)}
    # The logins need no database: Django loads for them while it loads for the migrations.
    logins_command, pipe = command("demo_clinic", "--logins"), subprocess.PIPE
    with subprocess.Popen(logins_command, cwd=ROOT, env=environment, stdout=pipe, text=True) as said:
        manage(owned_by_migrations(environment), "migrate", "--verbosity", "0")
        manage(environment, "demo_clinic", "--if-empty")
        logins = said.communicate()[0]

    waiting = threading.Thread(target=announce, args=(port, logins), daemon=True)
    supervisor = Supervisor(when_started=waiting.start)
    for name, line in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
        supervisor.add_process(name, line, env=environment, cwd=str(ROOT))
    # A terminal that is closed says SIGHUP; honcho knows only the other two.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    supervisor.loop()
    if supervisor.guard:
        supervisor.guard.dismiss()
    return int(supervisor.returncode or 0)


def product_environment(addresses: dict[str, str], data_dir: Path) -> dict[str, str]:
    """What every process of the product reads.

    The caller's own variables win over our defaults, and the servers' `addresses` over the caller's, whose
    DATABASE_URL is an administrator's.
    """
    defaults = {
        "DEVELOPMENT": "true",
        "SECRET_KEY": secret_key(data_dir / "secret-key"),
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
        # Ten lines of Celery's about root would bury the logins; a deployment never runs as root.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        "BEAT_SCHEDULE": str(data_dir / "beat-schedule"),
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**defaults, **os.environ, "PATH": path, **addresses}


def owned_by_migrations(environment: dict[str, str]) -> dict[str, str]:
    """The same, connecting as the role that owns the tables; a migration may take longer than a page."""
    return {**environment, "DATABASE_URL": environment["DATABASE_OWNER_URL"], "STATEMENT_TIMEOUT": "0"}


def secret_key(file: Path) -> str:
    """The key of this folder's data, made at the first start; only its owner can read it."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as target:
            target.write(secrets.token_urlsafe(50))
    return file.read_text()


def manage(environment: dict[str, str], *arguments: str) -> None:
    """Run one of Django's commands to its end; raises CalledProcessError where it fails."""
    subprocess.run(command(*arguments), cwd=ROOT, env=environment, check=True)


def command(*arguments: str) -> list[str]:
    """Django's command line in this environment."""
    return [sys.executable, "manage.py", *arguments]


def refuse_taken(port: int) -> None:
    """Raise ServersError where something listens on `port`, before anything has been started."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as problem:
            raise servers.ServersError(
                f"Port {port} cannot be used ({problem.strerror}). Choose another: make run PORT={port + 1}"
            ) from problem


def announce(port: int, logins: str) -> None:
    """Print the address and the logins when the web answers, or say that it does not."""
    address = f"http://localhost:{port}/"
    until = time.monotonic() + READY_SECONDS
    while not answers(f"http://127.0.0.1:{port}/health/ready"):
        if time.monotonic() > until:
            print(f"Recovery Clinic does not answer on {address}; the lines above say why.", flush=True)
            return
        time.sleep(0.1)
    print(
        f"\nRecovery Clinic runs on {address}\n{logins.rstrip()}\nCtrl-C stops it; the data stays.",
        flush=True,
    )


def answers(url: str) -> bool:
    """Whether `url` answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 # nosec B310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


if __name__ == "__main__":
    sys.exit(main())
