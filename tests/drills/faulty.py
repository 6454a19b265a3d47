"""The product's Celery application as a drill runs it: soon to miss a message, and with a planted defect.

`celery --app tests.drills.faulty`. PLANTED in the environment names one of DEFECTS, SWEEP_SECONDS how often
beat sweeps; with HELD_AFTERWARDS a task that has ended waits for whoever holds that point (shooting.py). What
a clinic runs with is asserted in tests/work/test_clock.py.
"""

import os
import signal
from datetime import timedelta
from typing import Any

from celery.signals import task_postrun, worker_init
from django.conf import settings

from recovery_clinic.celery import app
from tests.drills.jobs import FAILS, KILLS

VISIBILITY_SECONDS = 15
LONGEST_TRY = timedelta(seconds=6)

app.conf.broker_transport_options = {
    **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
    "visibility_timeout": VISIBILITY_SECONDS,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
if sweep_seconds := os.environ.get("SWEEP_SECONDS"):
    for entry in app.conf.beat_schedule.values():
        entry["schedule"], entry["options"] = float(sweep_seconds), {"expires": 4 * float(sweep_seconds)}


def acks_early() -> None:
    """A message is gone from the broker before its task has begun."""
    app.conf.task_acks_late, app.conf.task_reject_on_worker_lost = False, False
    for name in ("monitoring.evaluate", "documents.render"):
        app.tasks[name].acks_late = app.tasks[name].reject_on_worker_lost = False


def without_key() -> None:
    """An effect without a key: whoever gets the message judges, whether it was judged or not."""
    from monitoring.actions import evaluating

    evaluating._is_judged = lambda *of: False


def without_locks() -> None:
    """As above, and two sweeps at once take the same work in hand."""
    from monitoring.actions import evaluating
    from patients.models import Episode

    without_key()
    episodes = Episode.objects.select_related("patient", "clinic").order_by("id")
    evaluating._locked = lambda ids, **how: list(episodes.filter(pk__in=ids))


def broker_only() -> None:
    """Work that only the broker knows: nothing looks into the database for what was left undone."""
    from monitoring import tasks

    tasks._sweep_clinic = lambda clinic: 0


DEFECTS = {each.__name__: each for each in (acks_early, without_key, without_locks, broker_only)}


def _bite(text: str) -> None:
    """Kill this process, or raise, where the text names a poisoned record."""
    if f"{KILLS}-" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if f"{FAILS}-" in text:
        raise ValueError("poisoned")


def let_poison_work() -> None:
    """An evaluation bites when all of it but the mark is stored, a document before it is printed."""
    from documents import printing
    from monitoring.actions import evaluating

    store, render = evaluating.store, printing.render

    def store_and_bite(judged: Any, rulebook: Any) -> None:
        store(judged, rulebook)
        for one in judged:
            _bite(one.episode.patient.mrn)

    def bite_or_render(html: str) -> printing.Rendered:
        _bite(html)
        return render(html)

    evaluating.store, printing.render = store_and_bite, bite_or_render


@task_postrun.connect
def wait_afterwards(**kwargs: Any) -> None:
    """The task has ended, all of it is committed, and the broker does not know yet."""
    if "HELD_AFTERWARDS" in os.environ:
        from django.db import connection

        from tests.drills.shooting import LOCKS, POINTS

        point = [LOCKS, POINTS["after_mark"]]
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock_shared(%s, %s)", point)
            cursor.execute("select pg_advisory_unlock_shared(%s, %s)", point)


@worker_init.connect
def be_quick_and_faulty(**kwargs: Any) -> None:
    from documents import models

    models.LONGEST_TRY = LONGEST_TRY
    let_poison_work()
    if planted := os.environ.get("PLANTED"):
        DEFECTS[planted]()
