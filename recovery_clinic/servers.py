"""PostgreSQL and Valkey for a folder of data: those of the environment, else our own, while we run."""

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from recovery_clinic import postgres, valkey
from recovery_clinic.postgres import Postgres
from recovery_clinic.programs import AlreadyRuns, ServersError
from recovery_clinic.roles import APP, AUDITOR, OWNER, clone, drop, kept_passwords, provision, role_url
from recovery_clinic.valkey import Valkey

__all__ = ["AlreadyRuns", "Guard", "Running", "ServersError", "clone", "drop", "provision", "start"]

DATABASE = "recovery_clinic"
# The kernel's room for a socket's path, less the final zero byte.
LONGEST_SOCKET_PATH = 103 if sys.platform == "darwin" else 107
LONGEST_SOCKET_NAME = f".s.PGSQL.{postgres.PORT}"

_held: set[int] = set()


def _let_go() -> None:
    """A forked child that kept these would keep the lock and the guard from seeing us go."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)


@dataclass
class Running:
    """Servers that answer. `admin_dsn` may create databases; `environment()` is what the product needs."""

    data_dir: Path
    database: str
    admin_dsn: str = ""
    redis_url: str = ""
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    postgres: Postgres | None = None
    valkey: Valkey | None = None
    guard: "Guard | None" = None
    # What has to be undone, last first, whichever of it fails.
    ends: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False)

    def url(self, role: str, database: str = "") -> str:
        """What `role` connects with, to `database` or else the product's."""
        return role_url(self.admin_dsn, role, database or self.database, self.passwords.get(role, ""))

    def environment(self) -> dict[str, str]:
        """DATABASE_URL (app), DATABASE_OWNER_URL, DATABASE_AUDITOR_URL and REDIS_URL in Celery's spelling."""
        return {
            "DATABASE_URL": self.url(APP),
            "DATABASE_OWNER_URL": self.url(OWNER),
            "DATABASE_AUDITOR_URL": self.url(AUDITOR),
            "REDIS_URL": self.redis_url,
        }

    def stop(self) -> None:
        """Stop what we started; the data stays. Safe to call twice."""
        self.ends.close()


class Guard:
    """A shell that outlives us by the moment it takes to stop what we started."""

    def __init__(self, *process_ids: int, stop: str) -> None:
        """Begin to watch: when we are gone, however we went, each is sent the signal `stop` (TERM, INT)."""
        ours, self.end = os.pipe()
        _held.add(self.end)
        script = f'cat >/dev/null; kill -s {stop} -- "$@"'
        words = ["sh", "-c", script, "guard", *map(str, process_ids)]
        null = subprocess.DEVNULL
        self.shell = subprocess.Popen(words, stdin=ours, stdout=null, stderr=null, start_new_session=True)
        os.close(ours)

    def dismiss(self) -> None:
        """Stop watching: everything is about to be stopped in good order."""
        self.shell.kill()
        self.shell.wait()
        _release(self.end)


def start(data_dir: Path, *, database: str = DATABASE) -> Running:
    """Start the servers that keep their data in `data_dir` and make `database` ready for the product.

    DATABASE_URL and REDIS_URL of the environment are used where they are set; DATABASE_URL is then a login
    that may create roles and databases. Raises ServersError, whose text says what to do.
    """
    data_dir = data_dir.resolve()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    running = Running(data_dir, database)
    try:
        _lock(running)
        _start_valkey(running)
        _start_postgres(running)
        _watch(running)
        provision(running.admin_dsn, database, running.passwords)
        file = environment_file(data_dir)
        running.ends.callback(file.unlink, missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as target:
            json.dump(running.environment(), target)
    except BaseException:
        running.stop()
        raise
    return running


def _watch(running: Running) -> None:
    ours = [each.process.pid for each in (running.postgres, running.valkey) if each and each.process]
    # Both take SIGINT as "end every session, write everything down and go".
    running.guard = Guard(*ours, stop="INT")
    running.ends.callback(running.guard.dismiss)


def _start_postgres(running: Running) -> None:
    given = os.environ.get("DATABASE_URL")
    if given:
        running.admin_dsn = make_conninfo(given, **_defaults(given))
        running.passwords = kept_passwords(running.data_dir / "roles.json")
        return
    folder = running.data_dir
    server = postgres.our_own(folder / "pg", _make_socket_folder(running), folder / "pg.log")
    running.ends.callback(server.stop)
    server.start()
    running.postgres, running.admin_dsn = server, server.dsn()


def _defaults(given: str) -> dict[str, str | int]:
    """Where DATABASE_URL names no database, the one that every server has."""
    named = conninfo_to_dict(given)
    return {"dbname": named.get("dbname") or "postgres", "connect_timeout": 10}


def _start_valkey(running: Running) -> None:
    given = os.environ.get("REDIS_URL")
    if given:
        running.redis_url = given
        return
    folder = running.data_dir
    server = valkey.our_own(folder / "valkey", _make_socket_folder(running), folder / "valkey.log")
    running.ends.callback(server.stop)
    server.start()
    running.valkey, running.redis_url = server, server.url


def _socket_folder(data_dir: Path) -> Path:
    """Where the sockets lie: beside the data, or in the temporary folder where that path is too long."""
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    name = f"recovery-clinic-{os.geteuid()}-{digest}"
    for folder in (data_dir / "run", Path(tempfile.gettempdir()) / name, Path("/tmp") / name):  # noqa: S108 # nosec B108
        if len(os.fsencode(folder / LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return folder
    raise ServersError(f"No folder is short enough for a socket. Set TMPDIR to one; {data_dir} is too long.")


def _make_socket_folder(running: Running) -> Path:
    folder = _socket_folder(running.data_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.parent != running.data_dir:
        running.ends.callback(_remove_if_empty, folder)
    found = folder.lstat()
    mine = found.st_uid == os.geteuid() or os.geteuid() == 0
    if folder.is_symlink() or not mine or found.st_mode & 0o077:
        raise ServersError(f"{folder} is not a folder that only you can enter. Remove it and start again.")
    return folder


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not any(folder.iterdir()):
            folder.rmdir()


def _lock(running: Running) -> None:
    descriptor = os.open(running.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode().strip()
        os.close(descriptor)
        raise AlreadyRuns(
            f"Recovery Clinic already runs with the data in {running.data_dir} (process {holder}). "
            f"Stop it first: Ctrl-C where it runs, or `kill {holder}`."
        ) from None
    _held.add(descriptor)
    running.ends.callback(_release, descriptor)
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())


def _release(descriptor: int) -> None:
    _held.discard(descriptor)
    os.close(descriptor)


def environment_file(data_dir: Path) -> Path:
    """Where running servers keep what `environment()` says, for commands run beside them."""
    return data_dir / "environment.json"
