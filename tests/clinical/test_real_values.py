"""Real men's values: no rule raises, and each finding can be followed to its numbers and its source."""

import pytest

from tests.clinical import real_values
from tests.clinical.real_values import judged, table

# What the export lacks; everything else is judged.
OPEN = {"R66", "R99", "R13"}
# Said for want of something, so there is no number to show.
WITHOUT_NUMBERS = {"R06", "R96", "R98"}


@pytest.mark.parametrize("one", judged(), ids=lambda one: f"man-{one.man.id}")
def test_no_rule_raises_on_a_real_man(one):
    said = {open_.rule_id: open_.because for open_ in one.evaluation.not_evaluated}
    assert set(said) <= OPEN
    assert [because for because in said.values() if because.startswith("the rule failed")] == []


@pytest.mark.parametrize("one", judged(), ids=lambda one: f"man-{one.man.id}")
def test_each_finding_of_a_real_man_is_explained(one):
    of_results = {f"{one.man.id}:{key}" for key in one.man.blood | one.man.semen}
    for finding in one.evaluation.findings:
        assert (finding.rule_id, bool(finding.message and finding.source)) == (finding.rule_id, True)
        named = {number.result_id for number in finding.numbers if number.result_id}
        assert named <= of_results, finding.rule_id
        assert finding.numbers or finding.missing or finding.rule_id in WITHOUT_NUMBERS, finding.rule_id


def test_the_table_has_a_row_for_each_man():
    rows = [row for row in table().splitlines() if row.startswith("| ")][2:]
    assert len(rows) == len(judged())
    assert not any(rule in row for row in rows for rule in real_values.OF_ALL)
