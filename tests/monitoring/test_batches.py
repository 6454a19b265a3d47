"""Judging many episodes together: the same findings, a flat number of statements, and nobody held up."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinical.evaluate import evaluate_current
from monitoring import actions
from monitoring.models import Evaluation, Flag, Milestone, Retest
from tests import builders

# What does not name the man himself.
FACTS = {
    Flag: ("rule_id", "severity", "message", "threshold", "state", "count"),
    Retest: ("analytes", "anchor_kind", "target_on", "satisfied_on", "withdrawn_at"),
    Milestone: ("key", "reached_on", "sustained_on"),
}


def a_man(ada, **values):
    patient = builders.a_patient(ada)
    episode = builders.an_episode(patient, by=ada)
    builders.a_course(episode, by=ada)
    builders.a_panel(patient, by=ada, **(values or {"TT": "842", "LH": "4.1", "HCT": "54.6"}))
    return episode


def together(*episodes):
    return actions.evaluate_episodes([each.id for each in episodes], clinic_id=episodes[0].clinic_id)


def stored_of(episode):
    return {
        kind.__name__: sorted(map(str, kind.objects.filter(episode=episode).values_list(*names)))
        for kind, names in FACTS.items()
    }


def test_what_is_judged_together_is_what_is_judged_alone(ada):
    alone, first, second = a_man(ada), a_man(ada), a_man(ada)
    assert actions.evaluate_episode(alone.id, clinic_id=alone.clinic_id)
    assert together(first, second) == 2
    assert stored_of(first) == stored_of(second) == stored_of(alone)
    assert stored_of(alone)["Flag"]


def test_judging_together_twice_is_once(ada):
    men = [a_man(ada), a_man(ada)]
    assert together(*men) == 2
    before = [stored_of(man) for man in men]
    assert together(*men) == 0
    assert [stored_of(man) for man in men] == before


def test_a_change_ends_repeats_and_moves_in_each_of_them(ada):
    men = [a_man(ada), a_man(ada)]
    together(*men)
    for man in men:
        builders.a_panel(man.patient, by=ada, on=date(2026, 3, 9), HCT="44")
    assert together(*men) == 2
    for man in men:
        assert Flag.objects.get(episode=man, rule_id="R45").state == "resolved"


@pytest.mark.parametrize("is_first", [True, False], ids=["judged-first", "judged-again"])
def test_statements_do_not_grow_with_the_episodes(ada, is_first):
    counts = []
    for number in (2, 9):
        men = [a_man(ada) for _ in range(number)]
        if not is_first:
            together(*men)
            for man in men:
                builders.a_panel(man.patient, by=ada, on=date(2026, 4, 2), TT="300", HCT="44")
        with CaptureQueriesContext(
            connection,
        ) as said:
            assert together(*men) == number
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_one_broken_record_does_not_hold_up_the_others(ada, monkeypatch):
    men = [a_man(ada) for _ in range(3)]

    def breaks_on_the_second(record, *more):
        if record.id == str(men[1].id):
            raise ZeroDivisionError
        return evaluate_current(record, *more)

    monkeypatch.setattr("monitoring.actions.evaluating.evaluate_current", breaks_on_the_second)
    assert together(*men) == 3
    told = {each.episode_id: each for each in Evaluation.objects.all()}
    assert [told[man.id].evaluated_on is not None for man in men] == [True, False, True]
    assert [told[man.id].attempts for man in men] == [0, 1, 0]
    assert "ZeroDivisionError" in told[men[1].id].error


def test_a_record_that_was_tried_before_is_judged_alone(ada, monkeypatch):
    """Had it killed its worker, the others must not be counted a second try for it."""
    tried, fresh = a_man(ada), a_man(ada)
    with monkeypatch.context() as patched:
        patched.setattr("monitoring.actions.evaluating.records_of", lambda episodes: 1 / 0)
        together(tried)
    batches = []
    judge = actions.evaluating._judge
    monkeypatch.setattr(
        "monitoring.actions.evaluating._judge",
        lambda episodes, own: (batches.append([each.id for each in episodes]), judge(episodes, own)),
    )
    assert together(tried, fresh) == 2
    assert batches == [[fresh.id], [tried.id]]
