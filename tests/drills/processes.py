"""The processes below another one."""

import subprocess
from typing import Any


def children_of(process: "subprocess.Popen[Any]") -> list[int]:
    """The process ids of its children, as they are now."""
    listed = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [line.split() for line in listed.stdout.splitlines()]
    return [int(pid) for pid, parent in pairs if int(parent) == process.pid]
