"""A PostgreSQL of one drill's own, whose plug can be pulled, and what has to hold after that."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from recovery_clinic import postgres, servers
from recovery_clinic.roles import APP, OWNER, role_url
from recovery_clinic.serve import ROOT
from tests.drills.processes import children_of
from tests.product import Product

FOREIGN_KEYS = """
select c.conname, n.nspname, child.relname, parent.relname,
    array(select a.attname from unnest(c.conkey) with ordinality k(number, place)
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number order by k.place)::text[],
    array(select a.attname from unnest(c.confkey) with ordinality k(number, place)
        join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number order by k.place)::text[]
from pg_constraint c join pg_class child on child.oid = c.conrelid
    join pg_class parent on parent.oid = c.confrelid join pg_namespace n on n.oid = child.relnamespace
where c.contype = 'f' order by 1
"""


class Plugged(postgres.Postgres):
    """Our own server as the product starts it; it can be killed with all its processes at one moment."""

    def pull(self, when: Callable[[], None]) -> int:
        """SIGKILL every process of the server as soon as `when` returns; how many there were.

        Nothing of its memory is written down. Whoever is known beforehand dies at once; the postmaster is
        stopped first, so that it can neither fork another nor tidy up after those that are gone.
        """
        assert self.process is not None
        known = children_of(self.process)
        when()
        self.process.send_signal(signal.SIGSTOP)
        killed = {pid for pid in known if _kill(pid)}
        killed |= {pid for pid in children_of(self.process) if pid not in killed and _kill(pid)}
        self.process.kill()
        self.process.wait()
        self.process = None
        return len(killed) + 1

    def check_pages(self) -> None:
        """Verify the checksum of every page of the stopped server; raises ServersError where one is wrong."""
        self.account.run(self.installation.programs / "pg_checksums", "--check", "-D", str(self.data))

    def check_tables(self, database: str) -> None:
        """amcheck: every table and B-tree, and that every row is in each of its indexes."""
        program = self.installation.programs / "pg_amcheck"
        how = ["--install-missing", "--heapallindexed", "--parent-check", "--checkunique"]
        where = ["-h", str(self.sockets), "-p", str(postgres.PORT), "-U", postgres.ADMIN, database]
        done = subprocess.run([program, *how, *where], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def plugged() -> Iterator[Plugged]:
    """A server with a migrated `test_template`; the tests' products go there as long as this lasts."""
    with TemporaryDirectory(prefix="rc-plug-") as name, pytest.MonkeyPatch.context() as environment:
        folder = Path(name)
        sockets = folder / "run"
        sockets.mkdir(mode=0o700)
        own = postgres.our_own(folder / "pg", sockets, folder / "pg.log")
        server = Plugged(own.installation, own.data, own.sockets, own.log, own.account)
        try:
            server.start()
            servers.provision(server.dsn(), "test_template")
            owned = {**os.environ, "DATABASE_URL": role_url(server.dsn(), OWNER, "test_template")}
            migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
            subprocess.run(migrate, cwd=ROOT, env=owned, check=True)
            environment.setenv("TEST_ADMIN_DSN", server.dsn())
            environment.setenv("DATABASE_URL", role_url(server.dsn(), APP, "test_template"))
            yield server
        finally:
            server.stop()


def orphans(product: Product) -> tuple[int, list[str]]:
    """How many foreign keys there are, and those under which a row has no parent."""
    keys = product.ask(FOREIGN_KEYS)
    found = []
    with psycopg.connect(product.admin, autocommit=True) as connection:
        for name, schema, child, parent, ours, theirs in keys:
            pairs = [
                sql.SQL("p.{} = c.{}").format(sql.Identifier(their), sql.Identifier(our))
                for our, their in zip(ours, theirs, strict=True)
            ]
            given = [sql.SQL("c.{} is not null").format(sql.Identifier(our)) for our in ours]
            lost = connection.execute(
                sql.SQL(
                    "select count(*) from {} c where {} and not exists (select from {} p where {})"
                ).format(
                    sql.Identifier(schema, child),
                    sql.SQL(" and ").join(given),
                    sql.Identifier(schema, parent),
                    sql.SQL(" and ").join(pairs),
                )
            ).fetchone()
            found += [f"{name}: {lost[0]}"] if lost and lost[0] else []
    return len(keys), found
