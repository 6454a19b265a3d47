"""Asking for a document: once for each form, with everything that it will say frozen at that moment."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.actions import nudge
from accounts.models import CARE_TEAM, Membership, Person
from audit import actions as audit
from documents.actions.freezing import NotPossible, code_of, freeze, hash_of
from documents.models import MOST_ATTEMPTS, Document, DocumentKind
from patients.models import Episode, Patient

RENDER = "documents.render"

__all__ = ["NotPossible", "may_ask", "request_document", "retry_document"]


@transaction.atomic
def request_document(patient: Patient, kind: DocumentKind, *, by: Person, entry_key: uuid.UUID) -> Document:
    """Freeze what the document will say and wake a worker. The same `entry_key` returns the same document.

    Raises NotPossible where the record lacks what the document is about, or where the key was used for
    another document.
    """
    asked = Document.objects.filter(clinic_id=by.acting.clinic_id, entry_key=entry_key).first()
    if asked is None:
        asked, is_new = _freeze_new(patient, kind, by=by, entry_key=entry_key)
        if is_new:
            _note("documents.document.requested", asked, by=by, kind=asked.kind, code=asked.code)
            nudge(RENDER, asked.clinic_id, asked.id)
    if (asked.patient_id, asked.kind) != (patient.id, kind.value):
        raise NotPossible("This form was already sent for another document. Open the page again.")
    return asked


def _freeze_new(
    patient: Patient, kind: DocumentKind, *, by: Person, entry_key: uuid.UUID
) -> tuple[Document, bool]:
    # Locked, so that the dose and the record version that are frozen belong together.
    episode = (
        Episode.objects.open().filter(patient=patient).select_for_update(of=("self",), no_key=True).first()
    )
    at = timezone.now()
    inputs = freeze(patient, kind, by=by, episode=episode, at=at)
    record_version = episode.record_version if episode else patient.version
    digest = hash_of(
        patient=patient, kind=kind, inputs=inputs, record_version=record_version, entry_key=entry_key
    )
    return Document.objects.get_or_create(
        clinic_id=patient.clinic_id,
        entry_key=entry_key,
        defaults={
            "patient": patient,
            "kind": kind.value,
            "inputs": inputs,
            "record_version": record_version,
            "content_hash": digest,
            "code": code_of(digest),
            "requested_at": at,
            "requested_by": by,
        },
    )


def may_ask(document: Document) -> bool:
    """Whether whoever asked for it may still see the patient: by his role, and the record's restriction.

    A worker acts with the rights of whoever asked, as they are now, and not with its own.
    """
    current = Membership.objects.current().filter(
        clinic_id=document.clinic_id, person_id=document.requested_by_id, role__in=CARE_TEAM
    )
    membership = current.select_related("clinic", "person").first()
    if membership is None:
        return False
    person = membership.person
    person.standing = membership.standing
    return Patient.objects.visible_to(person).filter(pk=document.patient_id).exists()


@transaction.atomic
def retry_document(document: Document, *, by: Person) -> Document:
    """Wake a worker, for one that was given up with its tries given back. A finished one is left as it is.

    Raises NotPossible where whoever asked for it may not see the patient any more.
    """
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.rendered_at is not None:
        return document
    if not may_ask(document):
        raise NotPossible(
            "The person who asked for this document may not see this patient any more. Ask for a new one."
        )
    if document.attempts >= MOST_ATTEMPTS:
        document.attempts, document.error, document.started_at = 0, "", None
        document.save(update_fields=["attempts", "error", "started_at"])
    _note("documents.document.retried", document, by=by)
    nudge(RENDER, document.clinic_id, document.id)
    return document


def _note(action: str, document: Document, *, by: Person, **details: Any) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=document.clinic_id,
        object_kind="documents.document",
        object_id=document.id,
        patient_id=document.patient_id,
        details={"record_version": document.record_version, **details},
    )
