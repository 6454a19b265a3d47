"""What every laboratory page finds first: a patient or a panel that this user may see."""

import re
import uuid

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import Person
from labs.models import Panel
from patients.models import Patient


def patient_or_404(user: Person, patient_id: uuid.UUID) -> Patient:
    """A patient whom this user may see."""
    return get_object_or_404(Patient.objects.visible_to(user), pk=patient_id)


def panel_or_404(user: Person, panel_id: uuid.UUID) -> Panel:
    """A panel that this user may see, with what its page shows."""
    panels = (
        Panel.objects.visible_to(user)
        .prefetch_related("results")
        .select_related("patient", "laboratory", "semen", "finalised_by", "reviewed_by", "released_by")
    )
    return get_object_or_404(panels, pk=panel_id)


def version_read(request: HttpRequest) -> int | None:
    """The version that the form says it was drawn from; None where it does not say."""
    typed = request.POST.get("version", "")
    return int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else None
