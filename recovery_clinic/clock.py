"""Signs of life that beat and the workers write themselves, and beat's scheduler, which writes beat's."""

import os
import time
from typing import Any

import structlog
from celery.beat import PersistentScheduler
from django.db import connection
from django.db.utils import DatabaseError

log = structlog.get_logger(__name__)

# Four of them fit into the time after which /health/behind calls anybody silent.
SIGN_SECONDS = 30


class Sign:
    """A sign of life under one name, given at most every SIGN_SECONDS."""

    def __init__(self, name: str, *, judges: bool = False) -> None:
        self.name, self.judges = name, judges
        self.given: float | None = None

    def give(self) -> None:
        """Say that this process is alive. A database that is away stops nobody: the sign is late, no more."""
        if self.given is not None and time.monotonic() - self.given < SIGN_SECONDS:
            return
        self.given = time.monotonic()
        from clinical.rulebook import load_rulebook
        from monitoring.actions import note_sign

        try:
            note_sign(self.name, judges_by=load_rulebook() if self.judges else None)
        except DatabaseError as error:
            log.warning("no_sign_of_life", error=type(error).__name__)
        finally:
            # The next one is half a minute away, and a worker's children are forked from this process.
            connection.close()

    def take_back(self) -> None:
        """Stop in good order, so that nobody is missed."""
        from monitoring.actions import forget_sign

        try:
            forget_sign(self.name)
        except DatabaseError as error:
            log.warning("sign_of_life_stays", error=type(error).__name__)
        finally:
            connection.close()


def sign_of_worker(hostname: str) -> Sign:
    """The sign of this worker. Two on one machine have one name for Celery, so the process id is in ours."""
    from monitoring.models import WORKER

    return Sign(f"{WORKER}{hostname[:80]}:{os.getpid()}", judges=True)


class Clock(PersistentScheduler):  # type: ignore[misc]
    """Celery's scheduler, which also says that it is alive: whether the sweeps run is another question."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from monitoring.models import BEAT

        self.sign = Sign(BEAT)
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; returns how long to sleep."""
        self.sign.give()
        return float(super().tick(*args, **kwargs))
