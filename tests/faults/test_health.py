"""What an operator is told without a login: alive, ready, behind; and never a word about a patient."""

import contextlib
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.faults.conftest import Clinic
from tests.product import until

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("faults")]
READY = {"status": "ready", "database": "answers", "broker": "answers"}
# The sweep comes each minute, and once when beat starts.
BEAT_SECONDS = 70


@contextlib.contextmanager
def nobody_let_in(product: Clinic) -> Iterator[None]:
    """The database ends every session and takes no other, as while PostgreSQL restarts."""
    name = str(conninfo_to_dict(product.admin)["dbname"])
    takes = sql.SQL("alter database {} allow_connections {}")
    with psycopg.connect(make_conninfo(product.admin, dbname="postgres"), autocommit=True) as server:
        server.execute(takes.format(sql.Identifier(name), sql.SQL("false")))
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        yield
        server.execute(takes.format(sql.Identifier(name), sql.SQL("true")))


def test_it_is_behind_until_beat_sweeps(product):
    product.record(2)
    product.start("web", WEB_WORKERS="1")
    product.until_ready()
    status, told = product.health("behind")
    assert (status, told["status"], told["beat_last_seen_seconds"]) == (503, "behind", None)
    # Numbers and one word; no id, name or date.
    assert {key: type(value) for key, value in told.items() if value is not None} == {
        "status": str,
        "oldest_pending_seconds": float,
        "given_up": int,
    }
    product.start_worker()
    product.start("beat")
    until(lambda: product.health("behind")[0] == 200, "it is up to date", seconds=BEAT_SECONDS)
    status, told = product.health("behind")
    assert told.pop("beat_last_seen_seconds") < BEAT_SECONDS
    assert (status, told) == (200, {"status": "up to date", "oldest_pending_seconds": None, "given_up": 0})


def test_late_and_given_up_work_and_a_silent_beat_are_behind(product):
    product.record(1)
    product.start("web", WEB_WORKERS="1")
    product.until_ready()
    product.tell("insert into monitoring_heartbeat values ('beat', now())")
    status, told = product.health("behind")
    assert (status, told["status"]) == (200, "up to date")

    product.tell("update patients_episode set changed_at = now() - interval '4 minutes'")
    status, told = product.health("behind")
    assert status == 503
    assert told["oldest_pending_seconds"] > 180

    product.tell(
        "insert into monitoring_evaluation (id, clinic_id, patient_id, episode_id, evaluated_version,"
        " rulebook_version, axis_pattern, not_evaluated, calculated, attempted_version, attempts, error)"
        " select gen_random_uuid(), clinic_id, patient_id, id, 0, '', '', '[]', '{}', record_version, 3, ''"
        " from patients_episode"
    )
    status, told = product.health("behind")
    assert (status, told["given_up"], told["oldest_pending_seconds"]) == (503, 1, None)

    product.tell("delete from monitoring_evaluation")
    product.tell("update patients_episode set changed_at = now()")
    product.tell("update monitoring_heartbeat set seen_at = now() - interval '4 minutes'")
    assert product.health("behind")[0] == 503


def test_a_database_that_is_away_is_told_and_found_again(product):
    product.start("web", WEB_WORKERS="1")
    product.until_ready()
    assert product.health("ready") == (200, READY)
    with nobody_let_in(product):
        for question in ("ready", "behind"):
            away = {"status": "not ready", "database": "OperationalError"}
            assert product.health(question) == (503, away)
        assert product.health("live") == (200, {"status": "alive"})
    until(lambda: product.health("ready") == (200, READY), "the database is found again")
