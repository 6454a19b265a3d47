"""Signs of life: of beat, of each sweep and of each worker, each written by itself."""

from datetime import timedelta

from django.utils import timezone

from clinical.rulebook import Rulebook
from monitoring.models import SWEEP, Heartbeat

# A worker that was killed leaves its row behind; nobody asks after it for longer.
KEPT = timedelta(days=1)


def note_sign(name: str, *, judges_by: Rulebook | None = None) -> None:
    """Note that `name` is alive now and, of a worker, which rulebook it judges by. Twice is once."""
    rulebook = {
        "rulebook_version": judges_by.version if judges_by else "",
        "rulebook_digest": judges_by.digest if judges_by else "",
    }
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now(), **rulebook})


def note_sweep(kind: str) -> None:
    """Note that a worker runs the sweep of this kind, and drop signs that nobody asks after."""
    note_sign(f"{SWEEP}{kind}")
    Heartbeat.objects.of_workers().filter(seen_at__lt=timezone.now() - KEPT).delete()


def forget_sign(name: str) -> None:
    """Whoever stops in good order is not missed."""
    Heartbeat.objects.filter(name=name).delete()
