"""Counters of tries, as a Django cache in PostgreSQL whose `add` one of many processes wins.

Django's own DatabaseCache will not do: beyond 300 entries it throws counters away that still count, so that
whoever tries many addresses wipes out his own; two processes may both win the `add` of a key that ran out;
and it unpickles what it finds in the table.
"""

import json
import time
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import OperationalError, connection, transaction
from psycopg import sql

FOR_EVER = datetime.max.replace(tzinfo=UTC)
# Each write takes a few dead entries with it, so the table stays as large as what is counted.
SWEPT_AT_ONCE = 20
ADD = """
insert into {} as kept (cache_key, value, expires) values (%s, %s, %s)
on conflict (cache_key) do update set value = excluded.value, expires = excluded.expires
where kept.expires <= clock_timestamp()
returning true
"""
SET = """
insert into {} (cache_key, value, expires) values (%s, %s, %s)
on conflict (cache_key) do update set value = excluded.value, expires = excluded.expires
"""
SWEEP = """
delete from {0} where cache_key in (
  select cache_key from {0} where expires <= clock_timestamp()
  order by expires limit %s for update skip locked
)
"""


class CounterCache(BaseCache):
    """Values are JSON. What one process wrote the next one sees, and nothing is thrown away early."""

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.table = sql.Identifier(table)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """True for exactly one of those who add the same key at the same time."""
        try:
            # A savepoint: a wait for another transaction that lasts too long must not end this one.
            with transaction.atomic():
                return bool(
                    self._ask(ADD, self._key(key, version), json.dumps(value), _ends_at(self, timeout))
                )
        except OperationalError:
            # Whoever cannot find out that he was first was not.
            return False

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        question = "select value from {} where cache_key = %s and expires > clock_timestamp()"
        found = self._ask(question, self._key(key, version))
        return json.loads(found[0]) if found else default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask(SET, self._key(key, version), json.dumps(value), _ends_at(self, timeout))
        self._ask(SWEEP, SWEPT_AT_ONCE)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        question = (
            "update {} set expires = %s where cache_key = %s and expires > clock_timestamp() returning true"
        )
        return bool(self._ask(question, _ends_at(self, timeout), self._key(key, version)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._ask("delete from {} where cache_key = %s returning true", self._key(key, version)))

    def clear(self) -> None:
        self._ask("delete from {}")

    def _key(self, key: str, version: int | None) -> str:
        return self.make_and_validate_key(key, version=version)

    def _ask(self, statement: str, *values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(self.table), values)
            return cursor.fetchone() if cursor.description else None


def _ends_at(cache: BaseCache, timeout: Any) -> datetime:
    ends = cache.get_backend_timeout(timeout)
    return FOR_EVER if ends is None else datetime.fromtimestamp(max(ends, time.time() - 1), tz=UTC)
