"""What the signs of life say: when beat, sweeps and workers were last heard of, and by what they judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinical.rulebook import Rulebook, load_rulebook
from monitoring.models import BEAT, SWEEP, WORKER, Heartbeat
from recovery_clinic.work import LATE_SECONDS

SWEEPS = ("evaluations", "documents")


@dataclass(frozen=True, slots=True)
class Signs:
    """Beat's last sign, the older of the sweeps' last runs, and how many workers judge by which rulebook."""

    beat: datetime | None
    sweep: datetime | None
    workers: Mapping[str, int]
    own: str

    @property
    def differs(self) -> bool:
        """Whether any worker judges by another rulebook than the pages show."""
        return any(rulebook != self.own for rulebook in self.workers)


def signs_of_life(now: datetime) -> Signs:
    """All of them, in one query."""
    seen = {each.name: each for each in Heartbeat.objects.all()}
    sweeps = [seen[name].seen_at if (name := f"{SWEEP}{kind}") in seen else None for kind in SWEEPS]
    workers: dict[str, int] = {}
    for name, each in seen.items():
        if name.startswith(WORKER) and each.seen_at >= now - timedelta(seconds=LATE_SECONDS):
            known = _named(each.rulebook_version, each.rulebook_digest)
            workers[known] = workers.get(known, 0) + 1
    return Signs(
        beat=seen[BEAT].seen_at if BEAT in seen else None,
        sweep=None if None in sweeps else min(filter(None, sweeps)),
        workers=workers,
        own=_own(load_rulebook()),
    )


def _own(rulebook: Rulebook) -> str:
    return _named(rulebook.version, rulebook.digest)


def _named(version: str, digest: str) -> str:
    """A draft may change under one version, so the first letters of the digest belong to the name."""
    return f"{version} {digest[:12]}"
