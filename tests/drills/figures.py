"""What a drill counted: kept as JSON below .data/evidence/ and said in one line."""

import json
from pathlib import Path

EVIDENCE = Path(__file__).resolve().parents[2] / ".data" / "evidence"


def told(drill: str, name: str, **figures: int | str) -> None:
    """Write the figures of a drill, for example `told("D9", "armour", answers=812)`."""
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    found = {"drill": drill, "name": name, "figures": figures}
    (EVIDENCE / f"{drill}-{name}.json").write_text(json.dumps(found, indent=2) + "\n")
    print(f"{drill} {name}: {', '.join(f'{key} {value}' for key, value in figures.items())}")
