"""The rules file: complete, consistent, and refused with a sentence where it is not."""

from dataclasses import replace
from decimal import Decimal

import pytest

from clinical.datafile import RULES_DIR, RulebookError
from clinical.evaluate import evaluate
from clinical.rule_entries import load_rule_entries
from tests.clinical.courses import course, drawn, judged, said, shipped, week

ROOT = RULES_DIR.parents[1]
RULES = load_rule_entries()
TEXT = (RULES_DIR / "rules.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("entry", RULES.entries.values(), ids=lambda entry: entry.id)
def test_an_entry_can_be_followed_to_its_source(entry):
    assert entry.source
    assert entry.author
    assert entry.reviewer
    assert entry.title
    assert entry.condition
    assert entry.suggestion.endswith(".")
    assert all(text.endswith(".") for text in entry.wording.values())


def test_every_number_is_used():
    named = {name for entry in RULES.entries.values() for name in entry.numbers}
    product = (path for path in ROOT.glob("[a-z]*/**/*.py") if path.relative_to(ROOT).parts[0] != "tests")
    code = "".join(path.read_text(encoding="utf-8") for path in product)
    assert not [name for name in RULES.numbers if name not in named and f'"{name}"' not in code]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("hidden_by: [R15]", "hidden_by: [R00]", "there is no rule R00"),
        ("numbers: [low_estradiol]", "numbers: [lowest_estradiol]", "there is no number lowest_estradiol"),
        (
            'suggestion: "Consider LC-MS/MS."',
            'suggestion: "Order LC-MS/MS."',
            'a suggestion begins with "Consider "',
        ),
        ("severity: {default: info, review: info}", "severity: {default: info}", "a wording is for a grade"),
        ("severity: {default: warning, early: info}", "severity: {early: info}", "need a default"),
        ("value: 300, unit: ng/dL", "value: 300, unit: nmol/L", "the unit is not ng/dL"),
        ("analyte: TT, clinic_may_set", "analyte: XX, clinic_may_set", "there is no analyte XX"),
        ("judged_on: [HGB]", "judged_on: []", "judged_on belongs to scope draw"),
        ("- id: R02", "- id: R01", "a id stands twice"),
        ("value: 300, unit", "value: low, unit", "value"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path, old, new, says):
    assert old in TEXT
    path = tmp_path / "rules.yaml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookError, match=says):
        load_rule_entries(path)


def test_a_limit_names_its_source_and_version():
    assert RULES.limits["hematocrit_high"].origin == f"AUA 2018, Endocrine Society 2018, {RULES.rulebook}"


def test_a_clinic_sets_its_own_cut_off_and_the_finding_says_so():
    rules = RULES.with_settings({"low_testosterone": Decimal(350)})
    rulebook = replace(shipped(), rules=rules)
    on = week(13)
    record = course(drawn(on, TT=340, LH=3, FSH=3))
    (one,) = [one for one in evaluate(record, rulebook, on).findings if one.rule_id == "R01"]
    assert "TT < 350 ng/dL (clinic setting, in place of 300" in one.threshold
    assert "M3" not in {one.key for one in evaluate(record, rulebook, on).milestones}
    assert said(judged(record, on), "R01") is None


@pytest.mark.parametrize("name", ["hematocrit_high", "no_such_number"])
def test_a_clinic_does_not_set_what_is_not_its_own(name):
    with pytest.raises(RulebookError, match=f"{name} is not a number that a clinic may set"):
        RULES.with_settings({name: Decimal(60)})
