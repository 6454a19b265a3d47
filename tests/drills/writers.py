"""Clinicians who save panels over HTTP without a pause, and the ledger that each keeps beside himself."""

import os
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.builders import PASSWORD
from tests.drills.visitor import FormReader, Visitor

# Sooner than Retry-After asks for: a person presses the button again.
AGAIN_SECONDS = 0.3


class Ledger:
    """A file of what was asked for and what was acknowledged, safely on the disk before anybody goes on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lock = threading.Lock()
        self.acknowledged = threading.Condition()

    def note(self, what: str, key: str) -> None:
        with self.lock, self.file.open("a") as target:
            target.write(f"{what} {key}\n")
            target.flush()
            os.fsync(target.fileno())
        if what == "stored":
            with self.acknowledged:
                self.acknowledged.notify_all()

    def until_acknowledged(self) -> None:
        """Return at the moment at which the next write is acknowledged."""
        with self.acknowledged:
            assert self.acknowledged.wait(timeout=30)

    def keys(self, what: str) -> set[uuid.UUID]:
        """The entry keys of what was `asked` or `stored`."""
        with self.lock:
            lines = (
                [line.split() for line in self.file.read_text().splitlines()] if self.file.exists() else []
            )
        return {uuid.UUID(key) for said, key in lines if said == what}

    def complaints(self, present: set[uuid.UUID], *, before: set[uuid.UUID] = frozenset()) -> list[str]:  # type: ignore[assignment]
        """What was acknowledged and is not there, and what is there and nobody asked for."""
        missing = self.keys("stored") - present
        extra = present - self.keys("asked") - before
        found = [f"{len(missing)} acknowledged and missing"] if missing else []
        return found + ([f"{len(extra)} unexplained"] if extra else [])


class NotFollowed(urllib.request.HTTPRedirectHandler):
    """Where a saved form leads is its acknowledgement; the page there is another question."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Writer(threading.Thread):
    """One session that saves panel after panel of one patient; a form that is refused is sent again."""

    def __init__(self, crowd: "Crowd", email: str, patient: str) -> None:
        super().__init__(daemon=True)
        self.crowd, self.patient = crowd, patient
        visitor = Visitor(crowd.address)
        visitor.fill("/account/login/", named="login", login=email, password=PASSWORD)
        self.opener = urllib.request.build_opener(visitor.cookies, NotFollowed())
        self.number = 0

    def run(self) -> None:
        try:
            while not self.crowd.over.is_set():
                self._save_one()
        except Exception as mistake:
            self.crowd.mistakes.append(repr(mistake))

    def _save_one(self) -> None:
        path = f"/patients/{self.patient}/panels/new/blood/"
        status, page = self._ask("GET", path)
        if status != 200:
            time.sleep(AGAIN_SECONDS)
            return
        fields = FormReader(page, named="value-HCT").fields
        self.number += 1
        hour, minute = divmod(self.number, 60)
        day, hour = divmod(hour, 24)
        typed = {
            "collected_on": f"2026-{self.crowd.month:02}-{3 + day:02}",
            "collected_time": f"{hour:02}:{minute:02}",
            "value-HCT": "54.9",
        }
        self.crowd.ledger.note("asked", fields["entry_key"])
        while not self.crowd.over.is_set():
            status, led_to = self._ask("POST", path, {**fields, **typed})
            if (status, led_to) == (302, f"/patients/{self.patient}/"):
                self.crowd.ledger.note("stored", fields["entry_key"])
            if status != 503:
                time.sleep(self.crowd.pause)
                return
            time.sleep(AGAIN_SECONDS)

    def _ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and, of a page, its text; of a redirect, where it leads."""
        body: Any = urlencode(fields).encode() if fields else None
        began = time.monotonic()
        try:
            with self.opener.open(f"{self.crowd.address}{path}", data=body, timeout=30) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as other:
            with other:
                said = "with Retry-After" if other.headers.get("Retry-After") else ""
                self.crowd.count(f"{other.code} {said}".strip())
                if other.code == 302:
                    self.crowd.saved.append((began, time.monotonic() - began))
                return other.code, other.headers.get("Location") or ""
        except (OSError, HTTPException) as silence:
            self.crowd.count(type(silence).__name__)
            return 503, ""
        self.crowd.count("200")
        return 200, text


class Crowd:
    """Several writers at once, one for each patient, and what they were answered.

    No two panels are of one minute, for that would be asked about; so each crowd has a month of its own.
    Each rests for `pause` seconds after a panel. `saved` says when each panel was sent and how long it took.
    """

    def __init__(self, address: str, ledger: Ledger, *, month: int = 4, pause: float = 0) -> None:
        self.address, self.ledger, self.month, self.pause = address, ledger, month, pause
        self.saved: list[tuple[float, float]] = []
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.answers: Counter[str] = Counter()
        self.mistakes: list[str] = []

    def count(self, answer: str) -> None:
        with self.lock:
            self.answers[answer] += 1

    @contextmanager
    def at_work(self, email: str, patients: list[str]) -> Iterator[None]:
        """While this lasts, everybody writes."""
        writers = [Writer(self, email, patient) for patient in patients]
        for writer in writers:
            writer.start()
        try:
            yield
        finally:
            self.over.set()
            for writer in writers:
                writer.join(timeout=60)
        assert self.mistakes == []
