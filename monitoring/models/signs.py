"""Signs of life of what runs in the background."""

from typing import Self

from django.db import models

# Who is heard of: beat itself, each sweep when a worker runs it, each worker.
BEAT, SWEEP, WORKER = "beat", "sweep:", "worker:"


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def of_workers(self) -> Self:
        return self.filter(name__startswith=WORKER)

    def of_sweeps(self) -> Self:
        return self.filter(name__startswith=SWEEP)


class Heartbeat(models.Model):
    """When a part of the clock was last heard of. Global: it says nothing of any patient.

    A worker also says which rulebook it judges by.
    """

    name = models.CharField(max_length=120, primary_key=True)
    seen_at = models.DateTimeField()
    rulebook_version = models.CharField(max_length=40, blank=True, db_default="")
    rulebook_digest = models.CharField(max_length=64, blank=True, db_default="")

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.seen_at}"
