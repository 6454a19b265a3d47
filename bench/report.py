"""The table that `make bench` prints, and where it is written when that is asked for."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from django.db import connection
from django.utils import timezone

from bench.measuring import Line

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
HEADINGS = ("operation", "ours, median (p95)", "floor", "floor, median", "ratio", "SQL")


def report(lines: Sequence[Line], *, sizes: str, remarks: Sequence[str]) -> str:
    """The section as Markdown: where and when, the table, and what has to be said beside it."""
    return "\n\n".join([_about(sizes), table(lines), *remarks])


def table(lines: Sequence[Line]) -> str:
    """One row for each operation and floor."""
    rows = [HEADINGS, ("---", "---:", "---", "---:", "---:", "---:"), *map(_row, lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(file: Path, section: str) -> None:
    """Put the section between its markers in `file`; where there are none, at its end."""
    text = file.read_text() if file.exists() else "# Evidence\n"
    if BEGIN not in text:
        text = f"{text.rstrip()}\n\n## Bench\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{before}{BEGIN}\n{section}\n{END}{after}")


def _row(line: Line) -> tuple[str, ...]:
    return (
        line.operation,
        f"{_ms(line.ours.median)} ({_ms(line.ours.p95)})",
        line.floor_name,
        _ms(line.floor.median),
        f"{line.ratio:.3g}x",
        str(line.sql),
    )


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.3g} ms" if milliseconds < 100 else f"{milliseconds:.0f} ms"


def _about(sizes: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    today = timezone.localdate()
    return (
        f"Measured on {today.day} {today:%b %Y} with Python {platform.python_version()} and PostgreSQL "
        f"{postgres} on {os.cpu_count()} cores of {platform.machine()}, load {os.getloadavg()[0]:.1f}; "
        f"{sizes}. One process, one session, everything behind row-level security as recovery_app. "
        "Ours and its floor were done in turn in one run; the ratio is that of their medians."
    )
