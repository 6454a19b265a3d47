"""The Celery application and the whole clock, on one screen."""

import os
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    heartbeat_sent,
    setup_logging,
    worker_init,
    worker_ready,
    worker_shutdown,
)
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")

app = Celery("recovery_clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["audit", "accounts", "patients", "monitoring", "documents"])

# Each sweep finds whatever a lost message left undone; the broker only makes it sooner.
app.conf.beat_schedule = {
    "sweep-evaluations": {"task": "monitoring.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "sweep-documents": {"task": "documents.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "sweep-mails": {"task": "accounts.sweep", "schedule": 60.0, "options": {"expires": 55}},
    "forget-sent-forms": {
        "task": "accounts.forget_sent_forms",
        "schedule": 86_400.0,
        "options": {"expires": 80_000},
    },
    "forget-resets": {"task": "accounts.forget_resets", "schedule": 3600.0, "options": {"expires": 3500}},
    "sweep-emergencies": {
        "task": "patients.sweep_emergencies",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "forget-sessions": {"task": "accounts.forget_sessions", "schedule": 600.0, "options": {"expires": 550}},
    "anchor-audit": {"task": "audit.anchor", "schedule": 3600.0, "options": {"expires": 3500}},
}
app.conf.beat_scheduler = "recovery_clinic.clock:Clock"
app.conf.beat_max_loop_interval = 30


@setup_logging.connect  # type: ignore[misc]
def use_django_logging(**kwargs: Any) -> None:
    """Keep Django's JSON logging in workers; without a receiver Celery would install its own."""


@worker_init.connect  # type: ignore[misc]
def refuse_wrong_role(**kwargs: Any) -> None:
    """A worker that connects as owner or superuser would walk through every clinic's wall."""
    from accounts.tenancy import refuse_privileged_role

    refuse_privileged_role()


@worker_init.connect  # type: ignore[misc]
def read_rulebook(**kwargs: Any) -> None:
    """Read before any child is forked: all of them judge by the one that the sign of life names."""
    from clinical.rulebook import load_rulebook

    load_rulebook()


@worker_ready.connect  # type: ignore[misc]
def begin_signs(sender: Any, **kwargs: Any) -> None:
    """From now on /health/behind knows this worker and what it judges by."""
    from recovery_clinic.clock import sign_of_worker

    app.sign = sign_of_worker(sender.hostname)
    app.sign.give()


@heartbeat_sent.connect  # type: ignore[misc]
def go_on_with_signs(**kwargs: Any) -> None:
    """While the broker is away Celery's heart stands still, and so does this sign: nothing can be done."""
    if sign := getattr(app, "sign", None):
        sign.give()


@worker_shutdown.connect  # type: ignore[misc]
def end_signs(**kwargs: Any) -> None:
    """A worker that stops in good order is not missed."""
    if sign := getattr(app, "sign", None):
        sign.take_back()


@beat_init.connect  # type: ignore[misc]
def sweep_at_once(**kwargs: Any) -> None:
    """What was left undone while the clock stood still need not wait for its first minute."""
    try:
        for sweep in ("monitoring.sweep", "documents.sweep"):
            app.send_task(sweep, retry=False)
    except (OperationalError, OSError):
        # The broker is not there yet; the first scheduled sweep finds the same work.
        return
