"""The processes below another one."""

import subprocess
from typing import Any


def _all() -> list[tuple[int, int, str]]:
    """Process id, its parent's, and its state, of every process as it is now."""
    listed = subprocess.run(["ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    lines = [line.split() for line in listed.stdout.splitlines()]
    return [(int(pid), int(parent), state) for pid, parent, state in lines]


def children_of(process: "subprocess.Popen[Any]") -> list[int]:
    """The process ids of its children, as they are now."""
    return [pid for pid, parent, _ in _all() if parent == process.pid]


def descendants_of(pid: int) -> set[int]:
    """Its children, theirs, and so on."""
    pairs = [(child, parent) for child, parent, _ in _all()]
    found, newer = set[int](), {pid}
    while newer:
        newer = {child for child, parent in pairs if parent in newer} - found
        found |= newer
    return found


def still_alive(pids: set[int]) -> set[int]:
    """Those that run; one that has ended and waits for its parent to ask does not."""
    return {pid for pid, _, state in _all() if pid in pids and not state.startswith("Z")}
