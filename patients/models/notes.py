"""Clinical notes: drafts, signed notes that are locked, and what was added to them later."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from accounts.models import ClinicOwned, Person, Role
from patients.models.patients import Patient, RecordOfPatientQuerySet

LONGEST_NOTE = 20_000


class NoteQuerySet(RecordOfPatientQuerySet["Note"]):
    def visible_to(self, user: Person) -> Self:
        """Signed notes for the care team, and one's own draft; a patient sees none.

        What is marked for clinicians alone is not there for anybody else.
        """
        if user.standing is None or user.standing.role == Role.PATIENT:
            return self.none()
        seen = super().visible_to(user)
        if user.standing.role != Role.CLINICIAN:
            seen = seen.filter(clinicians_only=False)
        return seen.filter(models.Q(signed_at__isnull=False) | models.Q(written_by_id=user.id))

    def signed(self) -> Self:
        return self.filter(signed_at__isnull=False).order_by("-signed_at", "id")

    def to_sign(self, user: Person) -> Self:
        """A person's own drafts, the oldest first."""
        return self.filter(signed_at=None, written_by_id=user.id).order_by("started_at", "id")


class Note(ClinicOwned):
    """What somebody of the care team wrote about a patient: a draft of his own, then signed and locked.

    `text` is what was typed, to the letter; `html` is what it was shown as when it was stored. Nothing of a
    signed note changes, which the database holds too: what came later is an Addendum.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField(max_length=LONGEST_NOTE)
    html = models.TextField()
    clinicians_only = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    # Chosen by the form when it is drawn, so that a second click stores nothing.
    entry_key = models.UUIDField()
    started_at = models.DateTimeField(db_default=Now())
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = NoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_note_per_entry"),
            models.UniqueConstraint(
                fields=["clinic", "patient", "written_by"],
                condition=models.Q(signed_at=None),
                name="one_draft_note_per_author",
            ),
            models.CheckConstraint(
                condition=models.Q(signed_at=None, signed_by=None)
                | models.Q(signed_at__isnull=False, signed_by=models.F("written_by")),
                name="a_note_is_signed_by_its_author",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "patient", "-signed_at"], name="notes_of_a_patient"),
            models.Index(
                fields=["clinic", "written_by", "started_at"],
                condition=models.Q(signed_at=None),
                name="notes_to_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"Note {self.id}"


class AddendumQuerySet(models.QuerySet["Addendum"]):
    def visible_to(self, user: Person) -> Self:
        """Additions to the notes that this user may see."""
        return self.filter(note__in=Note.objects.visible_to(user))

    def oldest_first(self) -> Self:
        return self.order_by("added_at", "id")


class Addendum(ClinicOwned):
    """What was added to a signed note, and why: the note itself stays as it was signed."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField(max_length=LONGEST_NOTE)
    html = models.TextField()
    reason = models.CharField(max_length=200)
    entry_key = models.UUIDField()
    added_at = models.DateTimeField(db_default=Now())
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    objects = AddendumQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "addenda"
        constraints = [
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_addendum_per_entry"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="an_addendum_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"Addendum {self.id}"
