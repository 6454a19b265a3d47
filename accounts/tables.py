"""Tables to take along: the one place where CSV is written, so that no spreadsheet runs what it says."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

# What a spreadsheet would run, in full width too, and what it reads over before that.
_FORMULA = re.compile(
    "^(?:[\t\r\n\x00]|[\\s\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069]*[=+@|%\uff0b\uff1d\uff0d\uff20-])"
)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The table as CSV. Words are made harmless; a number, -1.5 among them, stays a number."""
    target = io.StringIO()
    table = csv.writer(target)
    table.writerow(columns)
    table.writerows([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return target.getvalue()


def neutral(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
