"""D23, pulled plug: PostgreSQL is killed while everybody writes; what was acknowledged is there afterwards.

The server is this drill's own. All its processes die at one moment, so that what it had only in its shared
memory is gone, as when a machine loses its power; what the kernel holds stays, unlike then.
"""

import time
import uuid

import pytest

from recovery_clinic.roles import APP
from recovery_clinic.servers import ServersError
from tests.drills.faults import Clinic
from tests.drills.figures import told
from tests.drills.plug import orphans, plugged
from tests.drills.writers import Crowd, Ledger
from tests.product import a_product, until

WRITERS = 4
PULLS = 3
RECOVERY_SECONDS = 15
MOST_RUNS = 5
pytestmark = [pytest.mark.nightly, pytest.mark.journey, pytest.mark.xdist_group("plug")]
# A panel without its result or its line in the audit record, or with two: a transaction that was torn.
TORN = """
select count(*) from labs_panel p
where (select count(*) from labs_result r where r.panel_id = p.id) = 0
    or (select count(*) from audit_event e where e.object_id = p.id::text
        and e.action = 'labs.panel.recorded') <> 1
"""


@pytest.fixture(scope="module")
def server():
    with plugged() as own:
        yield own


@pytest.fixture
def clinic(server, worker_id):
    with a_product(f"plug_{worker_id}", Clinic) as running:
        yield running


def present(clinic):
    return {key for (key,) in clinic.ask("select entry_key from labs_panel")}


def pull_and_restart(clinic, server, crowd):
    """Pull the plug at a moment when a write was just acknowledged; returns the seconds to the next one."""
    killed = server.pull(crowd.ledger.until_acknowledged)
    refused = crowd.answers["503 with Retry-After"]
    until(lambda: clinic.health("ready")[0] == 503, "the web says that it is not ready")
    assert clinic.health("live")[0] == 200
    until(lambda: crowd.answers["503 with Retry-After"] >= refused + WRITERS, "everybody was refused")
    server.start()
    answers_since, stored = time.monotonic(), len(crowd.ledger.keys("stored"))
    until(lambda: len(crowd.ledger.keys("stored")) > stored, "a write is acknowledged", RECOVERY_SECONDS)
    return killed, time.monotonic() - answers_since


def test_what_was_acknowledged_is_there_after_the_plug_was_pulled(clinic, server):
    made, before = clinic.record(WRITERS), present(clinic)
    ledger = Ledger(clinic.folder / "ledger")
    crowd = Crowd(clinic.address, ledger)
    clinic.start("web")
    clinic.start_worker()
    clinic.start_beat()
    clinic.until_ready()
    killed, seconds = 0, []
    with crowd.at_work(made["clinician"], made["patients"]):
        for number in range(PULLS):
            until(lambda n=number: len(ledger.keys("stored")) >= 20 * (n + 1), "all write")
            processes, recovery = pull_and_restart(clinic, server, crowd)
            killed += processes
            seconds.append(recovery)
    assert ledger.complaints(present(clinic), before=before) == []
    assert set(crowd.answers) == {"200", "302", "503 with Retry-After"}
    until(lambda: clinic.is_judged(made["episodes"]), "every record is judged", seconds=60)

    keys, without_parent = orphans(clinic)
    assert (keys > 50, without_parent, clinic.ask(TORN)) == (True, [], [(0,)])
    clinic.manage("verify_audit")
    name = clinic.ask("select current_database()")[0][0]
    server.check_tables(name)
    for process in clinic.processes:
        clinic.kill(process)
    server.stop()
    try:
        server.check_pages()
    finally:
        server.start()
    stored, asked = ledger.keys("stored"), ledger.keys("asked")
    told(
        "D23",
        "pulled-plug",
        pulls=PULLS,
        processes_killed=killed,
        writers=WRITERS,
        acknowledged=len(stored),
        missing=len(stored - present(clinic)),
        stored_unacknowledged=len((asked - stored) & present(clinic)),
        unexplained=len(present(clinic) - asked - before),
        refused_503=crowd.answers["503 with Retry-After"],
        answered_500=crowd.answers["500"],
        slowest_recovery=f"{max(seconds):.1f} s",
        foreign_keys=keys,
        orphans=len(without_parent),
        amcheck="ok",
        page_checksums="ok",
    )


@pytest.mark.planted
def test_a_line_that_was_never_written_and_a_panel_that_nobody_asked_for_are_seen(clinic):
    ledger = Ledger(clinic.folder / "ledger")
    clinic.record(1)
    (key,) = present(clinic)
    ledger.note("asked", str(key))
    ledger.note("stored", str(key))
    assert ledger.complaints(present(clinic)) == []
    ledger.note("stored", str(uuid.uuid4()))
    clinic.record(1)
    assert ledger.complaints(present(clinic)) == ["1 acknowledged and missing", "1 unexplained"]


@pytest.mark.planted
def test_a_server_that_acknowledges_before_it_has_written_is_seen(clinic, server):
    """synchronous_commit off for the product's role: the last moments are in shared memory only."""
    made, before = clinic.record(WRITERS), present(clinic)
    lost_after = 0
    clinic.tell(f"alter role {APP} set synchronous_commit = off")
    try:
        clinic.start("web")
        clinic.until_ready()
        for run in range(1, MOST_RUNS + 1):
            crowd = Crowd(clinic.address, Ledger(clinic.folder / f"ledger-{run}"), month=run)
            with crowd.at_work(made["clinician"], made["patients"]):
                until(lambda c=crowd: len(c.ledger.keys("stored")) >= 10, "all write")
                pull_and_restart(clinic, server, crowd)
            missing = len(crowd.ledger.keys("stored") - present(clinic))
            if missing:
                lost_after = run
                break
    finally:
        clinic.tell(f"alter role {APP} reset synchronous_commit")
    assert lost_after, f"nothing was lost in {MOST_RUNS} runs"
    assert crowd.ledger.complaints(present(clinic), before=before)[0] == f"{missing} acknowledged and missing"
    told("D23", "asynchronous-commit", runs=lost_after, acknowledged_and_lost=missing)


@pytest.mark.planted
def test_a_page_with_one_wrong_byte_is_seen(clinic, server):
    clinic.record(1)
    file = server.data / clinic.ask("select pg_relation_filepath('labs_panel')")[0][0]
    server.stop()
    page = file.read_bytes()
    try:
        file.write_bytes(page[:-1] + bytes([page[-1] ^ 1]))
        with pytest.raises(ServersError, match="checksum"):
            server.check_pages()
    finally:
        file.write_bytes(page)
        server.start()


@pytest.mark.planted
def test_a_row_without_its_parent_is_seen(clinic):
    """Deleted as a superuser who switched the triggers off, as a damaged index would lose it."""
    clinic.record(1)
    clinic.tell("set session_replication_role = replica; delete from labs_panel")
    assert any(found.startswith("labs_result_panel_id") for found in orphans(clinic)[1])
