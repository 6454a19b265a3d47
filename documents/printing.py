"""Has a document rendered by a process of its own, which can run out of time or memory without harm to us."""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The printing process ends a rendering after SECONDS, and is given up itself where it says nothing for GRACE
# longer. It may take STARTING to load its fonts and ENDING to remove its copies of them. Together they end
# before the task's own limit.
STARTING = 8
SECONDS = 15
GRACE = 1
ENDING = 0.5
MEMORY = 1024**3
LENGTH = 8
# It prints what it is sent, so it gets neither the database's address nor a key.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "FONTCONFIG_PATH", "FONTCONFIG_FILE")


class Unrenderable(Exception):
    """There is no PDF, for the reason given; it never quotes the document."""


class FetchRefused(Unrenderable):
    """The document asked for something that is not packaged with it."""


class TooLarge(Unrenderable):
    """The document is larger or deeper than any that we print."""


class Interrupted(Exception):
    """The rendering ended before it was done, by its time limit or with its process; worth another try."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The PDF and how many pages it has."""

    pdf: bytes
    pages: int


REFUSALS = {each.__name__: each for each in (Unrenderable, FetchRefused, TooLarge, Interrupted)}


class Printer:
    """One printing process, started when it is first needed and anew where it was lost.

    `seconds` and `memory`, in bytes, are what each document may take.
    """

    def __init__(self, *, seconds: int = SECONDS, memory: int = MEMORY) -> None:
        self.seconds, self.memory = seconds, memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def render(self, html: str) -> Rendered:
        """The PDF; raises Unrenderable, one of its kinds, or Interrupted."""
        with self._lock, self._running() as process:
            until = time.monotonic() + self.seconds + GRACE
            answer = _asked(process, html.encode(errors="surrogatepass"), until)
        head, _, pdf = answer.partition(b"\n")
        said = json.loads(head)
        if said["outcome"] in REFUSALS:
            raise REFUSALS[said["outcome"]](said["because"])
        return Rendered(pdf, said["pages"])

    @contextlib.contextmanager
    def _running(self) -> Iterator[subprocess.Popen[bytes]]:
        # After a fork the process that this one remembers is its parent's.
        if self._owner != os.getpid() or self._process is None or self._process.poll() is not None:
            self.stop()
            self._process, self._owner = _started(self.seconds, self.memory), os.getpid()
        try:
            yield self._process
        except BaseException:
            # A half-read answer would be taken for the next document's.
            self.stop()
            raise

    def stop(self) -> None:
        """End the printing process, if it is ours; the next document starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        if self._owner == os.getpid():
            _end(process)
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


printer = Printer()


def render(html: str) -> Rendered:
    """A tagged PDF/UA-1 of an HTML document that has a language and a title; see documents.rendering."""
    return printer.render(html)


def _started(seconds: int, memory: int) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "documents.press", str(seconds), str(memory)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C is for whoever started us; the press ends when its input does.
        start_new_session=True,
    )
    # An empty frame says that the fonts are loaded: the first document's time is its own.
    try:
        _read(process, LENGTH, time.monotonic() + STARTING)
    except Interrupted:
        _end(process)
        process.communicate()
        raise
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, so that it takes its files along; kill it where it does not."""
    process.terminate()
    try:
        process.wait(timeout=ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _asked(process: subprocess.Popen[bytes], text: bytes, until: float) -> bytes:
    assert process.stdin is not None  # noqa: S101
    try:
        process.stdin.write(len(text).to_bytes(LENGTH, "big") + text)
        process.stdin.flush()
    except OSError as problem:
        raise Interrupted("The printing process ended before it was asked.") from problem
    size = int.from_bytes(_read(process, LENGTH, until), "big")
    return _read(process, size, until)


def _read(process: subprocess.Popen[bytes], size: int, until: float) -> bytes:
    assert process.stdout is not None  # noqa: S101
    found = bytearray()
    while len(found) < size:
        ready, _, _ = select.select([process.stdout], [], [], max(until - time.monotonic(), 0))
        some = os.read(process.stdout.fileno(), size - len(found)) if ready else b""
        if not some:
            raise Interrupted("The printing process did not answer in time." if not ready else DIED)
        found += some
    return bytes(found)


DIED = "The printing process ended before it was done."
