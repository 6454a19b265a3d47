"""`python -m tests.drills.report` prints a line a drill; `--write` puts a table into docs/evidence.md."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.drills.figures import EVIDENCE
from tests.drills.programme import PROGRAMME

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"
START, END = "<!-- drills:start -->", "<!-- drills:end -->"


def figures_of(folder: Path = EVIDENCE) -> Iterator[tuple[str, str, str, str]]:
    """Number, name, part and figures of each file that a drill left, in the programme's order."""
    names = {drill.number: drill.name for drill in PROGRAMME}
    found: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted(folder.glob("D*.json"))]
    for each in sorted(found, key=lambda each: int(each["drill"][1:])):
        told = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in each["figures"].items())
        yield each["drill"], names.get(each["drill"], ""), each["name"], told


def lines(folder: Path = EVIDENCE) -> list[str]:
    """One line for each drill that left figures; raises FileNotFoundError where none did."""
    said: dict[str, list[str]] = {}
    for number, name, part, told in figures_of(folder):
        said.setdefault(f"{number} {name}", []).append(f"{part}: {told}")
    if not said:
        raise FileNotFoundError(f"No figures below {folder}: run the drills first.")
    return [f"{drill} | {'; '.join(parts)}" for drill, parts in said.items()]


def table(folder: Path = EVIDENCE) -> str:
    """One row for each file of figures; raises FileNotFoundError where no drill has run yet."""
    rows = [f"| {number} {name} | {part} | {told} |" for number, name, part, told in figures_of(folder)]
    if not rows:
        raise FileNotFoundError(f"No figures below {folder}: run the drills first.")
    return "\n".join(["| Drill | Part | Figures of the last run |", "| --- | --- | --- |", *rows])


def written_into(page: str, rows: str) -> str:
    """The page with what stands between the marks replaced; marks are added to a page without them."""
    if START not in page:
        page = f"{page.rstrip()}\n\n{START}\n{END}\n"
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{rows}\n{END}{after}"


if __name__ == "__main__":
    print("\n".join(lines()))
    if "--write" in sys.argv:
        PAGE.write_text(written_into(PAGE.read_text() if PAGE.exists() else "# Evidence\n", table()))
