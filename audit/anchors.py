"""The heads of the chains, kept in a file outside the database: who rewrites the one cannot rewrite both."""

import fcntl
import json
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a chain's event at `sequence` hashed to, in hexadecimal."""

    chain: uuid.UUID
    sequence: int
    hash: str


def read(file: Path) -> list[Anchor]:
    """Every anchor in the order written; none where the file does not exist yet.

    Raises ValueError, naming the line, where the file was damaged.
    """
    if not file.exists():
        return []
    anchors = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        try:
            row = json.loads(line)
            anchors.append(Anchor(uuid.UUID(row["chain"]), int(row["sequence"]), str(row["hash"])))
        except (ValueError, KeyError, TypeError) as problem:
            raise ValueError(f"{file}, line {number}, is not an anchor.") from problem
    return anchors


def newest(anchors: Iterable[Anchor]) -> dict[uuid.UUID, Anchor]:
    """The last anchor of each chain."""
    return {anchor.chain: anchor for anchor in anchors}


def append(file: Path, anchors: Iterable[Anchor], *, at: datetime) -> None:
    """Add lines at the end and wait until the disk has them; nothing written before is touched."""
    lines = [
        json.dumps(
            {"at": at.isoformat(), "chain": str(each.chain), "sequence": each.sequence, "hash": each.hash}
        )
        for each in anchors
    ]
    if not lines:
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as target:
        fcntl.flock(target, fcntl.LOCK_EX)
        target.write("".join(f"{line}\n" for line in lines))
        target.flush()
        os.fsync(target.fileno())
