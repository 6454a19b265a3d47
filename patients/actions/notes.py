"""Writing, signing and adding to clinical notes."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.actions import KeyUsed
from accounts.models import Person, Role
from audit import actions as audit
from patients.markup import html_of
from patients.models import Addendum, Note, Patient


class NoteOvertaken(Exception):
    """The note is not what it was when it was read; `note` is what is on file."""

    def __init__(self, note: Note) -> None:
        super().__init__("This note was changed in the meantime.")
        self.note = note


class NoteRefused(Exception):
    """What was asked for is not possible with this note; says why."""


@transaction.atomic
def save_note_draft(
    patient: Patient,
    *,
    text: str,
    clinicians_only: bool,
    read_version: int,
    by: Person,
    entry_key: uuid.UUID,
) -> Note | None:
    """Keep what has been typed so far; each author has one draft for a patient.

    `read_version` is the version that the form was drawn from, 0 where there was none yet.
    None where the note of this key is no draft any more: a save that arrives late must bring nothing back.
    Raises NoteOvertaken where the draft was changed in another window, and KeyUsed where the key is that of
    another patient's note or of another author's.
    """
    _only_clinicians_hide(by, clinicians_only)
    mine = Note.objects.filter(clinic_id=patient.clinic_id, patient=patient, written_by=by, signed_at=None)
    draft = mine.select_for_update(of=("self",)).first()
    typed = {"text": text, "html": html_of(text), "clinicians_only": clinicians_only}
    if draft is None:
        known = Note.objects.filter(clinic_id=patient.clinic_id, entry_key=entry_key).first()
        if known is not None and (known.patient_id, known.written_by_id) != (patient.id, by.id):
            raise KeyUsed
        if known is not None:
            return None
        draft, is_new = mine.get_or_create(
            defaults={
                **typed,
                "clinic_id": patient.clinic_id,
                "patient": patient,
                "written_by": by,
                "entry_key": entry_key,
            }
        )
        if is_new:
            _note("patients.note.started", draft, by=by)
            return draft
    if (draft.text, draft.clinicians_only) == (text, clinicians_only):
        return draft
    if draft.version != read_version:
        raise NoteOvertaken(draft)
    for name, value in typed.items():
        setattr(draft, name, value)
    draft.version += 1
    draft.save(update_fields=[*typed, "version", "saved_at"])
    return draft


@transaction.atomic
def sign_note(note: Note, *, read_version: int, by: Person) -> Note:
    """Lock the draft as it was read. Twice is once.

    Raises NoteOvertaken where the text is not the one that was read, NoteRefused where it is not his to sign.
    """
    draft = _locked(note)
    if draft.written_by_id != by.id:
        raise NoteRefused("A note is signed by the person who wrote it.")
    if draft.signed_at is not None:
        return draft
    if draft.version != read_version:
        raise NoteOvertaken(draft)
    if not draft.text.strip():
        raise NoteRefused("There is nothing to sign: the note is empty.")
    draft.signed_at, draft.signed_by = timezone.now(), by
    draft.save(update_fields=["signed_at", "signed_by"])
    _note("patients.note.signed", draft, by=by, clinicians_only=draft.clinicians_only)
    return draft


@transaction.atomic
def discard_note_draft(patient: Patient, *, by: Person) -> None:
    """Forget one's own draft about a patient; there may be none."""
    mine = Note.objects.filter(clinic_id=patient.clinic_id, patient=patient, written_by=by, signed_at=None)
    draft = mine.select_for_update(of=("self",)).first()
    if draft is not None:
        _note("patients.note.discarded", draft, by=by)
        draft.delete()


@transaction.atomic
def add_to_note(note: Note, *, text: str, reason: str, by: Person, entry_key: uuid.UUID) -> Addendum:
    """Add to a signed note; the same key returns what is stored.

    Raises NoteRefused for a draft, and where the key was used for another addition.
    """
    if note.signed_at is None:
        raise NoteRefused("This note is not signed yet: change the draft itself.")
    addendum, is_new = Addendum.objects.get_or_create(
        clinic_id=note.clinic_id,
        entry_key=entry_key,
        defaults={"note": note, "text": text, "html": html_of(text), "reason": reason, "added_by": by},
    )
    if (addendum.note_id, addendum.text, addendum.reason) != (note.id, text, reason):
        raise NoteRefused("This form was already sent with other words. Open the note again.")
    if is_new:
        _note("patients.addendum.added", note, by=by, addendum=str(addendum.id))
    return addendum


def _only_clinicians_hide(by: Person, clinicians_only: bool) -> None:
    if clinicians_only and by.acting.role != Role.CLINICIAN:
        raise PermissionDenied("Only a clinician can write a note for clinicians only.")


def _locked(note: Note) -> Note:
    locked = Note.objects.select_for_update(of=("self",)).select_related("patient")
    return locked.get(pk=note.pk, clinic_id=note.clinic_id)


def _note(action: str, note: Note, *, by: Person, **details: Any) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=note.clinic_id,
        object_kind="patients.note",
        object_id=note.id,
        patient_id=note.patient_id,
        details={"version": note.version, **details},
    )
