"""Retests: which windows a course calls for, their edges, what satisfies them, and what moves them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinical.analytes import ANALYTES
from clinical.datafile import RULES_DIR, RulebookError
from clinical.readings import Comparator, Reading
from clinical.record import Dose, Observation, Record, Result, Sample, TestosteronePeriod
from clinical.retest_rules import After, load_retests
from clinical.retests import Anchor, DueState, RetestWindow, due_state, plan_retests, satisfied_by
from clinical.rulebook import load_rulebook

RULEBOOK = load_rulebook()
STOP = date(2024, 1, 22)
HORMONES = {"TT": "410", "SHBG": "27", "LH": "4.8", "FSH": "3.9", "E2": "29"}
WITHOUT_LH = {key: value for key, value in HORMONES.items() if key != "LH"}


def day(weeks=0, days=0):
    return STOP + timedelta(weeks=weeks, days=days)


def sample(on, kind="serum", complete=None, **values):
    results = {
        key: Result(f"{key}-{on}", Reading(key, Decimal(str(value)), ANALYTES[key].canonical_unit))
        for key, value in values.items()
    }
    return Sample(f"{kind}-{on}", on, kind, complete=complete, results=results)


def dose(drug="clomiphene", start=STOP, end=None, weekly="87.5", mode=None, **more):
    return Dose(f"{drug}-{start}", drug, Decimal(weekly), "mg", start, end, mode=mode, **more)


def record(*parts, **more):
    kinds = {Sample: "samples", Dose: "doses", Observation: "observations"}
    fields = {name: tuple(p for p in parts if isinstance(p, kind)) for kind, name in kinds.items()}
    return Record("r", **{"periods": (TestosteronePeriod(STOP),), **fields, **more})


def plan(facts, on=STOP):
    return {window.key: window for window in plan_retests(facts, RULEBOOK, on)}


def rules(facts, on=STOP):
    return [window.rule_id for window in plan_retests(facts, RULEBOOK, on)]


def windows_of(facts, rule, on=STOP):
    return [window for window in plan_retests(facts, RULEBOOK, on) if window.rule_id == rule]


def only(facts, rule, on=STOP):
    (window,) = windows_of(facts, rule, on)
    return window


SPANS = [
    (After(weeks=4), date(2024, 1, 31), date(2024, 2, 28)),
    (After(months=1), date(2024, 1, 31), date(2024, 2, 29)),
    (After(months=1), date(2023, 1, 31), date(2023, 2, 28)),
    (After(months=6), date(2024, 8, 31), date(2025, 2, 28)),
    (After(months=6), date(2024, 3, 31), date(2024, 9, 30)),
    (After(months=12), date(2024, 2, 29), date(2025, 2, 28)),
    (After(months=12), date(2024, 12, 31), date(2025, 12, 31)),
    (After(months=11, days=1), date(2024, 1, 31), date(2025, 1, 1)),
    (After(days=0), date(2024, 2, 29), date(2024, 2, 29)),
]


@pytest.mark.parametrize(("after", "on", "expected"), SPANS)
def test_a_span_ends_where_the_calendar_ends(after, on, expected):
    assert after.from_(on) == expected


@given(on=st.dates(date(2000, 1, 1), date(2090, 1, 1)), months=st.integers(0, 60))
def test_months_keep_the_day_or_end_with_the_month(on, months):
    moved = After(months=months).from_(on)
    assert (moved.year - on.year) * 12 + moved.month - on.month == months
    assert moved.day == on.day or (moved.day < on.day and (moved + timedelta(days=1)).day == 1)


WINDOW = RetestWindow(
    "r",
    ("TT", "LH"),
    day(3),
    day(4),
    day(6),
    Anchor("effective_stop", STOP, "period-1"),
    "reason",
    "source",
    "retests 1",
)

EDGES = [
    (day(3) - timedelta(days=8), DueState.NOT_DUE),
    (day(3) - timedelta(days=7), DueState.DUE_SOON),
    (day(3) - timedelta(days=1), DueState.DUE_SOON),
    (day(3), DueState.DUE),
    (day(4), DueState.DUE),
    (day(6), DueState.DUE),
    (day(6) + timedelta(days=1), DueState.OVERDUE),
]


@pytest.mark.parametrize(("on", "expected"), EDGES)
def test_due_state_at_the_edges(on, expected):
    assert due_state(WINDOW, on) is expected


def test_due_state_of_what_is_done_or_waived():
    assert due_state(WINDOW, day(9), satisfied=True) is DueState.SATISFIED
    assert due_state(WINDOW, day(9), waived=True) is DueState.WAIVED
    assert due_state(WINDOW, day(9), satisfied=True, waived=True) is DueState.SATISFIED
    assert due_state(WINDOW, day(2), soon_days=6) is DueState.NOT_DUE


SATISFYING = [
    (sample(day(3), TT=410, LH=4.8), True),
    (sample(day(4), TT=410, LH=4.8, E2=29), True),
    (sample(day(40), TT=410, LH=4.8), True),
    (sample(day(3, -1), TT=410, LH=4.8), False),
    (sample(day(4), TT=410), False),
    (sample(day(4), LH=4.8), False),
    (sample(day(4)), False),
]


@pytest.mark.parametrize(("drawn", "expected"), SATISFYING)
def test_a_partial_or_early_panel_does_not_satisfy(drawn, expected):
    assert satisfied_by(WINDOW, drawn) is expected


def test_an_incomplete_semen_sample_does_not_satisfy():
    window = only(record(fertility_goal=True), "baseline-semen")
    assert satisfied_by(window, sample(STOP, "semen", SVOL=2, SCONC=0))
    assert satisfied_by(window, sample(STOP, "semen", complete=True, SVOL=2, SCONC=0))
    assert not satisfied_by(window, sample(STOP, "semen", complete=False, SVOL=2, SCONC=0))
    assert not satisfied_by(window, sample(STOP, "semen", SCONC=0))


NO_PLAN = [
    record(periods=()),
    record(periods=(TestosteronePeriod(None),)),
    record(periods=(TestosteronePeriod(STOP, restarted_on=STOP),)),
    record(periods=(TestosteronePeriod(STOP), TestosteronePeriod(None))),
]


@pytest.mark.parametrize("facts", NO_PLAN)
def test_nothing_is_planned_while_testosterone_is_taken(facts):
    assert plan_retests(facts, RULEBOOK, STOP) == ()


def test_a_restart_to_come_does_not_end_the_plan():
    assert rules(record(periods=(TestosteronePeriod(STOP, restarted_on=day(1)),)))


def test_after_a_restart_the_new_stop_counts():
    facts = record(
        dose(start=STOP, end=day(4)),
        sample(day(4), **HORMONES),
        periods=(TestosteronePeriod(STOP, restarted_on=day(5)), TestosteronePeriod(day(60))),
    )
    found = plan_retests(facts, RULEBOOK, day(61))
    assert "observation-6wk" in [window.rule_id for window in found]
    assert {window.anchor.on for window in found} == {day(60)}


OBSERVATION = "observation-6wk observation-12wk observation-24wk observation-36wk observation-52wk".split()


def test_without_a_drug_the_stop_is_the_anchor():
    facts = record()
    found = [rule for rule in rules(facts) if rule.startswith("observation")]
    assert found == OBSERVATION
    window = only(facts, "observation-6wk")
    assert (window.earliest, window.target, window.latest) == (day(5), day(6), day(8))
    assert window.anchor == Anchor("effective_stop", STOP, "period-1")
    assert window.key == "observation-6wk:effective_stop:period-1:0"
    assert window.version == "retests 1.0.0"
    assert window.source.endswith("[D]")


def test_observation_goes_on_twice_a_year():
    facts = record()
    assert [w.target for w in windows_of(facts, "observation-52wk", day(79))] == [day(52), day(78), day(104)]


def test_a_drug_ends_observation():
    facts = record(dose(start=day(8)), sample(day(6), **HORMONES))
    found = rules(facts, day(8))
    assert "observation-6wk" in found
    assert not {"observation-12wk", "observation-24wk"} & set(found)
    assert only(facts, "treatment-4wk", day(8)).target == day(12)


def test_a_start_asks_for_4_8_and_12_weeks():
    facts = record(dose())
    assert [only(facts, f"treatment-{week}wk").target for week in (4, 8, 12)] == [day(4), day(8), day(12)]
    window = only(facts, "treatment-4wk")
    assert (window.earliest, window.latest) == (day(3), day(6))
    assert window.anchor == Anchor("course_start", STOP, "clomiphene-2024-01-22", "clomiphene")
    assert set(window.analytes) == set(HORMONES)


def test_a_change_of_dose_resets_the_timer():
    facts = record(dose(end=day(5)), dose(start=day(5), weekly="175"))
    found = windows_of(facts, "treatment-4wk", day(5))
    assert [(w.anchor.kind, w.target) for w in found] == [("dose_step", day(9))]


def test_what_was_satisfied_stays_after_a_change_of_dose():
    facts = record(dose(end=day(4)), dose(start=day(4), weekly="175"), sample(day(4), **HORMONES))
    found = windows_of(facts, "treatment-4wk", day(4))
    assert [w.anchor.kind for w in found] == ["course_start", "dose_step"]
    later = record(dose(end=day(4)), dose(start=day(4), weekly="175"), sample(day(5), **HORMONES))
    assert [w.anchor.kind for w in windows_of(later, "treatment-4wk", day(5))] == ["dose_step"]


def test_a_change_to_come_leaves_what_is_due_before_it():
    facts = record(dose(end=day(6)), dose(start=day(6), weekly="175"))
    found = windows_of(facts, "treatment-4wk", day(2))
    assert [(w.anchor.kind, w.target) for w in found] == [("course_start", day(4)), ("dose_step", day(10))]
    assert [w.anchor.kind for w in windows_of(facts, "treatment-8wk", day(2))] == ["dose_step"]


@pytest.mark.parametrize(("gap", "kind"), [(0, None), (14, None), (15, "course_start")])
def test_the_same_dose_after_a_short_gap_is_no_new_anchor(gap, kind):
    again = day(10, gap)
    facts = record(dose(end=day(10)), dose(start=again))
    anchors = {w.anchor.kind for w in plan_retests(facts, RULEBOOK, again) if w.anchor.on == again}
    assert anchors == ({kind} if kind else set())


def test_a_second_drug_and_the_end_of_one_of_two_reset_the_timer_too():
    facts = record(dose(), dose("anastrozole", start=day(6), end=day(20), weekly="1"))
    assert [w.target for w in windows_of(facts, "treatment-4wk", day(6))] == [day(10), day(24)]
    ended = windows_of(facts, "treatment-4wk", day(20))
    assert [(w.anchor.kind, w.anchor.drug, w.target) for w in ended] == [
        ("dose_step", "anastrozole", day(24))
    ]
    assert "off-drug-6wk" not in rules(facts, day(20))


def test_a_drug_taken_already_at_the_stop_is_treatment_from_the_stop():
    facts = record(dose(start=day(-6)))
    window = only(facts, "treatment-4wk")
    assert (window.anchor, window.target) == (Anchor("effective_stop", STOP, "period-1"), day(4))


def test_on_hcg_lh_is_not_asked_for():
    assert "LH" not in only(record(dose("hcg", weekly="4500")), "treatment-4wk").analytes
    facts = record(dose("hcg", weekly="4500", end=day(8)), dose())
    assert "LH" in only(facts, "treatment-4wk", day(8)).analytes


def test_twelve_weekly_until_sustained_then_twice_a_year():
    low = record(dose(), *(sample(day(week), **(HORMONES | {"TT": "250", "HCT": "45"})) for week in (12, 24)))
    assert [w.target for w in windows_of(low, "treatment-12wk", day(25))] == [day(12), day(24), day(36)]
    high = record(dose(), *(sample(day(week), **(HORMONES | {"HCT": "45"})) for week in (12, 24)))
    assert [w.target for w in windows_of(high, "treatment-12wk", day(25))] == [day(12), day(24), day(50)]


def test_a_missed_repeat_stays_and_the_next_is_planned():
    targets = [w.target for w in windows_of(record(dose()), "treatment-12wk", day(30))]
    assert targets == [day(12), day(24), day(36)]


def test_a_late_sample_satisfies_a_missed_window():
    facts = record(dose(), sample(day(9), **HORMONES))
    (window,) = windows_of(facts, "treatment-4wk", day(9))
    assert satisfied_by(window, facts.samples[0])


def test_off_drug_counts_from_the_last_dose_of_all():
    last = date(2024, 8, 31)
    facts = record(dose(end=last), dose("anastrozole", end=date(2024, 7, 1), weekly="1"))
    found = {w.rule_id: w for w in plan_retests(facts, RULEBOOK, last) if w.anchor.kind == "off_drug"}
    assert set(found) == {"off-drug-6wk", "off-drug-12wk", "off-drug-6mo", "off-drug-12mo"}
    first, second = found["off-drug-6wk"], found["off-drug-12wk"]
    assert (first.earliest, first.latest) == (last + timedelta(weeks=6), last + timedelta(weeks=8))
    assert second.earliest == second.target == last + timedelta(weeks=12)
    assert found["off-drug-6mo"].target == date(2025, 2, 28)
    assert found["off-drug-12mo"].target == date(2025, 8, 31)


def test_a_drug_begun_again_ends_the_off_drug_windows():
    facts = record(dose(end=day(10)), dose(start=day(14)))
    assert not any(rule.startswith("off-drug") for rule in rules(facts, day(14)))


DRUG_RULES = [
    (dose(), {"serm-liver-4wk"}),
    (dose("enclomiphene"), {"serm-liver-4wk"}),
    (dose("tamoxifen", weekly="70"), {"serm-liver-4wk", "tamoxifen-6wk"}),
    (dose("anastrozole", weekly="1"), {"ai-liver-4wk", "ai-bone"}),
    (dose("hcg", weekly="4500"), {"hcg-14d"}),
    (dose("gonadorelin", weekly="1.12", mode="pump"), {"pump-7d"}),
    (dose("gonadorelin", weekly="0.2", mode="bolus"), set()),
]


@pytest.mark.parametrize(("taken", "expected"), DRUG_RULES)
def test_each_drug_adds_its_own(taken, expected):
    own = {rule.id for rule in RULEBOOK.retests.rules if rule.phase == "drug"}
    found = own & set(rules(record(taken)))
    assert expected <= found
    assert found - expected <= {"tamoxifen-12wk"}


def test_liver_tests_on_clomiphene_are_yearly_later():
    facts = record(dose(), sample(day(12), ALT=31, AST=22))
    windows = windows_of(facts, "clomiphene-12wk", day(13))
    assert [w.target for w in windows] == [day(12), date(2025, 4, 15)]


def test_hcg_window_is_14_to_28_days():
    window = only(record(dose("hcg", weekly="4500")), "hcg-14d")
    assert (window.earliest, window.latest) == (day(2), day(4))


def test_the_pump_is_followed_monthly_until_testosterone_is_normal():
    pump = dose("gonadorelin", weekly="1.12", mode="pump")
    low = [sample(day(week), **(HORMONES | {"TT": "205"})) for week in (4, 8)]
    still_low = record(pump, *low, sample(day(12), **(HORMONES | {"TT": "290"})))
    normal = record(pump, *low, sample(day(12), **HORMONES))
    past = [day(4), day(8), day(12)]
    assert [w.target for w in windows_of(normal, "pump-4wk", day(17))] == past
    assert [w.target for w in windows_of(still_low, "pump-4wk", day(17))] == [*past, day(16), day(20)]


def test_bone_density_is_asked_for_unless_a_scan_is_on_file():
    taken = dose("anastrozole", weekly="1")
    assert only(record(taken), "ai-bone").target == day(26)
    scanned = record(taken, Observation(day(-20), "dxa", Decimal("-1.1")))
    assert "ai-bone" not in rules(scanned)
    assert "ai-bone" in rules(record(taken, Observation(day(-200), "dxa", Decimal("-1.1"))))


def test_a_drug_that_was_stopped_asks_for_nothing_more():
    facts = record(dose("tamoxifen", weekly="70", end=day(3)))
    assert not {"tamoxifen-6wk", "serm-liver-4wk"} & set(rules(facts, day(3)))


def test_the_baseline_is_asked_for_and_lapses():
    assert {"baseline", "baseline-blood", "baseline-psa"} <= set(rules(record()))
    assert not {"baseline", "baseline-blood"} & set(rules(record(), day(12)))
    drawn = record(sample(day(-2), **HORMONES))
    assert "baseline" in rules(drawn, day(12))


@pytest.mark.parametrize(
    ("born", "asked"),
    [(None, True), (date(1984, 1, 22), True), (date(1984, 1, 23), False), (date(1950, 6, 1), True)],
)
def test_psa_is_asked_for_from_40_years_on(born, asked):
    assert ("baseline-psa" in rules(record(birth_date=born))) is asked


def test_reviews_at_26_and_52_weeks():
    facts = record()
    assert only(facts, "stop-26wk-review").target == day(26)
    assert only(facts, "stop-52wk-review").target == day(52)


def test_semen_only_with_a_wish_for_children():
    assert not any("semen" in rule for rule in rules(record(sample(STOP, "semen", SVOL=2, SCONC=0))))


def test_semen_analyses_follow_each_other_ten_weeks_apart():
    facts = record(
        sample(STOP, "semen", SVOL=2, SCONC=30),
        sample(day(12), "semen", SVOL=2, SCONC=3),
        fertility_goal=True,
    )
    first, second = only(facts, "semen-12wk", day(12)), only(facts, "semen-abnormal", day(12))
    assert (first.earliest, first.target, first.latest) == (day(10), day(12), day(14))
    assert (second.earliest, second.latest) == (day(22), day(24))
    assert second.anchor == Anchor("result", day(12), f"semen-{day(12)}")
    assert satisfied_by(first, facts.samples[1])


def test_an_early_repeat_starts_the_count_again():
    facts = record(
        sample(STOP, "semen", SVOL=2, SCONC=30),
        sample(day(4), "semen", SVOL=2, SCONC=30),
        fertility_goal=True,
    )
    assert only(facts, "semen-12wk", day(4)).target == day(16)


def test_an_incomplete_sample_is_no_link_of_the_chain():
    facts = record(sample(STOP, "semen", complete=False, SVOL=0.3, SCONC=30), fertility_goal=True)
    assert "semen-12wk" not in rules(facts)
    assert "baseline-semen" in rules(facts)


@pytest.mark.parametrize(
    ("edition", "count", "rule"),
    [(6, 15, "semen-abnormal"), (6, 16, "semen-12wk"), (5, 15, "semen-12wk"), (None, 15, "semen-abnormal")],
)
def test_the_edition_says_what_is_abnormal(edition, count, rule):
    drawn = sample(STOP, "semen", SVOL=2, SCONC=count)
    drawn = Sample(drawn.id, drawn.collected_on, "semen", who_edition=edition, results=drawn.results)
    assert rule in rules(record(drawn, fertility_goal=True))


EVENTS = [
    ("low-testosterone", {"TT": 299}, True),
    ("low-testosterone", {"TT": 300}, False),
    ("hematocrit-watch", {"HCT": "49.9"}, False),
    ("hematocrit-watch", {"HCT": "50"}, True),
    ("hematocrit-watch", {"HCT": "54"}, True),
    ("hematocrit-watch", {"HCT": "54.1"}, False),
    ("hematocrit-high", {"HCT": "54"}, False),
    ("hematocrit-high", {"HCT": "54.1"}, True),
    ("psa-rise", {"PSA": "2.2"}, False),
    ("psa-rise", {"PSA": "2.3"}, True),
]


@pytest.mark.parametrize(("rule", "values", "expected"), EVENTS)
def test_a_result_calls_for_a_repeat_beyond_its_limit(rule, values, expected):
    facts = record(sample(day(13), **values), baseline={"PSA": Decimal("0.8")})
    assert (rule in rules(facts, day(13))) is expected


def test_only_the_first_of_low_testosterones_is_repeated():
    draws = [sample(day(week), TT=value) for week, value in ((5, 205), (9, 214), (13, 410), (17, 280))]
    windows = windows_of(record(*draws), "low-testosterone", day(17))
    assert [w.anchor.on for w in windows] == [day(5), day(17)]
    assert (windows[1].earliest, windows[1].latest) == (day(18), day(21))


def test_a_psa_above_four_is_repeated_without_a_baseline():
    facts = record(sample(day(1), PSA="4.1"))
    window = only(facts, "psa-rise", day(1))
    assert (window.earliest, window.latest) == (day(7), day(9))


CENSORED = [
    (Comparator.BELOW, "300", True),
    (Comparator.BELOW, "301", False),
    (Comparator.AT_MOST, "300", False),
    (Comparator.ABOVE, "100", False),
]


@pytest.mark.parametrize(("comparator", "value", "expected"), CENSORED)
def test_a_censored_testosterone_is_low_only_where_that_is_sure(comparator, value, expected):
    result = Result("x", Reading("TT", Decimal(value), "ng/dL", comparator))
    facts = record(Sample("s", day(13), results={"TT": result}))
    assert ("low-testosterone" in rules(facts, day(13))) is expected


def test_breast_symptoms_call_for_blood_once_per_spell():
    facts = record(
        Observation(day(5), "symptom", "breast", "a"),
        Observation(day(8), "symptom", "breast", "b"),
        Observation(day(8), "symptom", "visual", "c"),
        Observation(day(40), "symptom", "breast", "d"),
    )
    windows = windows_of(facts, "breast-symptom", day(40))
    assert [(w.anchor.id, w.earliest, w.latest) for w in windows] == [
        ("a", day(5), day(7)),
        ("d", day(40), day(42)),
    ]


def test_a_smaller_window_at_the_same_time_is_left_to_the_larger():
    facts = record(dose("anastrozole", weekly="1"))
    assert "ai-estradiol-4wk" not in rules(facts)
    drawn = record(dose("anastrozole", weekly="1"), sample(day(4), **WITHOUT_LH))
    found = [w for w in plan_retests(drawn, RULEBOOK, day(4)) if w.rule_id == "ai-estradiol-4wk"]
    assert [satisfied_by(window, drawn.samples[0]) for window in found] == [True]


def test_what_is_collected_later_is_not_looked_at():
    facts = record(dose(), sample(day(4), **HORMONES))
    assert plan(facts, day(2)) == plan(record(dose()), day(2))


OFFSETS = st.integers(-12, 60)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "TT": st.integers(50, 900),
        "LH": st.integers(0, 9),
        "HCT": st.integers(38, 58),
        "PSA": st.integers(0, 6),
        "ALT": st.integers(10, 90),
        "AST": st.integers(10, 90),
    },
)
SAMPLES = st.lists(
    st.builds(lambda week, values: sample(day(week), **values), OFFSETS, VALUES),
    max_size=6,
    unique_by=lambda drawn: drawn.id,
)
DOSES = st.lists(
    st.builds(
        lambda drug, start, length, weekly: dose(
            drug, day(start), None if length is None else day(start + length), str(weekly)
        ),
        st.sampled_from(["clomiphene", "tamoxifen", "anastrozole", "hcg", "gonadorelin", "elsewhere"]),
        OFFSETS,
        st.none() | st.integers(0, 30),
        st.integers(1, 200),
    ),
    max_size=5,
    unique_by=lambda taken: taken.id,
)


@given(days=st.integers(-400, 400), doses=st.booleans())
def test_a_corrected_stop_moves_its_windows_by_as_many_days_and_keeps_their_keys(days, doses):
    """Over leap days, month ends and the turns of daylight saving alike."""
    moved_by = timedelta(days=days)

    def windows(stop):
        taken = (dose(start=stop - timedelta(weeks=1)),) if doses else ()
        facts = record(*taken, periods=(TestosteronePeriod(stop),))
        return [w for w in plan_retests(facts, RULEBOOK, stop) if w.anchor.kind == "effective_stop"]

    here, there = windows(STOP), windows(STOP + moved_by)
    assert [w.key for w in there] == [w.key for w in here]
    for before, after in zip(here, there, strict=True):
        assert after.earliest - before.earliest == after.latest - before.latest == moved_by


@given(samples=SAMPLES, doses=DOSES, week=st.integers(-4, 70), wants=st.booleans(), data=st.data())
def test_every_plan_runs_forward_and_does_not_depend_on_the_order_of_entry(samples, doses, week, wants, data):
    facts = record(*samples, *doses, fertility_goal=wants)
    found = plan_retests(facts, RULEBOOK, day(week))
    assert all(w.earliest <= w.target <= w.latest for w in found)
    assert len({window.key for window in found}) == len(found)
    assert all(set(window.analytes) <= set(ANALYTES) for window in found)
    assert all(len(w.key) <= 160 and len(w.reason) <= 300 and len(w.source) <= 300 for w in found)
    shuffled = record(
        *data.draw(st.permutations(samples)), *data.draw(st.permutations(doses)), fertility_goal=wants
    )
    assert plan_retests(shuffled, RULEBOOK, day(week)) == found


@given(samples=SAMPLES, doses=DOSES, week=st.integers(-4, 70))
def test_an_open_plan_always_has_something_to_come(samples, doses, week):
    on = day(week)
    facts = record(*samples, *doses)
    open_windows = [
        window
        for window in plan_retests(facts, RULEBOOK, on)
        if not any(satisfied_by(window, s) for s in facts.samples if s.collected_on <= on)
    ]
    assert any(window.latest >= on for window in open_windows) or is_long_off_drug(facts, on)


def is_long_off_drug(facts, on):
    """A year after the last dose of all drugs nothing is scheduled any more."""
    ends = [d.ends_on for d in facts.doses if d.drug != "elsewhere"]
    return bool(ends) and None not in ends and on > max(ends) + timedelta(days=365)


@pytest.mark.parametrize(
    ("old", "new", "because"),
    [
        ("analytes: [PSA]", "analytes: [PSX]", "there is no analyte PSX"),
        ("analytes: [PSA]", "analytes: []", "asks for at least one analyte"),
        ("early_days: 42", "early_days: -1", "baseline: a window does not run backwards"),
        ("every: {weeks: 4}", "every: {weeks: 0}", "pump-4wk: a repeat moves forward"),
        ("of: SERM, ", "", "serm-liver-4wk: `of` is for the phases"),
        ("id: pump-7d", "id: hcg-14d", "an id stands twice"),
        ("phase: off_drug", "phase: later", "phase"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, old, new, because):
    text = (RULES_DIR / "retests.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "retests.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulebookError, match=because):
        load_retests(path)
