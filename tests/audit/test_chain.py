"""The chain: no writer forks it, and whatever is done to it afterwards is found."""

# ruff: noqa: S608 - the statements here are the test's own, and they are hostile on purpose
import os
import subprocess
import sys
import uuid
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit.tasks import anchor
from audit.verifying import verify
from recovery_clinic.roles import AUDITOR, role_url
from tests.audit.own_database import ADD, own_database, together
from tests.house.source import ROOT

CLINIC = uuid.UUID("11111111-1111-4111-8111-111111111111")
NTH = [
    f"(select event_id from audit_link where chain = '{CLINIC}' and sequence = {number})"
    for number in range(11)
]


@pytest.fixture(scope="module")
def shared(django_db_setup, django_db_blocker, worker_id):
    with django_db_blocker.unblock(), own_database(worker_id, "chain") as database:
        yield database


@pytest.fixture
def database(shared, settings, tmp_path):
    """Ten events of one clinic, whose head is anchored."""
    settings.AUDIT_ANCHOR = str(tmp_path / "anchors" / "audit.jsonl")
    shared.tamper(CLINIC, "delete from audit_event", "delete from audit_link")
    shared.add(CLINIC, 10)
    assert anchor() == 1
    return shared


def told():
    """What the command says, and its error."""
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="tampered with"):
        call_command("verify_audit", stdout=out, stderr=err)
    return err.getvalue()


def test_a_whole_chain_verifies(database):
    out = StringIO()
    call_command("verify_audit", clinic=CLINIC, stdout=out)
    assert f"{CLINIC}: 10 events" in out.getvalue()
    assert "0 breaks" in out.getvalue()


@pytest.mark.parametrize(
    ("deed", "found"),
    [
        (f"update audit_event set actor_role = 'x' where id = {NTH[4]}", "was changed"),
        (
            f"update audit_event set happened_at = happened_at + '1 microsecond' where id = {NTH[4]}",
            "was changed",
        ),
        (f"delete from audit_event where id = {NTH[4]}", "was deleted"),
        ("delete from audit_link where sequence = 4", "missing"),
        (ADD.replace("%s, 'system'", f"'{CLINIC}', 'system'").replace("%s", "1"), "around the chain"),
        ("delete from audit_link where sequence > 7", "tail was cut off"),
        ("update audit_link set hash = sha256('x') where sequence = 10", "was changed"),
    ],
    ids=["flip", "one microsecond", "delete", "unlink", "insert", "links cut", "hash"],
)
def test_tampering_is_found(database, deed, found):
    database.tamper(CLINIC, deed)
    assert found in told()


def test_two_events_that_change_places_are_found(database):
    two = f"select {NTH[3]} as a, {NTH[6]} as b"
    database.tamper(
        CLINIC,
        f"create temporary table two as {two}",
        "update audit_link set event_id = -1 where event_id = (select a from two)",
        "update audit_link set event_id = (select a from two) where event_id = (select b from two)",
        "update audit_link set event_id = (select b from two) where event_id = -1",
    )
    assert told().count("was changed") == 2


def test_a_tail_cut_off_without_a_trace_is_found_by_its_anchor(database):
    database.tamper(
        CLINIC,
        "delete from audit_event where id in (select event_id from audit_link where sequence > 8)",
        "delete from audit_link where sequence > 8",
    )
    assert verify(CLINIC, []).breaks == []
    assert "ends at 8: its tail was cut off" in told()


def test_a_chain_rewritten_from_its_first_event_is_found_by_its_anchor(database):
    database.tamper(
        CLINIC,
        "create temporary table kept as select * from audit_event",
        "update kept set actor_role = 'nobody'",
        "delete from audit_link",
        "delete from audit_event",
        "set session_replication_role = origin",
        "insert into audit_event select * from kept order by id",
    )
    assert verify(CLINIC, []).breaks == []
    assert "the chain was rewritten" in told()


def test_a_chain_that_is_gone_altogether_is_found_by_its_anchor(database):
    database.tamper(CLINIC, "delete from audit_event", "delete from audit_link")
    assert "the chain ends at 0" in told()


def test_a_chain_that_was_tampered_with_is_not_anchored_again(database):
    database.tamper(CLINIC, "delete from audit_link where sequence > 8")
    database.add(CLINIC, 5)
    assert anchor() == 0


def test_anchoring_twice_writes_a_head_once(database, settings):
    database.add(CLINIC, 1)
    assert [anchor(), anchor()] == [1, 0]
    with open(settings.AUDIT_ANCHOR) as file:
        assert len(file.readlines()) == 2


def test_a_damaged_anchor_is_said_with_its_line(database, settings):
    with open(settings.AUDIT_ANCHOR, "a") as file:
        file.write("{}\n")
    with pytest.raises(CommandError, match="line 2"):
        call_command("verify_audit")


def test_a_bulk_insert_is_chained_row_by_row_and_a_rolled_back_one_leaves_no_gap(database):
    with database.connect(clinic=CLINIC) as app, app.transaction(force_rollback=True):
        app.execute(ADD, [CLINIC, 3])
        app.execute("set constraints all immediate")
    database.add(CLINIC, 3)
    verdict = verify(CLINIC, [])
    assert (verdict.events, verdict.breaks) == (13, [])


@pytest.mark.parametrize(
    "statement",
    [
        "insert into audit_link values (-1, gen_random_uuid(), 1, '', '')",
        "update audit_link set hash = ''",
        "delete from audit_link",
        "truncate audit_link",
        "alter table audit_event disable trigger events_are_chained",
        "set session_replication_role = replica",
    ],
)
def test_the_product_can_neither_forge_nor_unchain(database, statement):
    with database.connect(clinic=CLINIC) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)


def test_the_auditor_reads_both_and_writes_neither(database):
    with database.auditor(CLINIC) as auditor:
        auditor.execute("set default_transaction_read_only = off")
        for table in ("audit_event", "audit_link"):
            assert auditor.execute(f"select count(*) from {table}").fetchone() == (10,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                auditor.execute(f"delete from {table}")


def test_the_command_runs_as_the_auditor(database, settings):
    url = role_url(database.admin_dsn, AUDITOR, database.name)
    environment = {**os.environ, "DATABASE_URL": url, "AUDIT_ANCHOR": settings.AUDIT_ANCHOR}
    command = [sys.executable, str(ROOT / "manage.py"), "verify_audit"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert f"{CLINIC}: 10 events" in told.stdout


def test_32_writers_of_20_rows_do_not_fork_the_chain(database):
    def write(index):
        with database.connect(clinic=CLINIC) as app:
            for _ in range(20):
                app.execute(ADD, [CLINIC, 1])

    together(32, write)
    verdict = verify(CLINIC, [])
    assert (verdict.events, verdict.breaks) == (650, [])


def test_a_long_chain_is_read_whole(database):
    database.add(CLINIC, 3_000)
    verdict = verify(CLINIC, [])
    assert (verdict.events, verdict.breaks) == (3_010, [])
