"""The shipped protocols, checked against the catalogue and the matrix; and what a protocol may not be."""

from dataclasses import replace
from decimal import Decimal

import pytest

from clinical.datafile import RULES_DIR, Mark, RulebookError
from clinical.findings import Severity
from clinical.protocols import (
    Component,
    Protocol,
    Trigger,
    concerns_of,
    from_json,
    load_protocols,
    problems_of,
    retests_of,
    to_json,
)
from clinical.rulebook import load_rulebook

SHIPPED = load_rulebook().protocols.by_key
EVERY = pytest.mark.parametrize("key", SHIPPED)
SERM = SHIPPED["serm"].content


def test_the_library_holds_the_seven_that_the_clinic_was_promised():
    assert list(SHIPPED) == [
        "serm",
        "clomiphene-anastrozole",
        "gonadorelin-pump",
        "gonadorelin-bolus",
        "hcg-clomiphene-fsh",
        "observation",
        "founding-combination",
    ]


@EVERY
def test_each_can_be_ordered_and_says_on_what_evidence(key):
    content = SHIPPED[key].content
    assert problems_of(content) == ()
    assert content.suits
    assert content.not_for
    assert content.stop_rules
    assert content.evidence
    assert {source.mark for source in content.sources} <= set(Mark)


@EVERY
def test_each_is_stored_and_read_back_the_same(key):
    assert from_json(to_json(SHIPPED[key].content)) == SHIPPED[key].content


@EVERY
def test_only_the_founding_combination_meets_a_grave_conflict_and_it_is_stated(key):
    grave = {one.conflict for one in concerns_of(SHIPPED[key].content) if one.is_grave}
    assert grave == ({"tamoxifen-ai"} if key == "founding-combination" else set())
    assert grave == set(SHIPPED[key].states_conflicts)


def test_the_founding_combination_says_what_the_label_says():
    worst = concerns_of(SHIPPED["founding-combination"].content)[0]
    assert worst.severity is Severity.CRITICAL
    assert "Tamoxifen with Anastrozole: The label says not to combine them" in worst.message
    assert "[V], conflicts" in worst.source


def test_the_conflict_is_found_from_whichever_drug_stands_first():
    content = SHIPPED["founding-combination"].content
    turned = replace(content, components=content.components[::-1])
    assert {one.conflict for one in concerns_of(turned)} == {one.conflict for one in concerns_of(content)}


def test_a_bolus_of_gonadorelin_carries_its_evidence_note():
    [note] = concerns_of(SHIPPED["gonadorelin-bolus"].content)
    assert note.severity is Severity.INFO
    assert "No controlled evidence for bolus use" in note.message


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("clomiphene-anastrozole", "estradiol is above 60 pg/mL on 2 draws"),
        (
            "hcg-clomiphene-fsh",
            "follicle stimulating hormone is below 1.5 IU/L after 13 weeks with no sperm in the ejaculate",
        ),
        ("founding-combination", "testosterone rises; the article names no limit"),
    ],
)
def test_a_trigger_is_read_out_with_its_limit(key, words):
    [later] = [each for each in SHIPPED[key].content.components if not each.is_at_once]
    assert later.trigger.text == words


def test_a_triggers_limit_is_the_rulebooks_own_number():
    [trigger] = [
        each.trigger for each in SHIPPED["clomiphene-anastrozole"].content.components if each.trigger
    ]
    limit = load_rulebook().rules.limits["review_estradiol"]
    assert (trigger.value, trigger.unit, trigger.origin) == (limit.value, limit.unit, limit.origin)


def test_retests_are_those_that_the_schedule_plans_on_these_drugs():
    def ids(key):
        return {rule.id for rule in retests_of(SHIPPED[key].content, load_rulebook().retests)}

    assert {"treatment-4wk", "serm-liver-4wk", "clomiphene-12wk"} <= ids("serm")
    assert {"ai-bone", "ai-estradiol-4wk"} <= ids("clomiphene-anastrozole")
    assert "pump-7d" in ids("gonadorelin-pump")
    assert "pump-7d" not in ids("gonadorelin-bolus")
    assert {"hcg-14d", "semen-12wk"} <= ids("hcg-clomiphene-fsh")
    assert {"observation-6wk", "observation-52wk"} <= ids("observation")
    assert not {"treatment-4wk", "off-drug-6wk"} & ids("observation")


def with_parts(*parts: Component) -> Protocol:
    return replace(SERM, components=parts)


CLOMIPHENE = SERM.components[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (with_parts(replace(CLOMIPHENE, drug="aspirin")), 'There is no drug "aspirin"'),
        (with_parts(CLOMIPHENE, CLOMIPHENE), "A drug stands twice"),
        (with_parts(replace(CLOMIPHENE, amount=Decimal(0))), "a number above zero"),
        (
            with_parts(replace(CLOMIPHENE, frequency="weekly")),
            'found "once a week". Accepted: every other day',
        ),
        (with_parts(replace(CLOMIPHENE, frequency="hourly")), 'Frequency: found "hourly"'),
        (with_parts(replace(CLOMIPHENE, route="by pump")), 'found the route "by pump"'),
        (with_parts(replace(CLOMIPHENE, mode="pump")), 'found the mode "pump"'),
        (with_parts(replace(CLOMIPHENE, starts="trigger")), "the trigger is missing"),
        (with_parts(replace(CLOMIPHENE, starts="trigger")), "Every drug waits for a trigger"),
        (with_parts(replace(CLOMIPHENE, trigger=Trigger(says="later"))), "Accepted: one of the two"),
        (
            with_parts(
                CLOMIPHENE,
                Component(
                    "anastrozole",
                    Decimal("0.25"),
                    "twice_weekly",
                    "trigger",
                    trigger=Trigger("E2", "above", Decimal(60), "ng/dL", draws=9),
                ),
            ),
            "9 draws. Accepted: 1 to 5",
        ),
    ],
)
def test_what_cannot_be_ordered_is_said(content, says):
    assert says in " ".join(problems_of(content))


def test_a_dose_outside_the_limits_is_a_concern_and_no_mistake():
    content = with_parts(replace(CLOMIPHENE, amount=Decimal(75), frequency="daily"))
    assert problems_of(content) == ()
    assert any(one.is_grave and "above the usual range" in one.message for one in concerns_of(content))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "states_conflicts: [tamoxifen-ai]",
            "states_conflicts: []",
            "meet the conflicts tamoxifen-ai, and it states none",
        ),
        (
            "amount: 25, frequency: every_other_day",
            "amount: 30, frequency: every_other_day",
            "no step of its ladder",
        ),
        ("number: review_estradiol", "number: made_up", "there is no number made_up"),
        ("key: observation", "key: serm", "a key stands twice"),
        ("drug: fsh, amount: 75", "drug: fsh, amount: 1000", "above the usual range"),
        ("goals: [testosterone, both]", "goals: [wealth]", "goals"),
    ],
)
def test_a_shipped_protocol_that_contradicts_the_rulebook_is_refused(tmp_path, old, new, says):
    text = (RULES_DIR / "protocols.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "protocols.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookError, match=r"protocols\.yaml") as refused:
        load_protocols(path)
    assert says in str(refused.value)


def test_what_is_no_protocol_is_not_read():
    with pytest.raises(ValueError, match="name"):
        from_json({"goals": []})
