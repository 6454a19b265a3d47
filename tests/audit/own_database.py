"""A database of a test's own, where what is written is committed: chains are sealed at commit."""

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from recovery_clinic import servers
from recovery_clinic.roles import APP, AUDITOR, OWNER, role_url

ADD = (
    "insert into audit_event (clinic_id, actor_role, action, object_kind, object_id, details)"
    " select %s, 'system', 'test.row.noted', 'test.row', n::text, '{\"n\": 1}' from generate_series(1, %s) n"
)


class OwnDatabase:
    """Its name, and connections to it as each role."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.admin_dsn = os.environ["TEST_ADMIN_DSN"]

    def connect(self, role: str = APP, clinic: uuid.UUID | None = None) -> psycopg.Connection:
        """A connection that acts for the clinic until it is closed."""
        connection = psycopg.connect(role_url(self.admin_dsn, role, self.name), autocommit=True)
        connection.execute("select set_config('app.clinic_id', %s, false)", [str(clinic or "")])
        return connection

    def auditor(self, clinic: uuid.UUID) -> psycopg.Connection:
        return self.connect(AUDITOR, clinic)

    def add(self, clinic: uuid.UUID, rows: int) -> None:
        """Events by plain SQL, in one statement."""
        with self.connect(clinic=clinic) as app:
            app.execute(ADD, [clinic, rows])

    def tamper(self, clinic: uuid.UUID, *statements: str) -> None:
        """What somebody does who holds the server: triggers off, then anything."""
        with psycopg.connect(psycopg.conninfo.make_conninfo(self.admin_dsn, dbname=self.name)) as admin:
            admin.execute("select set_config('app.clinic_id', %s, false)", [str(clinic)])
            admin.execute("set session_replication_role = replica")
            for statement in statements:
                admin.execute(statement)  # type: ignore[call-overload]

    def as_owner(self, statement: str) -> None:
        with self.connect(OWNER) as owner:
            owner.execute(statement)  # type: ignore[call-overload]


@contextmanager
def own_database(worker_id: str, purpose: str) -> Iterator[OwnDatabase]:
    """A copy of the migrated database, which Django's connection enters too while the block lasts."""
    from django.db import connection

    database = OwnDatabase(f"{purpose}_{worker_id}")
    servers.drop(database.admin_dsn, database.name)
    servers.clone(database.admin_dsn, "test_template", database.name)
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database.name
    try:
        yield database
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        servers.drop(database.admin_dsn, database.name)


def together(number: int, deed: Callable[[int], None]) -> None:
    """Run `deed` in `number` threads that start at one moment; raise what the first failing one raised."""
    barrier = threading.Barrier(number)
    failures: list[BaseException] = []

    def run(index: int) -> None:
        try:
            barrier.wait(timeout=30)
            deed(index)
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if failures:
        raise failures[0]
