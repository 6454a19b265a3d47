"""Whose record an invitation to the portal opens."""

from django.db import models

from accounts.models import ClinicOwned, Invitation
from patients.models.patients import Patient, RecordOfPatientQuerySet


class PortalInvitation(ClinicOwned):
    """An invitation of somebody who, once he has taken it up, sees exactly this record."""

    invitation = models.OneToOneField(Invitation, on_delete=models.PROTECT, related_name="portal")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="portal_invitations")

    objects = RecordOfPatientQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Invitation to the portal of {self.patient_id}"
