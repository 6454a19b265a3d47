"""`python -m documents.press SECONDS BYTES`: renders what it is sent, each in a child with limits of its own.

Frames of eight bytes of length and the rest. In goes HTML; out comes a line of JSON that says how it ended,
and the PDF.
Fonts and stylesheet are loaded once, before the first child is forked, so that a child costs milliseconds.
"""

import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
from typing import IO, Any

from documents import printing, rendering

# A document has no business with any of these, whatever it asks for and however the fetcher is fooled.
REFUSED_EVENTS = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "os.fork", "urllib.")


def main() -> None:
    """Answer until the input ends, or whoever asked; the copies of the fonts go with this process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with tempfile.TemporaryDirectory(prefix="recovery-clinic-press-") as folder:
        tempfile.tempdir = folder
        _answer()


def _answer() -> None:
    seconds, memory = map(int, sys.argv[1:])
    wanted, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not stand between the frames.
    os.dup2(2, 1)
    rendering.press()
    _send(answers, b"")
    while frame := _frame(wanted):
        _send(answers, in_a_child(frame, seconds=seconds, memory=memory))


def _send(target: IO[bytes], answer: bytes) -> None:
    target.write(len(answer).to_bytes(printing.LENGTH, "big") + answer)
    target.flush()


def _frame(source: IO[bytes]) -> bytes:
    return source.read(int.from_bytes(source.read(printing.LENGTH), "big"))


def in_a_child(text: bytes, *, seconds: int, memory: int) -> bytes:
    """How the rendering ended, from a forked child that is killed where it takes too long."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(reading)
        _limit(seconds, memory)
        _be_the_child(text, writing)
    os.close(writing)
    try:
        answer = _all_of(reading, until=time.monotonic() + seconds)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if answer is None:
        return _refusal(printing.Interrupted(f"It took longer than {seconds} seconds."))
    return answer or _refusal(printing.Interrupted(printing.DIED))


def _all_of(source: int, *, until: float) -> bytes | None:
    found = bytearray()
    while select.select([source], [], [], max(until - time.monotonic(), 0))[0]:
        some = os.read(source, 1 << 20)
        if not some:
            return bytes(found)
        found += some
    return None


def _be_the_child(text: bytes, writing: int) -> None:
    # Nothing that a library says of a document goes into a log.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    answer = _rendered(text)
    with os.fdopen(writing, "wb") as target:
        target.write(answer)
    os._exit(0)


def _limit(seconds: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    # A dump of this process would be the document.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _refuse(event: str, _: Any) -> None:
    if event.startswith(REFUSED_EVENTS):
        raise PermissionError(f"A rendering does not do this: {event}.")


def _rendered(text: bytes) -> bytes:
    try:
        made = rendering.render(text.decode(errors="surrogatepass"))
    except MemoryError:
        return _refusal(printing.TooLarge("It needed more memory than a document may take."))
    except printing.Unrenderable as problem:
        return _refusal(problem)
    except RecursionError:
        return _refusal(printing.TooLarge("It is nested too deeply to be laid out."))
    except Exception as problem:
        return _refusal(printing.Interrupted(f"{type(problem).__name__} while it was made."))
    return json.dumps({"outcome": "rendered", "pages": made.pages}).encode() + b"\n" + made.pdf


def _refusal(problem: Exception) -> bytes:
    return json.dumps({"outcome": type(problem).__name__, "because": str(problem)}).encode() + b"\n"


if __name__ == "__main__":
    main()
