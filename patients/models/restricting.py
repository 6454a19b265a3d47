"""Restricted records: who alone may see them, and the emergency access of everybody else."""

import uuid
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from accounts.models import ClinicOwned, ClinicOwnedQuerySet, Person, Role

LONGEST = timedelta(minutes=60)
MOST_ATTEMPTS = 3
# A try to send a notice that began longer ago than this has died.
LONGEST_TRY = timedelta(seconds=30)


class RestrictionReason(models.TextChoices):
    """Why not everybody in the clinic sees this record."""

    COLLEAGUE = "colleague", "He works here, or somebody close to him does"
    PUBLIC_PERSON = "public_person", "He is known to the public"
    WISH = "wish", "He asked for it"
    CONFLICT = "conflict", "Somebody in the clinic is in conflict with him"
    OTHER = "other", "Another reason, written below"


class RestrictionQuerySet(ClinicOwnedQuerySet["Restriction"]):
    def in_force(self) -> Self:
        return self.filter(lifted_at=None)

    def visible_to(self, user: Person) -> Self:
        """The clinic's, to its admin; to the care team those of the records that it sees."""
        mine = super().visible_to(user)
        return mine if user.role == Role.ADMIN else mine.exclude(patient_id__in=hidden_from(user))


class Restriction(ClinicOwned):
    """While it is in force, only the carers named for it see the patient's record.

    `version` counts the changes to it and to the list of its carers.
    """

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="restrictions")
    reason = models.CharField(max_length=16, choices=RestrictionReason)
    note = models.CharField(max_length=400, blank=True)
    placed_at = models.DateTimeField(db_default=Now())
    placed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lift_reason = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "patient"], condition=Q(lifted_at=None), name="one_restriction_per_patient"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lift_reason="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason=""),
                name="a_lifted_restriction_says_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Restriction of {self.patient_id}"


class NamedCarerQuerySet(ClinicOwnedQuerySet["NamedCarer"]):
    def current(self) -> Self:
        return self.filter(dropped_at=None)

    def visible_to(self, user: Person) -> Self:
        """Those of the restrictions that this user may see."""
        return self.filter(restriction__in=Restriction.objects.visible_to(user))


class NamedCarer(ClinicOwned):
    """A clinician or a member of staff who is named for a restricted record, and so sees it."""

    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="carers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField(db_default=Now())
    named_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = NamedCarerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "restriction", "person"],
                condition=Q(dropped_at=None),
                name="a_carer_is_named_once",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at=None, dropped_by=None)
                | Q(dropped_at__isnull=False, dropped_by__isnull=False),
                name="a_dropped_carer_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} for {self.restriction_id}"


class EmergencyReason(models.TextChoices):
    """Why somebody who is not named must see the record now."""

    EMERGENCY = "emergency", "The patient is in danger and I am treating him"
    COVER = "cover", "No named carer can be reached, and care cannot wait"
    SAFETY = "safety", "A critical result or a drug's danger has to be seen to"
    OTHER = "other", "Another reason, written below"


class EmergencyAccessQuerySet(ClinicOwnedQuerySet["EmergencyAccess"]):
    def visible_to(self, user: Person) -> Self:
        """The clinic's, to its admin, who reviews them; to everybody else his own."""
        mine = super().visible_to(user)
        return mine if user.role == Role.ADMIN else mine.filter(person_id=user.id)

    def open(self) -> Self:
        """Those that last, by the database's clock."""
        return self.filter(ends_at__gt=Now())

    def to_review(self) -> Self:
        """Those that nobody has reviewed, the oldest first: the longest waiting comes first."""
        return self.filter(reviewed_at=None).order_by("began_at", "id")

    def untold(self) -> Self:
        """Those whose notice is still to be sent and that no worker has in hand."""
        free = Q(notice_started_at=None) | Q(notice_started_at__lt=Now() - LONGEST_TRY)
        waiting = self.filter(free, notified_at=None, notice_attempts__lt=MOST_ATTEMPTS)
        return waiting.order_by("notice_attempts", "began_at", "id")


class EmergencyAccess(ClinicOwned):
    """Sight of a restricted record for at most an hour, with a reason, which the clinic's admin reviews.

    It ends by the database's clock: ending it early moves `ends_at`. Whatever this person does on this record
    meanwhile is marked in the audit record by the database itself (`emergency_access_is_tagged`). The notice
    to the admins is work: it is due until `notified_at`, and its tries are counted.
    """

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    restriction = models.ForeignKey(Restriction, on_delete=models.PROTECT, related_name="emergencies")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=16, choices=EmergencyReason)
    explanation = models.CharField(max_length=400)
    entry_key = models.UUIDField()
    began_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    notified_at = models.DateTimeField(null=True, blank=True)
    notice_started_at = models.DateTimeField(null=True, blank=True)
    notice_attempts = models.PositiveSmallIntegerField(default=0)
    notice_error = models.CharField(max_length=200, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    review_comment = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = EmergencyAccessQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "emergency accesses"
        constraints = [
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_emergency_access_per_entry"),
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("began_at"), ends_at__lte=F("began_at") + LONGEST),
                name="an_emergency_access_ends_within_the_hour",
            ),
            models.CheckConstraint(condition=~Q(explanation=""), name="an_emergency_access_is_explained"),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None, review_comment="")
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(review_comment=""),
                name="a_reviewed_access_says_by_whom_and_what",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "patient", "ends_at"], name="emergencies_of_a_person"),
            models.Index(
                fields=["clinic", "began_at"], condition=Q(reviewed_at=None), name="emergencies_to_review"
            ),
            models.Index(
                fields=["clinic", "began_at"], condition=Q(notified_at=None), name="emergencies_untold"
            ),
        ]

    def __str__(self) -> str:
        return f"Emergency access {self.began_at}"


def hidden_from(user: Person) -> "models.QuerySet[Restriction, uuid.UUID]":
    """Ids of the patients whose restricted records this member of the care team does not see now.

    One sub-query that asks nothing of the row outside of it: PostgreSQL runs it once for a statement, and
    a list pays for the clinic's restrictions, not for its own length.
    """
    named = NamedCarer.objects.filter(restriction=OuterRef("pk"), person_id=user.id).current()
    emergencies = EmergencyAccess.objects.filter(restriction=OuterRef("pk"), person_id=user.id).open()
    in_force = ClinicOwnedQuerySet.visible_to(Restriction.objects.in_force(), user)
    return in_force.filter(~Exists(named), ~Exists(emergencies)).values_list("patient_id", flat=True)
