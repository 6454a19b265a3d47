"""What a floor stands on: psycopg without Django, and a Django view without anything of ours."""

import os
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.test.client import ClientHandler
from django.test.utils import override_settings
from django.urls import path
from psycopg import sql
from psycopg.types.json import Jsonb

from accounts.tenancy import act_for
from labs.models import Result


class Floor:
    """A psycopg connection as the product's own role, so that the floor stands behind the same wall."""

    def __init__(self, clinic_id: uuid.UUID) -> None:
        self.connection = psycopg.connect(os.environ["DATABASE_URL"])
        self.clinic_id = str(clinic_id)

    def enter(self) -> None:
        """Begin the transaction's work: whose rows exist."""
        self.connection.execute("SELECT set_config('app.clinic_id', %s, true)", [self.clinic_id])

    def rows(self, query: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of one query, in a transaction of its own."""
        with self.connection.transaction():
            self.enter()
            return self.connection.execute(query, params).fetchall()

    def stored(self, table: str, column: str, value: object) -> list[dict[str, Any]]:
        """Rows as they lie in a table, ready to be inserted again."""
        query = sql.SQL("SELECT * FROM {} WHERE {} = %s").format(*map(sql.Identifier, (table, column)))
        with self.connection.transaction():
            self.enter()
            cursor = self.connection.execute(query, [value])
            names = [each.name for each in cursor.description or ()]
            return [dict(zip(names, map(_sendable, row), strict=True)) for row in cursor]

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows with one statement."""
        names = list(rows[0])
        one = sql.SQL("({})").format(sql.SQL(", ").join(sql.Placeholder() for _ in names))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join([one] * len(rows)),
        )
        self.connection.execute(statement, [row[name] for row in rows for name in names])


def _sendable(value: object) -> object:
    return Jsonb(value) if isinstance(value, dict | list) else value


RESULT_FIELDS = (
    "analyte",
    "reported_text",
    "reported_unit",
    "place",
    "interval_low",
    "interval_high",
    "panel__collected_at",
)


def results(request: HttpRequest, clinic_id: uuid.UUID, patient_id: uuid.UUID) -> JsonResponse:
    """A patient's current results as JSON: one query, no login, no page."""
    with transaction.atomic():
        act_for(clinic_id=clinic_id)
        found = Result.objects.current().filter(panel__patient_id=patient_id)
        return JsonResponse({"results": list(found.values(*RESULT_FIELDS))})


urlpatterns = [path("results/<uuid:clinic_id>/<uuid:patient_id>/", results)]


class _BareHandler(ClientHandler):
    """Django's own request cycle with the roads of this module and no middleware."""

    def load_middleware(self, is_async: bool = False) -> None:
        with override_settings(MIDDLEWARE=[]):
            super().load_middleware(is_async)

    def get_response(self, request: HttpRequest) -> Any:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return super().get_response(request)


def bare_client() -> Client:
    """A client of the bare views."""
    client = Client(SERVER_NAME="localhost")
    client.handler = _BareHandler(enforce_csrf_checks=False)
    return client
