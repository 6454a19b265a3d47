"""What speaks against a dose for this patient."""

from datetime import date

import pytest

from patients import actions as patients
from protocols import actions
from tests import builders
from tests.protocols.conftest import TODAY, adjust


def checks(episode, drug="clomiphene", dose=None, on=TODAY, current=None):
    dose = dose or builders.a_dose()
    return actions.checks_of(episode, drug=drug, dose=dose, on=on, current=current)


def said(episode, **order):
    return [(check.severity, check.message) for check in checks(episode, **order)]


def test_a_usual_dose_after_recent_results_is_not_spoken_against(episode, labs):
    assert checks(episode) == ()


@pytest.mark.parametrize(
    ("amount", "frequency", "worst"),
    [
        ("50", "daily", None),
        ("60", "daily", "warning"),
        ("100", "daily", "warning"),
        ("110", "daily", "critical"),
    ],
)
def test_limits_are_graded(episode, labs, amount, frequency, worst):
    found = checks(episode, dose=builders.a_dose(amount, frequency))
    assert (found[0].severity if found else None) == worst


def test_only_a_maximum_is_over_the_limit(episode, labs):
    assert not any(check.is_over_limit for check in checks(episode, dose=builders.a_dose("60", "daily")))
    assert any(check.is_over_limit for check in checks(episode, dose=builders.a_dose("110", "daily")))


def test_a_second_serm_is_a_duplicate(ada, course):
    found = said(course.episode, drug="tamoxifen", dose=builders.a_dose("10", "daily"))
    assert [severity for severity, text in found if "Two drugs of one class" in text] == ["warning"]


def test_a_serm_in_washout_is_still_one(ada, course):
    actions.stop_course(course, on=date(2026, 2, 23), reason="x", by=ada, read_version=1)
    found = said(course.episode, drug="tamoxifen", dose=builders.a_dose("10", "daily"))
    assert any("Two drugs of one class" in text for _, text in found)
    ended = next(text for severity, text in found if severity == "info" and "ended on" in text)
    assert ended == (
        "Clomiphene citrate ended on 23 Feb 2026 and counts as taken until 6 Apr 2026 (washout of 6 weeks)."
    )


def test_after_the_washout_it_is_none(ada, course):
    actions.stop_course(course, on=date(2026, 2, 23), reason="x", by=ada, read_version=1)
    order = {"drug": "tamoxifen", "dose": builders.a_dose("10", "daily"), "on": date(2026, 4, 6)}
    assert not any("class" in text or "washout" in text for _, text in said(course.episode, **order))


@pytest.mark.parametrize(("first", "second"), [("tamoxifen", "anastrozole"), ("anastrozole", "tamoxifen")])
def test_a_forbidden_pair_is_critical_from_either_side(ada, episode, labs, first, second):
    doses = {
        "tamoxifen": builders.a_dose("10", "daily"),
        "anastrozole": builders.a_dose("0.5", "twice_weekly"),
    }
    builders.a_course(episode, by=ada, drug=first, dose=doses[first])
    found = said(episode, drug=second, dose=doses[second])
    assert [severity for severity, text in found if "not to combine" in text] == ["critical"]


def test_other_medicines_are_read(ada, episode, labs):
    patients.note_concomitant_drug(episode.patient, name="Warfarin 5 mg", by=ada)
    assert any(severity == "warning" and "warfarin" in text for severity, text in said(episode))


def test_history_is_read(ada, episode, labs):
    patients.note_condition(episode.patient, kind="pituitary_adenoma", by=ada)
    assert any("pituitary adenoma" in text for severity, text in said(episode) if severity == "critical")


def test_an_allergy_to_the_drug_is_critical(ada, labs):
    patient = builders.a_patient(ada, allergies="Penicillin, clomiphene")
    found = said(builders.an_episode(patient, by=ada))
    assert [severity for severity, text in found if "Hypersensitivity" in text] == ["critical"]


