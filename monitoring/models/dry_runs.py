"""A dry run: a draft of the rulebook, replayed over the clinic's history by a worker, batch by batch."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models.functions import Now

from accounts.models import ClinicOwned, ClinicOwnedQuerySet, Person
from monitoring.models.judging import MOST_ATTEMPTS


class DryRunQuerySet(ClinicOwnedQuerySet["DryRun"]):
    def under_way(self) -> Self:
        """Those with episodes left and tries left, the oldest first."""
        return self.filter(finished_at=None, attempts__lt=MOST_ATTEMPTS).order_by("asked_at", "id")

    def not_moved_since(self, moment: datetime) -> Self:
        return self.filter(moved_at__lt=moment)

    def given_up(self) -> Self:
        return self.filter(finished_at=None, attempts__gte=MOST_ATTEMPTS)

    def newest_first(self) -> Self:
        return self.select_related("asked_by").order_by("-asked_at", "-id")


class DryRun(ClinicOwned):
    """What a draft would change in this clinic. It changes no flag, retest or rule.

    `changes` are clinical.dry_run.Change as objects. `done` of `episodes` are replayed, in the order of their
    ids up to `last_episode`; `found` is what they gave, and grows with them. Each batch is one transaction.
    `attempts` counts tries of the next batch; at MOST_ATTEMPTS nobody tries until a person asks again.
    """

    title = models.CharField(max_length=120)
    changes = models.JSONField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    # What the draft is compared with; where a release comes in between, the replay begins again.
    rulebook_version = models.CharField(max_length=40, blank=True)
    rulebook_digest = models.CharField(max_length=64, blank=True)
    episodes = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    last_episode = models.UUIDField(null=True, blank=True)
    found = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    # When a batch was last begun: whoever has not moved for long has lost its message.
    moved_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DryRunQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["clinic", "asked_at"],
                condition=models.Q(finished_at=None),
                name="dry_runs_under_way",
            )
        ]

    def __str__(self) -> str:
        return f"Dry run {str(self.id)[:8]}"

    @property
    def is_given_up(self) -> bool:
        return self.finished_at is None and self.attempts >= MOST_ATTEMPTS

    @property
    def state(self) -> str:
        """finished, failed, running or waiting."""
        if self.finished_at is not None:
            return "finished"
        if self.is_given_up:
            return "failed"
        return "running" if self.done else "waiting"
