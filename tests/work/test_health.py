"""What an operator is told without a login: alive, ready, behind; and never a word about a patient."""

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from clinical.rulebook import load_rulebook
from tests.drills.faults import Clinic
from tests.product import until

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("work")]
READY = {"status": "ready", "database": "answers", "broker": "answers"}
# The sweep comes each minute, and once when beat starts.
BEAT_SECONDS = 70
SILENT = {
    "beat": "beat last seen",
    "sweep:evaluations": "sweep last seen",
    "sweep:documents": "sweep last seen",
}
WORKER = (
    "insert into monitoring_heartbeat (name, seen_at, rulebook_version, rulebook_digest)"
    " values (%s, now(), %s, %s) on conflict (name) do update"
    " set rulebook_version = excluded.rulebook_version, rulebook_digest = excluded.rulebook_digest"
)
GIVEN_UP = (
    "insert into monitoring_evaluation (id, clinic_id, patient_id, episode_id, evaluated_version,"
    " rulebook_version, axis_pattern, not_evaluated, calculated, attempted_version, attempts, error)"
    " select gen_random_uuid(), clinic_id, patient_id, id, 0, '', '', '[]', '{}', record_version, 3, ''"
    " from patients_episode"
)


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


def told_of(product: Clinic) -> tuple[int, list[str], dict[str, Any]]:
    status, told = product.health("behind")
    return status, told["because"], told


def alive(product: Clinic) -> None:
    """Beat, the sweeps and a worker that knows the same rulebook were heard of a moment ago."""
    rulebook = load_rulebook()
    for name in ("beat", "sweep:evaluations", "sweep:documents"):
        product.tell("insert into monitoring_heartbeat (name, seen_at) values (%s, now())", name)
    for number in range(2):
        product.tell(WORKER, f"worker:{number}", rulebook.version, rulebook.digest)


def test_it_is_behind_until_beat_sweeps(product):
    product.record(2)
    product.start("web", WEB_WORKERS="1")
    product.until_ready()
    status, because, told = told_of(product)
    assert (status, because) == (503, ["beat last seen", "sweep last seen", "no worker seen"])
    # Numbers, our own words and the rulebook; no id, name or date of anybody.
    assert {key: type(value) for key, value in told.items() if value is not None} == {
        "status": str,
        "because": list,
        "oldest_pending_seconds": float,
        "given_up": int,
        "rulebook_web": str,
        "rulebook_workers": dict,
    }
    product.start_worker()
    worker = product.start_worker()
    product.start("beat")
    until(lambda: product.health("behind")[0] == 200, "it is up to date", seconds=BEAT_SECONDS)
    until(lambda: [*told_of(product)[2]["rulebook_workers"].values()] == [2], "both workers are heard of")
    status, because, told = told_of(product)
    assert told.pop("beat_last_seen_seconds") < BEAT_SECONDS
    assert told.pop("sweep_last_seen_seconds") < BEAT_SECONDS
    assert told == {
        "status": "up to date",
        "because": [],
        "oldest_pending_seconds": None,
        "given_up": 0,
        "rulebook_web": told["rulebook_web"],
        "rulebook_workers": {told["rulebook_web"]: 2},
    }
    # One that stops in good order is not missed.
    worker.terminate()
    until(lambda: [*told_of(product)[2]["rulebook_workers"].values()] == [1], "its sign is taken back")


def test_beat_lives_although_nobody_runs_its_sweeps(product):
    """Two facts: with the broker away beat still says that it is there, and no sweep is seen."""
    product.start("web", WEB_WORKERS="1")
    product.until_ready()
    product.broker.stop()
    product.start("beat")
    until(lambda: "beat last seen" not in told_of(product)[1], "beat is heard of")
    assert told_of(product)[1] == ["sweep last seen", "no worker seen"]


def test_each_thing_that_is_wrong_is_named(product):
    product.record(1)
    product.start("web", WEB_WORKERS="1")
    product.until_ready()
    alive(product)
    assert told_of(product)[:2] == (200, [])

    for name, word in SILENT.items():
        product.tell(
            "update monitoring_heartbeat set seen_at = now() - interval '4 minutes' where name = %s", name
        )
        assert told_of(product)[:2] == (503, [word])
        product.tell("update monitoring_heartbeat set seen_at = now()")

    product.tell("update patients_episode set changed_at = now() - interval '4 minutes'")
    status, because, told = told_of(product)
    assert (status, because) == (503, ["oldest pending"])
    assert told["oldest_pending_seconds"] > 180

    product.tell(GIVEN_UP)
    status, because, told = told_of(product)
    assert (status, because, told["given_up"], told["oldest_pending_seconds"]) == (503, ["given up"], 1, None)
    # Nobody has to look at a record whose episode was closed.
    product.tell("update patients_episode set closed_on = current_date, outcome = 'other'")
    assert told_of(product)[:2] == (200, [])


def test_a_worker_that_judges_by_another_rulebook_is_named(product):
    product.start("web", WEB_WORKERS="1")
    product.until_ready()
    alive(product)
    for version, digest in ((load_rulebook().version, "0" * 64), ("0.9.0", load_rulebook().digest)):
        product.tell(WORKER, "worker:0", version, digest)
        status, because, told = told_of(product)
        assert (status, because) == (503, ["rulebook version differs between web and worker"])
        assert told["rulebook_workers"] == {told["rulebook_web"]: 1, f"{version} {digest[:12]}": 1}
    # One that has been silent for long judges nothing any more.
    product.tell(
        "update monitoring_heartbeat set seen_at = now() - interval '4 minutes' where name = 'worker:0'"
    )
    assert told_of(product)[:2] == (200, [])


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
