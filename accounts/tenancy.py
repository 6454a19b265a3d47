"""The wall between clinics: which clinic this transaction acts for, and the row security that enforces it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.migrations.operations import RunSQL

OWN_ROWS = "clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid"


def act_for(*, clinic_id: uuid.UUID | None, person_id: uuid.UUID | None = None) -> None:
    """Tell PostgreSQL, until this transaction ends, whose rows exist. None means that no rows do.

    Raises RuntimeError outside a transaction, where the setting would vanish with the statement.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(
            "The clinic is set per transaction; open one with transaction.atomic() or in_clinic()."
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.clinic_id', %s, true), set_config('app.person_id', %s, true)",
            [str(clinic_id or ""), str(person_id or "")],
        )


@contextmanager
def showing_token(digest: str) -> Iterator[None]:
    """Within the block the row of the API token with this digest exists, whose clinic is not known yet."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.token_digest', %s, true)", [digest])
    yield
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.token_digest', '', true)")


@contextmanager
def in_clinic(clinic_id: uuid.UUID, *, person_id: uuid.UUID | None = None) -> Iterator[None]:
    """A transaction that acts for one clinic; what was set before holds again afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "select current_setting('app.clinic_id', true), current_setting('app.person_id', true)"
            )
            before = [value or "" for value in cursor.fetchone()]
        act_for(clinic_id=clinic_id, person_id=person_id)
        yield
        with connection.cursor() as cursor:
            cursor.execute(
                "select set_config('app.clinic_id', %s, true), set_config('app.person_id', %s, true)", before
            )


class RowSecurity(RunSQL):
    """Migration: rows of `table` exist only for the clinic that the transaction acts for.

    FORCE, because without it the table's owner would not be bound. `condition` may widen which rows are
    read; which are written stays the clinic's own, or a person could give himself a role in any clinic.
    """

    def __init__(self, table: str, condition: str = OWN_ROWS) -> None:
        self.table, self.condition = table, condition
        widens = condition != OWN_ROWS
        super().__init__(
            sql=[
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY clinic_wall ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
                *(
                    [f"CREATE POLICY clinic_window ON {table} FOR SELECT USING ({condition})"]
                    if widens
                    else []
                ),
            ],
            reverse_sql=[
                *([f"DROP POLICY clinic_window ON {table}"] if widens else []),
                f"DROP POLICY clinic_wall ON {table}",
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            ],
        )

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.table, self.condition], {})


def refuse_privileged_role() -> None:
    """Raise ImproperlyConfigured where PostgreSQL would not hold this login behind the wall."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_user, rolsuper, rolbypassrls, exists(select 1 from pg_class c"
            " where c.relowner = r.oid and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace)"
            " from pg_roles r where rolname = current_user"
        )
        name, is_superuser, bypasses, owns_tables = cursor.fetchone()
    if is_superuser or bypasses or owns_tables:
        raise ImproperlyConfigured(
            f"DATABASE_URL connects as {name!r}, which row-level security does not bind. "
            "Connect as recovery_app; only migrations run as recovery_owner."
        )
