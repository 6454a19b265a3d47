"""What has been typed and not yet finalised."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import Person
from labs.models import EntryDraft, PanelKind
from patients.models import Patient


@transaction.atomic
def save_draft(patient: Patient, *, kind: PanelKind, typed: Mapping[str, Any], by: Person) -> EntryDraft:
    """Keep what has been typed so far, exactly as typed."""
    draft, _ = EntryDraft.objects.update_or_create(
        clinic_id=patient.clinic_id, patient=patient, author=by, kind=kind, defaults={"typed": dict(typed)}
    )
    return draft


@transaction.atomic
def discard_draft(patient: Patient, *, kind: PanelKind, by: Person) -> None:
    """Forget one's own draft; there may be none."""
    EntryDraft.objects.filter(clinic_id=patient.clinic_id, patient=patient, author=by, kind=kind).delete()
