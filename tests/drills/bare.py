"""What PostgreSQL itself says of the wall: which tables are open, and which roles stand above it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.db import connection

from recovery_clinic.roles import role_url

OWN = "(clinic_id = (NULLIF(current_setting('app.clinic_id'::text, true), ''::text))::uuid)"
PERSON = "(person_id = (NULLIF(current_setting('app.person_id'::text, true), ''::text))::uuid)"
WALL = {("clinic_wall", "PERMISSIVE", "ALL", OWN, OWN)}
# Before a clinic is chosen, a person must find his own memberships: to read, not to write.
# Before a clinic is known, a program must find the token whose secret it has.
TOKEN = "((digest)::text = NULLIF(current_setting('app.token_digest'::text, true), ''::text))"
WINDOWS = {
    "accounts_membership": {("clinic_window", "PERMISSIVE", "SELECT", f"({OWN} OR {PERSON})", None)},
    "accounts_apitoken": {("clinic_window", "PERMISSIVE", "SELECT", f"({OWN} OR {TOKEN})", None)},
}
# The audit record has a clinic, but an event may also happen outside of every clinic.
OWN_OR_NONE = f"((clinic_id IS NULL) OR {OWN})"
OTHERWISE = {"audit_event": {("clinic_wall", "PERMISSIVE", "ALL", OWN_OR_NONE, OWN_OR_NONE)}}
Ask = Callable[[str], list[tuple[Any, ...]]]

TABLES = """
select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attname = 'clinic_id' and not a.attisdropped
where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by c.relname
"""
POLICIES = "select tablename, policyname, permissive, cmd, qual, with_check from pg_policies"
ABOVE = """
select rolname from pg_roles where rolname in ('recovery_app', 'recovery_owner', 'recovery_auditor')
and (rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication)
"""
OWNED_BY_APP = """
select c.relname from pg_class c join pg_roles r on r.oid = c.relowner
where r.rolname <> 'recovery_owner' and c.relnamespace = 'public'::regnamespace
and c.relkind in ('r', 'p', 'v', 'm')
"""
# A view reads with its owner's rights unless it says otherwise, and a function with its owner's may too.
DETOURS = """
select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
and not coalesce(c.reloptions @> array['security_invoker=true'], false)
union all
select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
and p.proname <> 'audit_chain_event'
"""
UNIQUE = """
select t.relname, i.relname, a.attname, format_type(a.atttypid, null), x.indisprimary
from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
where x.indisunique and t.oid in (select oid from ({tables}) owned)
"""


def of_this_connection(question: str) -> list[tuple[Any, ...]]:
    """Ask as whoever the product connects as."""
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


def as_role(role: str, database: str) -> psycopg.Connection[Any]:
    """A connection of its own to a database of the test run."""
    return psycopg.connect(role_url(os.environ["TEST_ADMIN_DSN"], role, database))


def holes(ask: Ask) -> Iterator[str]:
    """Every way past the wall that the catalogue shows."""
    policies: dict[str, set[tuple[Any, ...]]] = {}
    for table, *policy in ask(POLICIES):
        policies.setdefault(table, set()).add(tuple(policy))
    for _, table, is_enabled, is_forced in ask(TABLES):
        if not is_enabled:
            yield f"{table} does not ENABLE row security"
        if not is_forced:
            yield f"{table} does not FORCE row security"
        wanted = OTHERWISE.get(table, WALL | WINDOWS.get(table, set()))
        yield from (f"{table} lacks {policy[0]}" for policy in sorted(wanted - policies.get(table, set())))
        yield from (f"{table} opens {policy[0]}" for policy in sorted(policies.get(table, set()) - wanted))
    yield from (f"{role} is above row security" for (role,) in ask(ABOVE))
    yield from (f"{table} is not recovery_owner's" for (table,) in ask(OWNED_BY_APP))
    yield from (f"{name} reads with its owner's rights" for (name,) in ask(DETOURS))
    for table, index, column, kind, is_primary in ask(UNIQUE.format(tables=TABLES)):
        # The id of a record is random and never typed; a person may be known in several clinics.
        is_random = kind == "uuid" and str(column).endswith("_id") and "person" not in column
        if column != "clinic_id" and not (is_primary or is_random):
            yield f"{table}: {index} tells of other clinics' {column}"
