"""Documents: what was asked for, what it was made from, and the PDF, which never changes."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import ClinicOwned, Person
from patients.models import Patient, RecordOfPatientQuerySet

MOST_ATTEMPTS = 3


class DocumentKind(models.TextChoices):
    """The documents that the clinic prints."""

    CLOMIPHENE = "clomiphene", "Clomiphene handout"
    LAB_PREPARATION = "lab_preparation", "Preparing for a blood test"


class DocumentQuerySet(RecordOfPatientQuerySet):
    def unrendered(self) -> "DocumentQuerySet":
        return self.filter(rendered_at=None, attempts__lt=MOST_ATTEMPTS).order_by("requested_at", "id")


class Document(ClinicOwned):
    """One PDF. `inputs` is all that it says, frozen when it was asked for; a reprint is these same bytes."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=24, choices=DocumentKind)
    inputs = models.JSONField()
    record_version = models.PositiveIntegerField()
    requested_at = models.DateTimeField(db_default=Now())
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entry_key = models.UUIDField()
    rendered_at = models.DateTimeField(null=True, blank=True)
    pdf = models.BinaryField(null=True, blank=True)
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_document_per_request"),
            models.CheckConstraint(
                condition=models.Q(rendered_at=None, pdf=None)
                | models.Q(rendered_at__isnull=False, pdf__isnull=False) & ~models.Q(content_hash=""),
                name="a_rendered_document_has_its_bytes",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "patient", "-requested_at"], name="documents_of_a_patient")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.requested_at}"
