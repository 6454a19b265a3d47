"""The database and its three roles: owner for migrations, app for the product, auditor who only reads."""

import json
import os
import secrets
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from recovery_clinic.programs import ServersError

OWNER, APP, AUDITOR = ROLES = ("recovery_owner", "recovery_app", "recovery_auditor")
SQL = Path(__file__).resolve().parent.parent / "deploy" / "postgres"
# Any number: two starts at once on one server must not both create a role.
PROVISIONING = 7_367_226


def provision(admin_dsn: str, database: str, passwords: dict[str, str] | None = None) -> None:
    """Make the roles and `database`, or bring them up to date; safe to call again.

    `admin_dsn` is a login that may create roles and databases. `passwords` gives one to each role; without it
    the server has to trust them, as ours does on its socket. Raises ServersError where the login may not.
    """
    try:
        with psycopg.connect(admin_dsn, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [PROVISIONING])
            connection.execute((SQL / "roles.sql").read_text())
            for role, password in (passwords or {}).items():
                _set_password(connection, role, password)
            if not _exists(connection, database):
                create = "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
                connection.execute(_named(create, database, OWNER))
        _grant(admin_dsn, database)
    except (psycopg.errors.InsufficientPrivilege, psycopg.OperationalError) as problem:
        raise ServersError(
            f"The database server in DATABASE_URL could not be prepared: {str(problem).strip()}\n"
            "DATABASE_URL has to be a login that may create roles and databases."
        ) from problem


def clone(admin_dsn: str, template: str, name: str) -> None:
    """Copy the database `template`, which nobody may be connected to, as `name`, with the same rights."""
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute(_named("CREATE DATABASE {} OWNER {} TEMPLATE {}", name, OWNER, template))
    # A database's own rights are not copied with it.
    _grant(admin_dsn, name)


def drop(admin_dsn: str, name: str) -> None:
    """Remove the database `name`, whoever is still connected; nothing happens where there is none."""
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute(_named("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def role_url(admin_dsn: str, role: str, database: str, password: str = "") -> str:
    """A URL for `role` on the server of `admin_dsn`, in the one form that libpq and django-environ both read.

    A socket folder goes into the query: `postgres://recovery_app@/recovery_clinic?host=/folder&port=5432`.
    """
    settings = {name: str(value) for name, value in conninfo_to_dict(admin_dsn).items()}
    host, port = settings.pop("host", ""), settings.pop("port", "")
    for ours in ("user", "password", "dbname"):
        settings.pop(ours, None)
    who = quote(role) + (f":{quote(password, safe='')}" if password else "")
    if not host or host.startswith("/") or "," in host:
        settings |= {name: value for name, value in (("host", host), ("port", port)) if value}
        where = ""
    else:
        where = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    query = f"?{urlencode(settings, quote_via=quote)}" if settings else ""
    return f"postgres://{who}@{where}/{quote(database)}{query}"


def kept_passwords(file: Path) -> dict[str, str]:
    """Each role's password, made once and kept in `file`, which only its owner can read."""
    if file.exists():
        kept: dict[str, str] = json.loads(file.read_text())
        return kept
    made = {role: secrets.token_urlsafe(32) for role in ROLES}
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        json.dump(made, target)
    return made


def _grant(admin_dsn: str, database: str) -> None:
    with psycopg.connect(make_conninfo(admin_dsn, dbname=database), autocommit=True) as connection:
        connection.execute((SQL / "database.sql").read_text())


def _set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Send only the SCRAM verifier, so that no log of the server can hold the password."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    alter = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
    connection.execute(alter)


def _exists(connection: psycopg.Connection, database: str) -> bool:
    return connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def _named(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
