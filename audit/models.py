"""The record of who did what: rows are added, never changed, and point at nothing by foreign key."""

from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """One deed or one look. Ids only: history must not hold a record hostage, nor repeat what it says."""

    id = models.BigAutoField(primary_key=True)
    happened_at = models.DateTimeField(db_default=Now())
    clinic_id = models.UUIDField(null=True)
    actor_id = models.UUIDField(null=True)
    actor_role = models.CharField(max_length=16)
    action = models.CharField(max_length=64)
    object_kind = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    patient_id = models.UUIDField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["clinic_id", "patient_id", "-happened_at"], name="events_of_a_patient"),
            models.Index(fields=["clinic_id", "-happened_at"], name="events_of_a_clinic"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"
