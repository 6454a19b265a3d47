"""Reading a chain from its first event and saying where it was tampered with."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from audit.anchors import Anchor
from audit.models import Link

OUTSIDE = uuid.UUID(int=0)
AT_ONCE = 10_000
# The instant in whole microseconds: no spelling of a time zone can change the hash.
SEALED = """
e.id::text, ((extract(epoch from e.happened_at) * 1000000)::bigint)::text, e.clinic_id::text,
e.actor_id::text, e.actor_role, e.action, e.code, e.object_kind, e.object_id, e.patient_id::text,
e.outcome::text, host(e.source), e.request_id, e.purpose, e.details::text
"""
# Fixed words and placeholders only: nothing of a user's is put into the statement.
LINKS = f"""
select l.event_id, l.sequence, l.previous_hash, l.hash, {SEALED}
from audit_link l left join audit_event e on e.id = l.event_id
where l.chain = %s and l.sequence > %s order by l.sequence limit %s
"""  # noqa: S608 # nosec B608
UNLINKED = """
select e.id from audit_event e left join audit_link l on l.event_id = e.id
where l.event_id is null and e.clinic_id is not distinct from %s order by e.id limit 20
"""


@dataclass(frozen=True, slots=True)
class Break:
    """One place where the record is not what was written."""

    chain: uuid.UUID
    sequence: int
    what: str


@dataclass(slots=True)
class Verdict:
    """How many events of a chain were read, and every break found."""

    chain: uuid.UUID
    events: int = 0
    breaks: list[Break] = field(default_factory=list)

    def broken(self, sequence: int, what: str) -> None:
        """Note a break."""
        self.breaks.append(Break(self.chain, sequence, what))


def chains() -> list[uuid.UUID]:
    """Every chain that has an event."""
    return list(Link.objects.order_by("chain").values_list("chain", flat=True).distinct())


def sealed(chain: uuid.UUID, sequence: int, previous: bytes, values: Sequence[str | None]) -> bytes:
    """The hash that the database should have written: each value with its length before it, None as "-"."""
    whole = hashlib.sha256()
    for value in (str(chain), str(sequence), previous.hex(), *values):
        if value is None:
            whole.update(b"-")
        else:
            raw = value.encode()
            whole.update(b"%d:" % len(raw) + raw)
    return whole.digest()


def verify(chain: uuid.UUID, anchors: Iterable[Anchor]) -> Verdict:
    """Read one chain and compare it with itself and with what was anchored of it outside the database."""
    verdict = Verdict(chain)
    anchored = {each.sequence: each.hash for each in anchors if each.chain == chain}
    clinic_id = None if chain == OUTSIDE else chain
    with transaction.atomic(), connection.cursor() as cursor:
        # An event exists only for its own clinic's transaction.
        cursor.execute("select set_config('app.clinic_id', %s, true)", [str(clinic_id or "")])
        previous, before = b"", 0
        for event_id, sequence, said_before, said, *values in _links(chain):
            verdict.events += 1
            if sequence != before + 1:
                verdict.broken(before + 1, f"events {before + 1} to {sequence - 1} are missing")
            elif bytes(said_before) != previous:
                verdict.broken(sequence, "it does not follow the event before it")
            if values[0] is None:
                verdict.broken(sequence, f"event {event_id} was deleted")
            elif sealed(chain, sequence, bytes(said_before), values) != bytes(said):
                verdict.broken(sequence, f"event {event_id} was changed")
            if sequence in anchored and anchored[sequence] != bytes(said).hex():
                verdict.broken(sequence, "it is not what was anchored: the chain was rewritten")
            previous, before = bytes(said), sequence
        for sequence in sorted(each for each in anchored if each > before):
            verdict.broken(sequence, f"it was anchored, but the chain ends at {before}: its tail was cut off")
        cursor.execute(UNLINKED, [clinic_id])
        for (event_id,) in cursor.fetchall():
            verdict.broken(before, f"event {event_id} was put in around the chain")
    return verdict


def _links(chain: uuid.UUID) -> Iterator[tuple[Any, ...]]:
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(LINKS, [chain, last, AT_ONCE])
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][1]
