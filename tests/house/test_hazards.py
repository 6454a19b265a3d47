"""The hazard log: no control without something that shows it, and the matrix says what the pages say."""

import pytest
from pydantic import ValidationError

from tests.house.hazards import MATRIX, Requirement, hazards, matrix, missing, read, requirements, unshown

PAGE = """---
id: H99
title: A value is read upside down
status: open
owner: nobody yet
type: misread
initial_risk: not scored
residual_risk: not scored
controls:
  - name: The page stands upright
    kind: design
    where: [templates]
    shown_by: [{shown}]
---
# H99
"""


def test_hazards_are_numbered_without_a_gap_and_none_is_deleted():
    numbers = [int(hazard.id[1:]) for hazard in hazards()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 15


@pytest.mark.parametrize("hazard", hazards(), ids=lambda hazard: hazard.id)
def test_every_control_exists_and_is_shown(hazard):
    assert list(unshown(hazard)) == []


def test_every_page_says_that_it_is_a_draft():
    """Only a named clinician can score a hazard; a page that is scored names him."""
    for hazard in hazards():
        if hazard.initial_risk == "not scored":
            assert "**Draft.**" in (MATRIX.parent / hazard.page).read_text(), hazard.page


@pytest.mark.parametrize("requirement", requirements(), ids=lambda each: each.id)
def test_every_requirement_is_shown_or_says_why_not(requirement):
    assert list(missing(requirement.shown_by)) == []


def test_a_requirement_that_nothing_shows_is_seen():
    with pytest.raises(ValidationError, match="say what meets it"):
        Requirement(id="8.2.2", asks="no record by its id alone", met_by="visible_to")


def test_the_matrix_is_made_from_the_pages():
    assert MATRIX.read_text() == matrix(), "Run: .venv/bin/python -m tests.house.hazards"


def test_an_empty_cell_is_seen(tmp_path):
    page = tmp_path / "h99.md"
    page.write_text(PAGE.format(shown=""))
    with pytest.raises(ValidationError, match="shown_by"):
        read(page)


@pytest.mark.parametrize("shown", ["D99", "tests/house/test_hazards.py::test_that_is_not_there"])
def test_a_control_that_nothing_shows_is_seen(tmp_path, shown):
    page = tmp_path / "h99.md"
    page.write_text(PAGE.format(shown=shown))
    assert [said.rpartition(" ")[2] for said in unshown(read(page))] == [shown]
