"""What pages and PDFs show of documents: how far each is, and the words that were frozen in it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone

from accounts.models import Person
from documents.models import LONGEST_TRY, MOST_ATTEMPTS, Document, DocumentKind
from patients.models import Episode, Patient


class State(StrEnum):
    """How far a document is."""

    WAITING = "waiting"
    RENDERING = "rendering"
    READY = "ready"
    FAILED = "failed"


WORDS = {
    State.WAITING: "Waiting for its turn",
    State.RENDERING: "Being made",
    State.READY: "Ready",
    State.FAILED: "Could not be made",
}


@dataclass(frozen=True, slots=True)
class Status:
    """The state with its word, why it failed, and whether the page should ask again."""

    document_id: uuid.UUID
    state: State
    word: str
    why: str
    pages: int | None

    @property
    def is_moving(self) -> bool:
        return self.state in {State.WAITING, State.RENDERING}

    @property
    def where(self) -> str:
        return "a worker has it" if self.state == State.RENDERING else "in the queue"


def status_of(document: Document) -> Status:
    """The true state: a try that began longer ago than any try lasts is not called being made."""
    state = _state_of(document, timezone.now())
    why = document.error or f"The worker stopped {MOST_ATTEMPTS} times while it was making the PDF."
    why = why if state == State.FAILED else ""
    return Status(document.id, state, WORDS[state], why, document.pages)


def _state_of(document: Document, now: datetime) -> State:
    if document.rendered_at is not None:
        return State.READY
    if document.started_at is not None and document.started_at >= now - LONGEST_TRY:
        return State.RENDERING
    return State.FAILED if document.attempts >= MOST_ATTEMPTS else State.WAITING


@dataclass(frozen=True, slots=True)
class Row:
    """One document in a list."""

    id: uuid.UUID
    title: str
    code: str
    status: Status
    asked_at: datetime
    asked_by: str


@dataclass(frozen=True, slots=True)
class DocumentsOf:
    """A patient's documents, newest first, and what the form that asks for another one needs.

    `entry_key` makes a second click harmless. `problem` says why the last one was refused,
    `chosen` which it was.
    """

    rows: Sequence[Row]
    kinds: Sequence[tuple[str, str]]
    entry_key: uuid.UUID
    problem: str = ""
    chosen: str = ""


def documents_of(patient: Patient, user: Person, *, problem: str = "", chosen: str = "") -> DocumentsOf:
    """The list and the form of a patient's documents, in one query."""
    found = Document.objects.visible_to(user).filter(patient=patient).newest_first().without_bytes()
    rows = [
        Row(
            id=document.id,
            title=DocumentKind(document.kind).label,
            code=document.code,
            status=status_of(document),
            asked_at=document.requested_at,
            asked_by=document.requested_by.full_name,
        )
        for document in found.select_related("requested_by")
    ]
    return DocumentsOf(rows, DocumentKind.choices, uuid.uuid4(), problem, chosen)


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as ordered, from a day, and until the day before another begins."""

    text: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Window:
    """One window for tests."""

    what: str
    earliest_on: date
    target_on: date
    latest_on: date
    is_late: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document as it reads: only what was frozen, with dates as dates."""

    words: dict[str, Any]
    clinic: dict[str, str]
    patient_name: str
    born_on: date
    mrn: str
    drug: dict[str, Any] | None
    doses: Sequence[Dose]
    tests: Sequence[Window]
    code: str
    record_version: int
    data_as_of: datetime
    asked_by: str
    printed_at: datetime | None
    language: str

    @property
    def zone(self) -> str:
        return self.clinic["time_zone"]


def sheet_of(document: Document, *, printed_at: datetime | None = None) -> Sheet:
    """The frozen inputs of a document, ready for the PDF's template and for its summary on the page."""
    frozen = document.inputs
    drug = frozen["drug"]
    return Sheet(
        words=frozen["words"],
        clinic=frozen["clinic"],
        patient_name=frozen["patient"]["name"],
        born_on=date.fromisoformat(frozen["patient"]["born_on"]),
        mrn=frozen["patient"]["mrn"],
        drug=drug,
        doses=[_dose(each) for each in drug["doses"]] if drug else [],
        tests=[_window(each) for each in frozen["tests"]],
        code=document.code,
        record_version=document.record_version,
        data_as_of=datetime.fromisoformat(frozen["data_as_of"]),
        asked_by=frozen["asked_by"],
        printed_at=printed_at or document.rendered_at,
        language=frozen["language"],
    )


def _dose(frozen: dict[str, Any]) -> Dose:
    ends = frozen["ends_on"]
    return Dose(
        frozen["text"], date.fromisoformat(frozen["starts_on"]), date.fromisoformat(ends) if ends else None
    )


def _window(frozen: dict[str, Any]) -> Window:
    return Window(
        what=frozen["what"],
        earliest_on=date.fromisoformat(frozen["earliest_on"]),
        target_on=date.fromisoformat(frozen["target_on"]),
        latest_on=date.fromisoformat(frozen["latest_on"]),
        is_late=frozen["is_late"],
    )


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """A document's page: its state, what it says, and whether the record has moved on since."""

    document: Document
    title: str
    status: Status
    sheet: Sheet
    newer_version: int | None


def page_of(document: Document, user: Person) -> DocumentPage:
    """The page of one document; `newer_version` is the record's where it changed after this was asked for."""
    episode = Episode.objects.visible_to(user).filter(patient=document.patient).open().first()
    now = episode.record_version if episode else document.patient.version
    return DocumentPage(
        document=document,
        title=DocumentKind(document.kind).label,
        status=status_of(document),
        sheet=sheet_of(document),
        newer_version=now if now != document.record_version else None,
    )
