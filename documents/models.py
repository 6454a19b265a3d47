"""Documents: what was asked for, what it was made from, and the PDF, which never changes."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models.functions import Now

from accounts.models import ClinicOwned, Person
from patients.models import Patient, RecordOfPatientQuerySet

MOST_ATTEMPTS = 3
# A try that began longer ago than this has died: the worker's own limit stops it sooner.
LONGEST_TRY = timedelta(seconds=30)
REVOKED = "The person who asked for it may not see this patient any more."


class DocumentKind(models.TextChoices):
    """The documents that the clinic prints."""

    CLOMIPHENE = "clomiphene", "Clomiphene handout"
    LAB_PREPARATION = "lab_preparation", "Preparing for a blood test"


class DocumentQuerySet(RecordOfPatientQuerySet["Document"]):
    def unrendered(self) -> Self:
        """Documents without their PDF that have tries left, the oldest request first."""
        return self.filter(rendered_at=None, attempts__lt=MOST_ATTEMPTS).order_by("requested_at", "id")

    def left_undone(self, now: datetime) -> Self:
        """Of those, the ones that no worker has in hand; the least tried first, so that a bad one waits."""
        free = models.Q(started_at=None) | models.Q(started_at__lt=now - LONGEST_TRY)
        return self.unrendered().filter(free).order_by("attempts", "requested_at", "id")

    def given_up(self) -> Self:
        """Documents that somebody has to look at; one that is refused for good is no work any more."""
        return self.filter(rendered_at=None, attempts__gte=MOST_ATTEMPTS).exclude(error=REVOKED)

    def newest_first(self) -> Self:
        return self.order_by("-requested_at", "id")

    def without_bytes(self) -> Self:
        """The rows for a list: nobody reads a PDF to show its title."""
        return self.defer("pdf", "inputs")


class Document(ClinicOwned):
    """One PDF. `inputs` is all that it says, frozen when it was asked for; a reprint is these same bytes.

    `content_hash` is the SHA-256 of what was frozen, `code` its short form, printed on every page. A try that
    is under way has `started_at`; a try that failed leaves its reason in `error`.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=24, choices=DocumentKind)
    inputs = models.JSONField()
    record_version = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    code = models.CharField(max_length=11)
    requested_at = models.DateTimeField(db_default=Now())
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    entry_key = models.UUIDField()
    started_at = models.DateTimeField(null=True, blank=True)
    rendered_at = models.DateTimeField(null=True, blank=True)
    pdf = models.BinaryField(null=True, blank=True)
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_document_per_request"),
            models.UniqueConstraint(fields=["clinic", "code"], name="one_document_per_code"),
            models.CheckConstraint(
                condition=models.Q(rendered_at=None, pdf=None, pages=None)
                | models.Q(rendered_at__isnull=False, pdf__isnull=False, pages__gt=0),
                name="a_rendered_document_has_its_bytes",
            ),
            models.CheckConstraint(
                condition=models.Q(content_hash__regex=r"^[0-9a-f]{64}$"),
                name="a_document_has_the_hash_of_its_inputs",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "patient", "-requested_at"], name="documents_of_a_patient"),
            models.Index(
                fields=["clinic", "attempts", "requested_at"],
                condition=models.Q(rendered_at=None),
                name="documents_not_rendered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.requested_at}"
