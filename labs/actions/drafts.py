"""What has been typed and not yet finalised."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.actions import Overtaken
from accounts.models import Person, version_of
from labs.models import EntryDraft, Panel, PanelKind
from patients.models import Patient


@transaction.atomic
def save_draft(
    patient: Patient,
    *,
    kind: PanelKind,
    typed: Mapping[str, Any],
    by: Person,
    read_version: str,
    entry_key: uuid.UUID | None = None,
) -> EntryDraft | None:
    """Keep what has been typed so far, exactly as typed.

    None where the entry of this key is final already: an autosave that arrives late must not bring a
    finished entry back as a draft. Raises Overtaken where another page of the same person has saved something
    else since `read_version`.
    """
    # Two pages of one person wait for each other here, also before there is a draft.
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    stored = Panel.objects.filter(clinic_id=patient.clinic_id, patient=patient)
    if entry_key and stored.filter(entry_key=entry_key).exists():
        return None
    stands = EntryDraft.objects.filter(
        clinic_id=patient.clinic_id, patient=patient, author=by, kind=kind
    ).first()
    if stands is not None and stands.version not in {read_version, version_of(sorted(typed.items()))}:
        raise Overtaken(stands)
    draft, _ = EntryDraft.objects.update_or_create(
        clinic_id=patient.clinic_id, patient=patient, author=by, kind=kind, defaults={"typed": dict(typed)}
    )
    return draft


@transaction.atomic
def discard_draft(patient: Patient, *, kind: PanelKind, by: Person) -> None:
    """Forget one's own draft; there may be none."""
    EntryDraft.objects.filter(clinic_id=patient.clinic_id, patient=patient, author=by, kind=kind).delete()
