"""The clinic's own protocols: each a line of versions, of which a published one never changes."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from accounts.models import ClinicOwned, ClinicOwnedQuerySet, Person
from clinical.protocols import Protocol as Content
from clinical.protocols import from_json


class Protocol(ClinicOwned):
    """A protocol of the clinic, whatever its versions say. `key` is what courses remember it by."""

    key = models.SlugField(max_length=60, db_index=False)
    # What it was copied from first, such as "serm 1"; empty for one that began in the clinic.
    copied_from = models.CharField(max_length=80, blank=True)
    entry_key = models.UUIDField()
    begun_at = models.DateTimeField(db_default=Now())
    begun_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    objects = ClinicOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="one_protocol_per_key"),
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_protocol_per_form"),
        ]

    def __str__(self) -> str:
        return self.key


class VersionState(models.TextChoices):
    """Where a version stands between its first draft and its retirement."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"
    DISCARDED = "discarded", "Discarded"


VERSION_MAY_BECOME = {
    VersionState.DRAFT: {VersionState.IN_REVIEW, VersionState.DISCARDED},
    VersionState.IN_REVIEW: {VersionState.DRAFT, VersionState.PUBLISHED, VersionState.DISCARDED},
    VersionState.PUBLISHED: {VersionState.RETIRED},
    VersionState.RETIRED: set(),
    VersionState.DISCARDED: set(),
}


class ProtocolVersionQuerySet(ClinicOwnedQuerySet["ProtocolVersion"]):
    def published(self) -> Self:
        return self.filter(state=VersionState.PUBLISHED)

    def open(self) -> Self:
        return self.filter(state__in=[VersionState.DRAFT, VersionState.IN_REVIEW])


class ProtocolVersion(ClinicOwned):
    """One version: what it says, who wrote it, and who else reviewed it.

    `content` is clinical.protocols.Protocol as JSON. `version` is what a form that changes the row says it
    has read, and no part of what the protocol is.
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=VersionState, default=VersionState.DRAFT)
    content = models.JSONField()
    change_note = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    entry_key = models.UUIDField()
    begun_at = models.DateTimeField(db_default=Now())
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ProtocolVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "protocol", "number"], name="one_version_per_number"),
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_version_per_form"),
            models.UniqueConstraint(
                fields=["clinic", "protocol"],
                condition=models.Q(state__in=["draft", "in_review"]),
                name="one_open_version_per_protocol",
            ),
            models.UniqueConstraint(
                fields=["clinic", "protocol"],
                condition=models.Q(state="published"),
                name="one_published_version_per_protocol",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("written_by")),
                name="a_protocol_is_reviewed_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["published", "retired"],
                    reviewed_by__isnull=False,
                    published_at__isnull=False,
                )
                | models.Q(
                    state__in=["draft", "in_review", "discarded"], reviewed_by=None, published_at=None
                ),
                name="a_published_protocol_was_reviewed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.protocol} {self.number}"

    @property
    def says(self) -> Content:
        """The content, typed."""
        return from_json(self.content)


class VersionStep(ClinicOwned):
    """One thing done to a version, such as its return by the reviewer, and in which words."""

    protocol_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="steps")
    became = models.CharField(max_length=12, choices=VersionState)
    words = models.CharField(max_length=500, blank=True)
    taken_at = models.DateTimeField(db_default=Now())
    taken_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    objects = ClinicOwnedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["protocol_version", "taken_at"], name="steps_of_a_version")]

    def __str__(self) -> str:
        return f"{self.get_became_display()} at {self.taken_at}"
