"""Waking a worker for work that PostgreSQL remembers."""

import uuid

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def nudge(task: str, *ids: uuid.UUID) -> None:
    """Once this transaction is committed, wake a worker. PostgreSQL remembers the work if nobody wakes.

    The task is named, not imported: the floor that records a fact does not know the floor that judges it.
    """

    def wake() -> None:
        try:
            current_app.send_task(task, args=[str(each) for each in ids], retry=False)
        except (OperationalError, OSError) as error:
            log.warning("broker_unreachable", task=task, error=type(error).__name__)

    transaction.on_commit(wake)
