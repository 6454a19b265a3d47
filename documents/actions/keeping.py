"""Keeping what a worker made of a document: tries counted first, the PDF stored once, failures said."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from audit import actions as audit
from audit.models import Outcome
from documents.actions.asking import may_ask
from documents.models import MOST_ATTEMPTS, REVOKED, Document


@transaction.atomic
def begin_rendering(document_id: uuid.UUID) -> Document | None:
    """Take a document in hand and count the try; None where there is nothing to do.

    That is so when it is rendered, given up, in another worker's hands, or unknown in this clinic. Whoever
    asked for it is asked after again: who may not see the patient any more gets no PDF of him. Commit before
    rendering, so that a document which kills its worker is given up after MOST_ATTEMPTS.
    """
    now = timezone.now()
    document = (
        Document.objects.left_undone(now)
        .filter(pk=document_id)
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    if document is None:
        return None
    if not may_ask(document):
        _refuse(document)
        return None
    if document.started_at is not None:
        document.error = "The worker stopped while it was making the PDF."
    document.attempts += 1
    document.started_at = now
    document.save(update_fields=["attempts", "started_at", "error"])
    return document


@transaction.atomic
def store_pdf(document_id: uuid.UUID, *, pdf: bytes, pages: int, printed_at: datetime) -> bool:
    """Keep the PDF; False where another worker was first, whose bytes then stay, or where whoever asked for
    it lost his right to it while it was made."""
    document = _lock(document_id)
    if document.rendered_at is not None:
        return False
    if not may_ask(document):
        _refuse(document)
        return False
    document.pdf, document.pages, document.rendered_at = pdf, pages, printed_at
    document.started_at, document.error = None, ""
    document.save(update_fields=["pdf", "pages", "rendered_at", "started_at", "error"])
    _note("documents.document.rendered", document, by=None)
    return True


@transaction.atomic
def note_failure(document_id: uuid.UUID, *, because: str, give_up: bool) -> None:
    """Say why there is no PDF. `give_up` where another try would end the same way."""
    document = _lock(document_id)
    if document.rendered_at is None:
        _fail(document, because=because, give_up=give_up)


def _lock(document_id: uuid.UUID) -> Document:
    return Document.objects.select_for_update(of=("self",)).defer("pdf", "inputs").get(pk=document_id)


def _refuse(document: Document) -> None:
    _give_up(document, because=REVOKED)
    _note("documents.document.refused", document, by=None, outcome=Outcome.SERIOUS_FAILURE)


def _fail(document: Document, *, because: str, give_up: bool) -> None:
    if give_up:
        _give_up(document, because=because)
    else:
        document.error, document.started_at = because, None
        document.save(update_fields=["error", "started_at"])
    _note("documents.document.failed", document, by=None)


def _give_up(document: Document, *, because: str) -> None:
    document.error, document.started_at, document.attempts = because, None, MOST_ATTEMPTS
    document.save(update_fields=["error", "started_at", "attempts"])


def note_look_at_pdf(document: Document, *, by: Person) -> None:
    """Record that somebody took the PDF; part of the request's own transaction."""
    _note("documents.pdf.viewed", document, by=by)


def _note(action: str, document: Document, *, by: Person | None, outcome: Outcome = Outcome.SUCCESS) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=document.clinic_id,
        object_kind="documents.document",
        object_id=document.id,
        patient_id=document.patient_id,
        details={
            "code": document.code,
            "attempts": document.attempts,
            "requested_by": str(document.requested_by_id),
        },
        outcome=outcome,
    )
