"""Judging an episode: counted, done once, stored by life cycle, given up after three tries."""

from datetime import date

import pytest

from labs import actions as labs
from monitoring import actions
from monitoring.models import MOST_ATTEMPTS, Evaluation, Flag, FlagState, Milestone, Retest, unevaluated
from tests import builders


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


@pytest.fixture
def episode(patient, ada):
    return builders.an_episode(patient, by=ada)


def judge(episode):
    return actions.evaluate_episode(episode.id, clinic_id=episode.clinic_id)


def rules(episode, **filters):
    return set(Flag.objects.filter(episode=episode, **filters).values_list("rule_id", flat=True))


def test_a_panel_out_of_range_raises_its_flag_with_numbers_and_source(episode, patient, ada):
    panel = builders.a_panel(patient, by=ada, TT="842", LH="4.1", FSH="4.0", HCT="54.6")
    assert judge(episode)
    flag = Flag.objects.get(episode=episode, rule_id="R45")
    assert (flag.severity, flag.state) == ("critical", "open")
    assert flag.numbers[0]["result_id"] == str(panel.results.get(analyte="HCT").id)
    assert flag.numbers[0]["text"] == "54.6 %"
    assert flag.source
    assert flag.rule_version
    assert "54" in flag.threshold


def test_evaluate_twice_is_once(episode, patient, ada):
    builders.a_panel(patient, by=ada, HCT="54.6")
    assert judge(episode)
    before = list(Flag.objects.values("id", "count", "version"))
    assert not judge(episode)
    assert list(Flag.objects.values("id", "count", "version")) == before


def test_the_same_numbers_again_are_no_repeat(episode, patient, ada):
    builders.a_panel(patient, by=ada, HCT="54.6")
    judge(episode)
    builders.a_panel(patient, by=ada, on=date(2026, 3, 9), PRL="8.0")
    judge(episode)
    assert Flag.objects.get(rule_id="R45").count == 1


def test_a_repeat_raises_the_count_not_the_noise(episode, patient, ada):
    builders.a_panel(patient, by=ada, HCT="54.6")
    judge(episode)
    builders.a_panel(patient, by=ada, on=date(2026, 3, 9), HCT="54.9")
    judge(episode)
    flag = Flag.objects.get(rule_id="R45")
    assert (flag.count, flag.state) == (2, FlagState.OPEN)
    assert [change.what for change in flag.changes.all()] == ["opened", "seen again"]


def test_a_finding_that_ends_resolves_its_flag(episode, patient, ada):
    builders.a_panel(patient, by=ada, HCT="54.6")
    judge(episode)
    builders.a_panel(patient, by=ada, on=date(2026, 3, 9), HCT="46.0")
    judge(episode)
    flag = Flag.objects.get(rule_id="R45")
    assert flag.state in {FlagState.RESOLVED, FlagState.SUPERSEDED}
    assert flag.ended_at is not None


def test_an_acknowledged_flag_opens_again_only_when_it_is_worse(episode, patient, ada):
    builders.a_panel(patient, by=ada, HCT="51.0")
    judge(episode)
    flag = Flag.objects.get(rule_id="R46")
    actions.acknowledge_flag(flag, by=ada, comment="seen")
    builders.a_panel(patient, by=ada, on=date(2026, 3, 9), HCT="51.5")
    judge(episode)
    flag.refresh_from_db()
    assert (flag.state, flag.count) == (FlagState.ACKNOWLEDGED, 2)


def test_a_critical_flag_is_not_acknowledged_without_a_comment(episode, patient, ada):
    builders.a_panel(patient, by=ada, HCT="54.6")
    judge(episode)
    flag = Flag.objects.get(rule_id="R45")
    with pytest.raises(actions.NotPossible, match="comment"):
        actions.acknowledge_flag(flag, by=ada, comment="  ")
    flag.refresh_from_db()
    assert flag.state == FlagState.OPEN


def test_an_amended_result_is_judged_anew(episode, patient, ada):
    panel = builders.a_panel(patient, by=ada, HCT="54.6")
    judge(episode)
    labs.amend_panel(
        panel,
        by=ada,
        reason="Misread the report",
        read_version=1,
        laboratory=panel.laboratory,
        collection=builders.collection(date(2026, 3, 2)),
        entered=[builders.entered("HCT", "45.6")],
        entry_key=panel.id,
    )
    judge(episode)
    assert rules(episode, state="open") & {"R45", "R46"} == set()


def test_retests_are_windows_and_a_partial_panel_does_not_satisfy(episode, patient, ada):
    judge(episode)
    waiting = list(Retest.objects.waiting().filter(episode=episode))
    assert waiting
    assert all(each.earliest_on <= each.target_on <= each.latest_on for each in waiting)
    fullest = max(waiting, key=lambda each: len(each.analytes))
    builders.a_panel(patient, by=ada, on=fullest.target_on, TT="410")
    judge(episode)
    fullest.refresh_from_db()
    assert fullest.satisfied_by is None


def test_a_retest_moves_with_its_anchor(episode, patient, ada):
    from patients.actions import record_last_dose

    judge(episode)
    before = {each.key: each.target_on for each in Retest.objects.waiting().filter(episode=episode)}
    record_last_dose(episode, last_dose_on=date(2026, 1, 19), by=ada)
    judge(episode)
    after = {each.key: each.target_on for each in Retest.objects.waiting().filter(episode=episode)}
    assert min(after.values()) > min(before.values())


def test_milestones_are_noted_with_the_first_qualifying_draw(episode, patient, ada):
    builders.a_panel(patient, by=ada, on=date(2026, 3, 2), TT="410", LH="4.8", FSH="3.9")
    judge(episode)
    reached = {each.key: each.reached_on for each in Milestone.objects.filter(episode=episode)}
    assert reached["M1"] == date(2026, 3, 2)
    assert reached["M3"] == date(2026, 3, 2)


def test_a_record_that_cannot_be_judged_is_given_up_and_says_why(episode, patient, ada, monkeypatch):
    def breaks(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("monitoring.actions.evaluating.records_of", breaks)
    for _ in range(MOST_ATTEMPTS):
        assert judge(episode)
    assert not judge(episode)
    evaluation = Evaluation.objects.get(episode=episode)
    assert evaluation.attempts == MOST_ATTEMPTS
    assert "ZeroDivisionError" in evaluation.error
    assert list(unevaluated(episode.clinic_id)) == []


def test_a_changed_record_gets_its_tries_back(episode, patient, ada, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("monitoring.actions.evaluating.records_of", lambda episodes: 1 / 0)
        for _ in range(MOST_ATTEMPTS):
            judge(episode)
    builders.a_panel(patient, by=ada, HCT="54.6")
    assert list(unevaluated(episode.clinic_id)) == [episode]
    assert judge(episode)
    assert rules(episode, state="open") >= {"R45"}


def test_a_patient_who_is_closed_is_left_alone(episode, ada):
    from patients.actions import close_episode
    from patients.models import Outcome

    close_episode(episode, outcome=Outcome.LOST, on=date(2026, 3, 2), by=ada)
    assert not judge(episode)


@pytest.mark.parametrize("panels", [1, 8])
def test_queries_do_not_grow_with_panels(episode, patient, ada, panels, django_assert_max_num_queries):
    for number in range(panels):
        builders.a_panel(patient, by=ada, on=date(2026, 3, 2 + number), TT="410", LH="4.8", FSH="3.9")
    with django_assert_max_num_queries(60):
        judge(episode)
