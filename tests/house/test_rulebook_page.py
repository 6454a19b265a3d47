"""docs/rulebook.md says what the released files say, and every rule on it has tests."""

import pytest

from clinical.rulebook import load_rulebook
from tests.house.rulebook_page import PAGE, page, shown_by

RULES = sorted(load_rulebook().rules.entries)


def test_the_page_is_made_from_the_rulebook():
    assert PAGE.read_text() == page(), "Run: .venv/bin/python -m tests.house.rulebook_page"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_test_of_its_own(rule):
    assert any("tests/clinical/" in each for each in shown_by(rule)), f"{rule} has no test that names it"


def test_a_rule_without_tests_is_seen():
    assert shown_by("R00") == []
