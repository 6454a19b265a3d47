"""PDFs in the background: one on a nudge, and a sweep for whatever a lost nudge left undone."""

import time
import uuid
from collections.abc import Iterator

import structlog
from celery import shared_task
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Clinic
from accounts.tenancy import in_clinic
from documents import actions, printing
from documents.models import Document
from documents.presenters import sheet_of
from monitoring.actions import note_sweep

log = structlog.get_logger(__name__)

BATCH = 100
# A sweep takes no further document in hand after this long: the next one, a minute later, goes on.
SWEEP_SECONDS = 50
TEMPLATE = "documents/print/document.html"


# After documents.printing has ended the rendering itself, and both before documents.models.LONGEST_TRY, after
# which another worker may take the document.
@shared_task(name="documents.render", soft_time_limit=25, time_limit=28)
def render(clinic_id: str, document_id: str) -> None:
    """Make one PDF. Safe to run twice, late, or for a document that is rendered already."""
    render_document(uuid.UUID(document_id), clinic_id=uuid.UUID(clinic_id))


@shared_task(name="documents.sweep")
def sweep() -> int:
    """Make, in batches, every PDF that is wanted and that no worker has in hand."""
    note_sweep("documents")
    until = time.monotonic() + SWEEP_SECONDS
    return sum(
        render_document(document_id, clinic_id=clinic_id)
        for clinic_id, document_id in _waiting()
        if time.monotonic() < until
    )


def _waiting() -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    for clinic in Clinic.objects.all():
        with in_clinic(clinic.id):
            found = list(Document.objects.left_undone(timezone.now()).values_list("id", flat=True)[:BATCH])
        for document_id in found:
            yield clinic.id, document_id


def render_document(document_id: uuid.UUID, *, clinic_id: uuid.UUID) -> bool:
    """Render what was frozen and keep it; True where this call made the PDF.

    No transaction is open while WeasyPrint works: the try is committed before, the bytes are stored after.
    """
    with in_clinic(clinic_id):
        document = actions.begin_rendering(document_id)
    if document is None:
        return False
    try:
        html = render_to_string(TEMPLATE, {"sheet": sheet_of(document, printed_at=document.started_at)})
        made = printing.render(html)
    except printing.Unrenderable as problem:
        _note_failure(document, because=str(problem), give_up=True)
    except printing.Interrupted as problem:
        log.warning("rendering_interrupted", document=str(document_id), because=str(problem))
        _note_failure(document, because=str(problem), give_up=False)
    except Exception as problem:
        log.exception("rendering_failed", document=str(document_id))
        _note_failure(document, because=f"{type(problem).__name__} while it was made.", give_up=False)
    else:
        with in_clinic(clinic_id):
            return actions.store_pdf(
                document_id, pdf=made.pdf, pages=made.pages, printed_at=document.started_at
            )
    return False


def _note_failure(document: Document, *, because: str, give_up: bool) -> None:
    with in_clinic(document.clinic_id):
        actions.note_failure(document.id, because=because, give_up=give_up)
