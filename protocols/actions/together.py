"""Starting the drugs of a protocol: each ordered as it would be alone, all of them or none."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from accounts.models import Person
from patients.models import Episode
from protocols.actions.checks import Dose
from protocols.actions.orders import Source, start_course
from protocols.actions.steps import NotPossible, stored_step
from protocols.models import Course, ProtocolVersion, VersionState


@dataclass(frozen=True, slots=True)
class Ordered:
    """One drug of a set: its dose, from which day, and why it is ordered although the checks warn."""

    drug: str
    dose: Dose
    starts_on: date
    override_reason: str = ""


@transaction.atomic
def start_protocol(
    episode: Episode,
    *,
    source: Source,
    ordered: Sequence[Ordered],
    reason: str,
    by: Person,
    entry_key: uuid.UUID,
) -> list[Course]:
    """Start the drugs of a protocol together: all or none. The same orders again return what was started.

    Each is ordered as it would be alone, and checked beside the others. Raises what start_course raises, and
    NotPossible where the version is no longer published.
    """
    _refuse_unpublished(source, ordered, clinic_id=episode.clinic_id, entry_key=entry_key)
    together = [each.drug for each in ordered]
    return [
        start_course(
            episode,
            drug=each.drug,
            dose=each.dose,
            starts_on=each.starts_on,
            reason=reason,
            by=by,
            entry_key=uuid.uuid5(entry_key, each.drug),
            override_reason=each.override_reason,
            source=source,
            beside=together,
        )
        for each in ordered
    ]


def _refuse_unpublished(
    source: Source, ordered: Sequence[Ordered], *, clinic_id: uuid.UUID, entry_key: uuid.UUID
) -> None:
    if source.version is None:
        return
    # Locked against a retirement at the same moment, and not against another start.
    locked = ProtocolVersion.objects.select_for_update(no_key=True)
    version = locked.get(pk=source.version.pk, clinic_id=clinic_id)
    is_stored = any(stored_step(clinic_id, uuid.uuid5(entry_key, each.drug)) for each in ordered)
    if version.state != VersionState.PUBLISHED and not is_stored:
        raise NotPossible(
            f"This version is {version.get_state_display().lower()}. Start from the published one."
        )
