"""Laws for any record: irrelevant results, order of entry, repetition, censoring, and never raising."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from clinical.checks import Limit, Quantity, compare, is_above, is_below
from clinical.evaluate import CONDITIONS, evaluate, evaluate_current
from clinical.readings import Comparator, Reading
from tests.clinical.courses import STOP, course, drawn, in_force, judged, noted, shipped, taken

ANALYTES = {
    "TT": (20, 1600),
    "LH": (0, 20),
    "FSH": (0, 20),
    "E2": (3, 90),
    "SHBG": (5, 90),
    "HCT": (38, 58),
    "PRL": (3, 250),
    "PSA": (0, 12),
    "ALT": (10, 300),
    "HGB": (10, 18),
    "SVOL": (1, 5),
    "SCONC": (0, 60),
    "SMOT": (0, 80),
    "SPR": (0, 70),
}
CENSORED = st.sampled_from(["", "", "", "<", ">", "<=", ">="])
DRUGS = st.sampled_from(["clomiphene", "tamoxifen", "anastrozole", "hcg", "fsh", "gonadorelin"])
KINDS = st.sampled_from(["visit", "phq9", "phq9_item9", "biotin", "illness"])
SYMPTOMS = st.sampled_from(["breast", "visual", "headache", "leg_swelling"])


@st.composite
def days(draw):
    return STOP + timedelta(days=draw(st.integers(-60, 700)))


@st.composite
def draws(draw):
    chosen = draw(st.lists(st.sampled_from(sorted(ANALYTES)), min_size=1, max_size=8, unique=True))
    values = {key: f"{draw(CENSORED)}{draw(st.integers(*ANALYTES[key]))}" for key in chosen}
    values = {key: value for key, value in values.items() if value != "<0"}
    return drawn(draw(days()), **values) if values else ()


@st.composite
def doses(draw):
    starts = draw(days())
    lasts = draw(st.none() | st.integers(0, 400))
    drug = draw(DRUGS)
    mode = draw(st.sampled_from(["bolus", "pump", "continuous"])) if drug == "gonadorelin" else None
    ends = None if lasts is None else starts + timedelta(days=lasts)
    return taken(drug, starts, ends, weekly=draw(st.integers(1, 400)), mode=mode)


@st.composite
def notes(draw):
    if draw(st.booleans()):
        return noted(draw(days()), "symptom", draw(SYMPTOMS))
    return noted(draw(days()), draw(KINDS), draw(st.integers(0, 12)))


# Ids are unique in a record: one draw a day and one start a drug and day.
PARTS = (
    st.lists(draws().filter(bool), max_size=6, unique_by=lambda samples: samples[0].collected_on),
    st.lists(doses(), max_size=3, unique_by=lambda dose: dose.id),
    st.lists(notes(), max_size=3),
)
FIELDS = {
    "fertility_goal": True,
    "history": ("DVT",),
    "concomitant": ("paroxetine",),
    "baseline": {"TT": Decimal(280)},
}


@st.composite
def courses(draw):
    parts = [one for kind in PARTS for one in draw(kind)]
    stop = draw(st.sampled_from([STOP, STOP, None]))
    return parts, course(*parts, stop=stop, **FIELDS)


def reasons(evaluation):
    return [one.because for one in evaluation.not_evaluated]


@settings(max_examples=60)
@given(courses(), days())
def test_no_rule_raises(given_course, on):
    _, record = given_course
    for evaluation in (judged(record, on), in_force(record, on)):
        assert not [because for because in reasons(evaluation) if "failed" in because]
        assert evaluation.axis_pattern is not None


@settings(max_examples=40)
@given(courses(), days())
def test_evaluating_twice_is_the_same(given_course, on):
    _, record = given_course
    assert judged(record, on) == judged(record, on)
    assert in_force(record, on) == in_force(record, on)


@settings(max_examples=40)
@given(courses(), days(), st.randoms())
def test_order_of_entry_does_not_matter(given_course, on, random):
    parts, record = given_course
    shuffled = list(parts)
    random.shuffle(shuffled)
    other = course(*shuffled, stop=record.periods[0].effective_stop if record.periods else None, **FIELDS)
    assert {one.cause: one.severity for one in judged(other, on).findings} == {
        one.cause: one.severity for one in judged(record, on).findings
    }


@settings(max_examples=40)
@given(courses(), days(), days())
def test_an_irrelevant_result_changes_nothing(given_course, on, extra_on):
    parts, record = given_course
    stop = record.periods[0].effective_stop if record.periods else None
    more = course(*parts, drawn(extra_on, GGT=30), stop=stop, **FIELDS)
    assert judged(more, on).findings == judged(record, on).findings
    assert in_force(more, on).findings == in_force(record, on).findings


@settings(max_examples=40)
@given(courses(), days())
def test_what_comes_later_is_not_known_yet(given_course, on):
    _, record = given_course
    past = replace(
        record,
        samples=tuple(one for one in record.samples if one.collected_on <= on),
        observations=tuple(one for one in record.observations if one.on <= on),
    )
    assert judged(past, on).findings == judged(record, on).findings
    assert in_force(past, on).findings == in_force(record, on).findings


@settings(max_examples=60)
@given(courses(), days())
def test_every_finding_can_be_followed(given_course, on):
    _, record = given_course
    ids = {result.id for sample in record.samples for result in sample.results.values()}
    ids |= {dose.id for dose in record.doses}
    for one in judged(record, on).findings:
        assert one.suggestion.startswith("Consider ")
        assert one.source
        assert one.cause.startswith(one.rule_id)
        assert {number.result_id for number in one.numbers if number.result_id} <= ids
        assert one.threshold or one.rule_id == "R98"


def truths(value, comparator):
    """Values that a reading may stand for, on both sides of its number."""
    steps = [Decimal(step) / 10 for step in range(0, 60)]
    match comparator:
        case Comparator.EQUAL:
            return [value]
        case Comparator.BELOW:
            return [step for step in steps if step < value]
        case Comparator.AT_MOST:
            return [step for step in steps if step <= value]
        case Comparator.ABOVE:
            return [step for step in steps if step > value]
    return [step for step in steps if step >= value]


TENTHS = st.integers(1, 50).map(lambda tenths: Decimal(tenths) / 10)


@given(TENTHS, st.sampled_from(list(Comparator)), TENTHS)
def test_a_censored_comparison_is_sure_or_open(value, comparator, limit):
    possible = truths(value, comparator)
    for judge, holds in ((is_below, lambda v: v < limit), (is_above, lambda v: v > limit)):
        answers = {holds(one) for one in possible}
        answer = judge(value, comparator, limit)
        # The grid is finite: where all its values agree the answer may still be open, but never the contrary.
        assert answer is None or answers == {answer}
        if len(answers) > 1:
            assert answer is None


@given(TENTHS, st.sampled_from(list(Comparator)), TENTHS)
def test_relations_are_each_others_contrary(value, comparator, limit):
    reading = Quantity("LH", value, "[IU]/L", Reading("LH", value, "[IU]/L", comparator))
    against = Limit(limit, "[IU]/L", "test")
    for one, other in (("<", ">="), (">", "<=")):
        first, second = compare(reading, one, against).truth, compare(reading, other, against).truth
        assert (first is None) == (second is None)
        assert first is None or first is not second


def test_a_rule_that_raises_is_not_evaluated_and_the_others_go_on(monkeypatch):
    def broken(day):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("clinical.evaluate.CONDITIONS", {**CONDITIONS, "R45": broken})
    record = course(drawn(STOP, HCT=55, TT=200, LH=2, FSH=2))
    for evaluation in (evaluate(record, shipped(), STOP), evaluate_current(record, shipped(), STOP)):
        (open_,) = [one for one in evaluation.not_evaluated if one.rule_id == "R45"]
        assert open_.because == "the rule failed: ZeroDivisionError: by zero"
        assert "R01" in {one.rule_id for one in evaluation.findings}
