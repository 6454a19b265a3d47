"""What the banner of an emergency access says."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from accounts.models import Person
from patients.models import EmergencyAccess


@dataclass(frozen=True, slots=True)
class Held:
    """An emergency access that lasts; `left` is measured by the database, whose clock ends it."""

    id: uuid.UUID
    patient_id: uuid.UUID
    name: str
    mrn: str
    ends_at: datetime
    left: timedelta

    @property
    def seconds(self) -> int:
        return max(0, int(self.left.total_seconds()))

    @property
    def minutes(self) -> int:
        """Minutes left, the one that has begun included."""
        return -(-self.seconds // 60)


def emergencies_held_by(person: Person) -> Sequence[Held]:
    """Those that last, the one that ends first before the others; one query."""
    left = ExpressionWrapper(F("ends_at") - Now(), output_field=DurationField())
    mine = EmergencyAccess.objects.visible_to(person).open().select_related("patient").annotate(left=left)
    return [
        Held(each.id, each.patient_id, each.patient.full_name, each.patient.mrn, each.ends_at, each.left)
        for each in mine.order_by("ends_at", "id")
    ]
