"""The chain, its anchor and the command that verifies it; drill D5 tampers with it."""

# ruff: noqa: S608 - the names of tables here are the test's own
import os
import subprocess
import sys
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit.tasks import anchor
from audit.verifying import verify
from recovery_clinic.roles import AUDITOR, role_url
from tests.audit.own_database import ADD, own_database
from tests.audit.tampering import CLINIC
from tests.house.source import ROOT


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


def test_a_whole_chain_verifies(database):
    out = StringIO()
    call_command("verify_audit", clinic=CLINIC, stdout=out)
    assert f"{CLINIC}: 10 events" in out.getvalue()
    assert "0 breaks" in out.getvalue()


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


def test_a_long_chain_is_read_whole(database):
    database.add(CLINIC, 3_000)
    verdict = verify(CLINIC, [])
    assert (verdict.events, verdict.breaks) == (3_010, [])
