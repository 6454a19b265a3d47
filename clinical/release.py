"""Locks the released files of the rulebook: python -m clinical.release adds digests and changes none."""

from __future__ import annotations

import sys
from pathlib import Path

from clinical.datafile import RULES_DIR, RulebookError, Status, digest_of, read_datafile
from clinical.rulebook import FILES, LOCK, check_lock, read_lock


def lock_released(folder: Path = RULES_DIR, lock: Path = LOCK) -> tuple[str, ...]:
    """Adds the digest of each released file that has none; returns what was added as "id version".

    Raises RulebookError where a file is a draft, or its version was released with another text.
    """
    locked = read_lock(lock)
    added = []
    for name in (*FILES, "rulebook"):
        path = folder / f"{name}.yaml"
        header, _ = read_datafile(path)
        if header.status is Status.DRAFT:
            raise RulebookError(f"{path.name}: a draft is not released; set its status and its dates first.")
        check_lock(path, header, locked)
        if (header.id, header.version) not in locked:
            added.append(f"{header.id} {header.version} {digest_of(path)}")
    if added:
        known = [f"{name} {version} {digest}" for (name, version), digest in locked.items()]
        lock.write_text("\n".join([*known, *added]) + "\n", encoding="utf-8")
    return tuple(line.rsplit(" ", 1)[0] for line in added)


def main() -> int:
    """Locks, and says what was locked."""
    try:
        added = lock_released()
    except RulebookError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write("".join(f"Locked {line}.\n" for line in added) or "Everything is locked already.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
