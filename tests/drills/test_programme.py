"""The table of drills and the folder name the same modules, and each has been seen to catch a defect."""

import re

import pytest

from tests.drills.programme import FOLDER, PROGRAMME

# Modules about the drills, which play none.
ABOUT = {"test_programme", "test_report"}
PLANTED = re.compile(r"^@pytest\.mark\.planted\b", re.MULTILINE)
TOLD = re.compile(r"\btold\(\s*\"(D\d+)\"")


def test_every_module_is_a_drill_of_the_programme():
    found = {path.stem for path in FOLDER.glob("test_*.py")} - ABOUT
    assert sorted(found) == sorted(drill.module for drill in PROGRAMME)


def test_no_drill_is_named_twice():
    numbers = [drill.number for drill in PROGRAMME]
    assert sorted(numbers) == sorted(set(numbers))


@pytest.mark.parametrize("drill", PROGRAMME, ids=lambda drill: drill.number)
def test_each_drill_has_a_planted_defect_and_leaves_figures(drill):
    text = drill.path.read_text()
    assert text.startswith(f'"""{drill.number}, {drill.name}: '), "Its first line says which drill it is."
    assert PLANTED.search(text), "A drill that cannot fail shows nothing: plant a defect and see it caught."
    assert drill.number in TOLD.findall(text), "It ends with its figures: told(...)."
