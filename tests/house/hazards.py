"""`python -m tests.house.hazards` writes the matrix of hazards, controls and what shows each."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tests.drills.programme import PROGRAMME

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "hazards"
MATRIX = FOLDER / "README.md"
REQUIREMENTS = FOLDER / "requirements.yaml"
HEAD = """# Hazards

**Draft.** These pages were written by the people who made the software. A named clinician scores each hazard
and accepts what is left of it; until then no figure stands here, and nothing here is a claim of safety.
A page is never deleted, only closed.

The table is made from the pages by `python -m tests.house.hazards`. A control that nothing shows fails the
tests.

| hazard | control | where | drills | tests |
| --- | --- | --- | --- | --- |
"""
SECURITY = """
## Security requirements
From `docs/hazards/requirements.yaml`: requirements of OWASP ASVS 5.0 by their number, in our words.

| ASVS | asks that | met by | shown by |
| --- | --- | --- | --- |
"""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Control(Strict):
    """What stands against a hazard, where it is, and the drills and tests that show it."""

    name: str
    kind: str = Field(pattern="^(design|test|training|business process)$")
    where: list[str] = Field(min_length=1)
    shown_by: list[str] = Field(min_length=1)

    @property
    def drills(self) -> list[str]:
        return [each for each in self.shown_by if "/" not in each]

    @property
    def tests(self) -> list[str]:
        return [each for each in self.shown_by if "/" in each]


class Requirement(Strict):
    """A requirement of OWASP ASVS by its number: what meets it and what shows that, or why it is not met."""

    id: str
    asks: str
    met_by: str = ""
    shown_by: list[str] = Field(default_factory=list)
    not_met: str = ""

    @model_validator(mode="after")
    def _is_shown_or_says_why(self) -> Self:
        if bool(self.met_by and self.shown_by) == bool(self.not_met):
            raise ValueError(f"{self.id}: say what meets it and what shows that, or why it is not met.")
        return self


class Hazard(Strict):
    """One page of the log. Risks are words until a clinician has scored them."""

    id: str = Field(pattern=r"^H\d+$")
    title: str
    status: str = Field(pattern="^(open|transferred|closed)$")
    owner: str
    type: str
    initial_risk: str
    residual_risk: str
    controls: list[Control] = Field(min_length=1)
    page: str


def read(path: Path) -> Hazard:
    """The hazard of a page; raises pydantic's ValidationError where it lacks what a page has to say."""
    _, head, _ = path.read_text().split("---\n", 2)
    return Hazard(**yaml.safe_load(head), page=path.name)


def hazards() -> list[Hazard]:
    return [read(path) for path in sorted(FOLDER.glob("h*.md"))]


def requirements() -> list[Requirement]:
    return [Requirement(**each) for each in yaml.safe_load(REQUIREMENTS.read_text())]


def unshown(hazard: Hazard) -> Iterator[str]:
    """What a hazard's page names and the project does not have."""
    for control in hazard.controls:
        yield from (f"{hazard.id}: no {path}" for path in control.where if not (ROOT / path).exists())
        yield from missing(control.shown_by)


def missing(shown_by: list[str]) -> Iterator[str]:
    """The drills and tests among these that do not exist."""
    drills = {drill.number for drill in PROGRAMME}
    for each in shown_by:
        if not (_is_a_test(each) if "/" in each else each in drills):
            yield f"no {each}"


def _is_a_test(node: str) -> bool:
    path, _, name = node.partition("::")
    return (ROOT / path).is_file() and (not name or name in _tests_in(ROOT / path))


@cache
def _tests_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text())
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


def matrix() -> str:
    """The page with one row for each control, and one for each requirement."""
    rows = [
        f"| [{hazard.id}]({hazard.page}) {hazard.title} | {control.name} | {_code(control.where)}"
        f" | {', '.join(control.drills) or '-'} | {_code(control.tests) or '-'} |"
        for hazard in hazards()
        for control in hazard.controls
    ]
    asked = [
        f"| {each.id} | {each.asks} | {each.met_by or f'not met: {each.not_met}'} | {_shown(each.shown_by)} |"
        for each in requirements()
    ]
    return HEAD + "\n".join(rows) + "\n" + SECURITY + "\n".join(asked) + "\n"


def _shown(by: list[str]) -> str:
    return ", ".join(f"`{each}`" if "/" in each else each for each in by) or "-"


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    MATRIX.write_text(matrix())
