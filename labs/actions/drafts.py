"""What has been typed and not yet finalised."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import Person
from labs.models import EntryDraft, Panel, PanelKind
from patients.models import Patient


@transaction.atomic
def save_draft(
    patient: Patient,
    *,
    kind: PanelKind,
    typed: Mapping[str, Any],
    by: Person,
    entry_key: uuid.UUID | None = None,
) -> EntryDraft | None:
    """Keep what has been typed so far, exactly as typed.

    None where the entry of this key is final already: an autosave that arrives late must not bring a
    finished entry back as a draft.
    """
    if entry_key and Panel.objects.filter(clinic_id=patient.clinic_id, entry_key=entry_key).exists():
        return None
    draft, _ = EntryDraft.objects.update_or_create(
        clinic_id=patient.clinic_id, patient=patient, author=by, kind=kind, defaults={"typed": dict(typed)}
    )
    return draft


@transaction.atomic
def discard_draft(patient: Patient, *, kind: PanelKind, by: Person) -> None:
    """Forget one's own draft; there may be none."""
    EntryDraft.objects.filter(clinic_id=patient.clinic_id, patient=patient, author=by, kind=kind).delete()
