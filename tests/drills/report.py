"""`python -m tests.drills.report` writes the drills' last figures into docs/evidence.md."""

import json
from pathlib import Path

from tests.drills.figures import EVIDENCE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"
START, END = "<!-- drills:start -->", "<!-- drills:end -->"


def table(folder: Path = EVIDENCE) -> str:
    """One row for each file of figures; raises FileNotFoundError where no drill has run yet."""
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("D*.json"))]
    if not found:
        raise FileNotFoundError(f"No figures below {folder}: run the drills first.")
    rows = [
        f"| {each['drill']} | {each['name']} | {', '.join(f'{k} {v}' for k, v in each['figures'].items())} |"
        for each in found
    ]
    return "\n".join(["| Drill | Part | Figures of the last run |", "| --- | --- | --- |", *rows])


def written_into(page: str, rows: str) -> str:
    """The page with what stands between the marks replaced; marks are added to a page without them."""
    if START not in page:
        page = f"{page.rstrip()}\n\n{START}\n{END}\n"
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{rows}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written_into(PAGE.read_text() if PAGE.exists() else "# Evidence\n", table()))
