"""The record of who did what, and the chain that seals it: rows are added, never changed."""

import uuid
from typing import Any, Protocol

from django.db import models
from django.db.models.functions import Now


class Code(models.TextChoices):
    """What kind of deed, in the letters of FHIR's AuditEvent.action."""

    CREATE = "C", "Created"
    READ = "R", "Looked"
    UPDATE = "U", "Changed"
    DELETE = "D", "Deleted"
    EXECUTE = "E", "Executed"


class Outcome(models.IntegerChoices):
    """How it ended, in the numbers of FHIR's AuditEvent.outcome."""

    SUCCESS = 0, "Done"
    SERIOUS_FAILURE = 8, "Refused"


class Purpose(models.TextChoices):
    """Why the data was used, in the codes of HL7's PurposeOfUse; BTG is "break the glass"."""

    TREATMENT = "TREATMENT", "Treatment"
    OPERATIONS = "HOPERAT", "Running the clinic"
    EMERGENCY = "BTG", "Emergency access"


class Reader(Protocol):
    """Somebody who may stand in a clinic."""

    @property
    def standing(self) -> Any: ...


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: Reader) -> "EventQuerySet":
        """What happened in the clinic where `user` stands, for its members; a patient sees none of it."""
        if user.standing is None or user.standing.role == "patient":
            return self.none()
        return self.filter(clinic_id=user.standing.clinic_id)

    def about(self, patient_id: uuid.UUID) -> "EventQuerySet":
        """Every look at one patient and every deed on his record."""
        return self.filter(patient_id=patient_id)


class Event(models.Model):
    """One deed or one look, in the shape of IHE BALP.

    Ids only: history must not hold a record hostage, nor repeat what it says. `action` is our own verb,
    `code` its letter; `source` is where the request came from and None for the software's own work.
    """

    id = models.BigAutoField(primary_key=True)
    happened_at = models.DateTimeField(db_default=Now())
    clinic_id = models.UUIDField(null=True)
    actor_id = models.UUIDField(null=True)
    actor_role = models.CharField(max_length=16)
    action = models.CharField(max_length=64)
    code = models.CharField(max_length=1, choices=Code, db_default=Code.EXECUTE)
    object_kind = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    patient_id = models.UUIDField(null=True)
    outcome = models.PositiveSmallIntegerField(choices=Outcome, db_default=Outcome.SUCCESS)
    source = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, db_default="")
    purpose = models.CharField(max_length=16, choices=Purpose, db_default=Purpose.TREATMENT)
    details = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["clinic_id", "patient_id", "-happened_at"], name="events_of_a_patient"),
            models.Index(fields=["clinic_id", "-happened_at"], name="events_of_a_clinic"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"


class Link(models.Model):
    """An event's place in its clinic's chain. Written by the database alone, when a transaction commits.

    `chain` is the clinic's id, or the nil UUID for events outside any clinic. `hash` is the SHA-256 of the
    event, its place and the hash before it.
    """

    event_id = models.BigIntegerField(primary_key=True)
    chain = models.UUIDField()
    sequence = models.BigIntegerField()
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="one_event_per_place")]

    def __str__(self) -> str:
        return f"{self.sequence} of {self.chain}"
