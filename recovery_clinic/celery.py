"""The Celery application and the whole clock, on one screen."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init
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
    "anchor-audit": {"task": "audit.anchor", "schedule": 3600.0, "options": {"expires": 3500}},
}


@setup_logging.connect  # type: ignore[misc]
def use_django_logging(**kwargs: Any) -> None:
    """Keep Django's JSON logging in workers; without a receiver Celery would install its own."""


@worker_init.connect  # type: ignore[misc]
def refuse_wrong_role(**kwargs: Any) -> None:
    """A worker that connects as owner or superuser would walk through every clinic's wall."""
    from accounts.tenancy import refuse_privileged_role

    refuse_privileged_role()


@beat_init.connect  # type: ignore[misc]
def sweep_at_once(**kwargs: Any) -> None:
    """What was left undone while the clock stood still need not wait for its first minute."""
    try:
        app.send_task("monitoring.sweep", retry=False)
    except (OperationalError, OSError):
        # The broker is not there yet; the first scheduled sweep finds the same work.
        return