def test_another_allergy_is_none_of_its_business(ada, labs):
    patient = builders.a_patient(ada, allergies="Penicillin")
    assert not any("ypersensitivity" in text for _, text in said(builders.an_episode(patient, by=ada)))


def test_testosterone_still_taken_is_a_warning(ada):
    episode = builders.an_episode(builders.a_patient(ada), by=ada, stopped=None)
    assert any(severity == "warning" and "testosterone" in text for severity, text in said(episode))


def test_the_washout_of_testosterone_counts_as_taken(episode):
    before, after = (said(episode, on=on) for on in (date(2026, 1, 25), date(2026, 1, 26)))
    assert any("with testosterone" in text for _, text in before)
    assert not any("with testosterone" in text for _, text in after)


def test_a_missing_baseline_is_told(ada, episode):
    [(severity, text)] = said(episode)
    assert severity == "info"
    assert text == (
        "There is no total testosterone and no luteinizing hormone on file from the 90 days before "
        "2 Mar 2026: nothing to compare the effect with."
    )
    builders.a_panel(episode.patient, by=ada, on=date(2026, 2, 23), TT="310")
    assert "no luteinizing hormone on file" in said(episode)[0][1]


@pytest.mark.parametrize(("collected", "is_missing"), [(date(2025, 12, 2), False), (date(2025, 12, 1), True)])
def test_a_baseline_counts_for_ninety_days(ada, episode, collected, is_missing):
    builders.a_panel(episode.patient, by=ada, on=collected, TT="310", LH="4.8")
    assert bool(said(episode)) == is_missing


@pytest.mark.parametrize(
    ("amount", "frequency", "is_told"),
    [
        ("25", "daily", False),
        ("50", "every_other_day", False),
        ("50", "daily", True),
        ("25", "every_other_day", False),
    ],
)
def test_more_than_twice_the_dose_is_told(course, amount, frequency, is_told):
    found = said(course.episode, dose=builders.a_dose(amount, frequency), current=course.steps.get())
    assert any("times the dose" in text for _, text in found) == is_told


def test_a_large_step_says_from_what_to_what(course):
    found = said(course.episode, dose=builders.a_dose("50", "daily"), current=course.steps.get())
    assert found == [
        (
            "warning",
            "Clomiphene citrate: 4 times the dose that is taken now (87.5 mg a week, then 350 mg a week).",
        )
    ]


@pytest.mark.parametrize(
    ("drug", "dose", "is_slip"),
    [
        ("clomiphene", builders.a_dose("500", "daily"), False),
        ("clomiphene", builders.a_dose("501", "daily"), True),
        ("anastrozole", builders.a_dose("5", "daily"), False),
        ("anastrozole", builders.a_dose("25", "daily"), True),
        ("hcg", builders.a_dose("30000", "weekly", "IU"), False),
        ("hcg", builders.a_dose("30001", "weekly", "IU"), True),
        ("gonadorelin", actions.Dose(builders.a_dose("200").amount, "mcg", "twice_weekly", "bolus"), False),
        ("gonadorelin", actions.Dose(builders.a_dose("5000").amount, "mcg", "twice_weekly", "bolus"), True),
    ],
)
def test_ten_times_the_usual_is_a_slip(drug, dose, is_slip):
    assert bool(actions.slip_in(drug, dose)) == is_slip


def test_the_worst_comes_first(ada, course):
    patients.note_condition(course.patient, kind="hepatitis", by=ada)
    patients.note_concomitant_drug(course.patient, name="warfarin", by=ada)
    ranks = [severity for severity, _ in said(course.episode, dose=builders.a_dose("60", "daily"))]
    assert ranks == sorted(ranks, key=["critical", "warning", "info"].index)
    assert ranks[0] == "critical"


def test_what_was_said_is_kept_with_the_step(ada, course):
    patients.note_concomitant_drug(course.patient, name="warfarin", by=ada)
    step = adjust(course, by=ada, override_reason="INR weekly")
    assert step.concerns[0]["severity"] == "warning"
    assert step.concerns[0]["source"]
