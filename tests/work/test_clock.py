"""What a clinic runs with, where the drills run with shorter times; and who writes which sign of life."""

from datetime import timedelta
from unittest import mock

from django.db.utils import OperationalError
from django.utils import timezone

from clinical.rulebook import load_rulebook
from documents import tasks
from documents.models import LONGEST_TRY
from monitoring import actions
from monitoring.models import Heartbeat
from recovery_clinic import celery_app, clock
from recovery_clinic.work import LATE_SECONDS


def test_a_task_ends_before_somebody_else_is_given_it(settings):
    """Its message after the visibility timeout, a document after its longest try."""
    visible = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert visible > settings.CELERY_TASK_TIME_LIMIT > settings.CELERY_TASK_SOFT_TIME_LIMIT
    assert (visible, settings.CELERY_TASK_TIME_LIMIT) == (600, 120)
    assert tasks.render.time_limit < LONGEST_TRY.total_seconds() == 30


def test_messages_are_given_back_and_hold_no_results(settings):
    assert settings.CELERY_TASK_ACKS_LATE is settings.CELERY_TASK_REJECT_ON_WORKER_LOST is True
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert settings.CELERY_TASK_IGNORE_RESULT is True


def test_sweeps_come_each_minute_and_do_not_pile_up():
    schedule = celery_app.conf.beat_schedule
    for name in ("sweep-evaluations", "sweep-documents"):
        assert (schedule[name]["schedule"], schedule[name]["options"]) == (60.0, {"expires": 55})
    assert celery_app.conf.beat_scheduler == "recovery_clinic.clock:Clock"
    # Two signs or sweeps may be missed by chance before anybody is called silent.
    assert 3 * max(60, clock.SIGN_SECONDS, celery_app.conf.beat_max_loop_interval) <= LATE_SECONDS


def test_a_worker_says_by_what_it_judges_and_a_sweep_forgets_those_long_gone(db):
    actions.note_sign("worker:new", judges_by=load_rulebook())
    actions.note_sign("worker:old", judges_by=load_rulebook())
    actions.note_sign("worker:old", judges_by=load_rulebook())
    actions.note_sign("beat")
    Heartbeat.objects.exclude(name="worker:new").update(seen_at=timezone.now() - timedelta(days=2))
    actions.note_sweep("evaluations")
    kept = {each.name: each.rulebook_digest for each in Heartbeat.objects.all()}
    assert kept == {"beat": "", "sweep:evaluations": "", "worker:new": load_rulebook().digest}


def test_a_database_that_is_away_stops_neither_beat_nor_worker():
    sign = clock.Sign("beat")
    away = mock.patch("monitoring.actions.note_sign", side_effect=OperationalError("planted"))
    with away as note, mock.patch.object(clock, "connection"):
        sign.give()
        sign.give()
    assert note.call_count == 1
