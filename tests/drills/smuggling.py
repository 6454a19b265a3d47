"""Sending a form as if it had never been sent: what it was answered, and which rows it changed."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django import forms
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from psycopg import sql

from accounts.models import ClinicOwned
from accounts.tenancy import act_for
from tests.drills.reading import masked
from tests.house.deeds import sent

# Written whatever is sent: who looked, who is logged in, how often somebody tried, which forms arrived.
NOT_COMPARED = {"audit_event", "audit_link", "django_session", "accounts_cache", "accounts_sentform"}
# Columns that hold something else each time that the same is done.
DRAWN_ANEW = {"digest", "hint", "code", "content_hash", "inputs"}
KEYS = ("entry_key", "Idempotency-Key")
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# An id, a clock, the seconds until the session ends, a token's secret, a document's code.
FRESH = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\d\d:\d\d(:\d\d(\.\d+)?)?Z?|ends-in=.\d+|rct_[\w-]+|\d{4}-\d{4}-\d{4}"
)

Rows = dict[tuple[str, str], str]


def id_in(value: object) -> str:
    """The id in a value of a form, in its usual spelling; nothing where it is none."""
    text = str(value).lower()
    return text if AN_ID.fullmatch(text) else ""


def compared_models() -> list[type[Model]]:
    """Every model whose rows are compared before and after."""
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if model._meta.db_table not in NOT_COMPARED]


def rows_of(*clinics: Any) -> Rows:
    """Every row of these clinics, and every row that no clinic owns, as text, by table and key."""
    found: Rows = {}
    for place, clinic in enumerate(clinics):
        act_for(clinic_id=clinic.id)
        models = [model for model in compared_models() if place == 0 or issubclass(model, ClinicOwned)]
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(" union all ").join(_select(model) for model in models))
            found |= {(table, key): text for table, key, text in cursor.fetchall()}
    act_for(clinic_id=clinics[0].id)
    return found


def _select(model: type[Model]) -> sql.Composed:
    meta = model._meta
    select = "select {}, t.{}::text, to_jsonb(t)::text from {} t"
    return sql.SQL(select).format(
        sql.Literal(meta.db_table), sql.Identifier(meta.pk.column), sql.Identifier(meta.db_table)
    )


def changed_between(before: Rows, after: Rows) -> Rows:
    """Rows that are new or say something else, as they are now; a row that is gone says nothing."""
    return {key: after.get(key, "") for key in before | after if before.get(key) != after.get(key)}


@dataclass(frozen=True)
class Outcome:
    """What a form was answered, and which rows it changed, those of another clinic among them."""

    status: int
    leads_to: str
    shown: str
    changed: Rows

    @property
    def said(self) -> tuple[Any, ...]:
        """What can be compared with another outcome: what is fresh in each is taken out."""
        tables = sorted(table for table, _ in self.changed)
        text = FRESH.sub("", self.shown)
        return self.status, FRESH.sub("", self.leads_to), text, tables

    def difference(self, other: "Outcome") -> str:
        """The first place where what is said differs, and the tables that were written."""
        one, two = self.said, other.said
        pairs = zip(str(one[2]).splitlines(), str(two[2]).splitlines(), strict=False)
        line = next((f"{mine.strip()!r}, {its.strip()!r}" for mine, its in pairs if mine != its), "")
        return f"{self.status} and not as {other.status}: {one[3]} {two[3]} {line}"[:300]

    @property
    def written(self) -> list[tuple[str, str]]:
        """The rows as they are now, for comparison: without what is drawn anew each time."""
        rows = [(table, _without_fresh(text)) for (table, _), text in self.changed.items()]
        return sorted(rows)


def _without_fresh(text: str) -> str:
    row = {name: value for name, value in json.loads(text or "{}").items() if name not in DRAWN_ANEW}
    return FRESH.sub("", json.dumps(row, sort_keys=True))


class Sender:
    """Sends forms of one person, each to the same state: whatever a form changed is taken back again."""

    def __init__(self, client: Client, clinics: tuple[Any, Any], before: Rows) -> None:
        self.client, self.clinics, self.before = client, clinics, before
        self.client.raise_request_exception = False
        self.count = 0

    def send(self, route_name: str, url: str, form: Mapping[str, Any]) -> Outcome:
        """The outcome of a form, which is then as if it had never been sent."""
        self.count += 1
        cookies = copy.deepcopy(self.client.cookies)
        with transaction.atomic():
            answer = self.client.post(url, **sent(route_name, dict(form)))
            status, _, body = masked(answer)
            after = rows_of(*self.clinics)
            transaction.set_rollback(True)
        self.client.cookies = cookies
        act_for(clinic_id=self.clinics[0].id)
        changed = changed_between(self.before, after)
        return Outcome(status, answer.headers.get("Location", ""), body, changed)


def names_of_records(form: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each field of a form that holds an id, or ids."""
    for name, value in form.items():
        each = value[0] if isinstance(value, list) and value else value
        if id_in(each):
            yield name, value


@contextmanager
def fields_read() -> Iterator[set[str]]:
    """Within the block, the names that forms of the product read out of what was sent."""
    read: set[str] = set()
    drawn: list[forms.BaseForm] = []
    begin = forms.BaseForm.__init__

    def beginning(form: forms.BaseForm, *given: Any, **more: Any) -> None:
        begin(form, *given, **more)
        drawn.append(form)

    with mock.patch.object(forms.BaseForm, "__init__", beginning):
        yield read
    read |= {form.add_prefix(name) for form in drawn if form.is_bound for name in form.fields}
