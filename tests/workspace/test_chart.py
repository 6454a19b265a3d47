"""The chart: what its header never forgets, four states that never look alike, units that change nothing."""

from datetime import date

import pytest
from django.urls import reverse

from labs.models import Result
from monitoring import actions as monitoring
from tests import builders


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada, allergies="penicillin")


@pytest.fixture
def episode(patient, ada):
    return builders.an_episode(patient, by=ada)


@pytest.fixture
def clinician(client, ada):
    client.force_login(ada)
    return client


def page(client, name, patient, **query):
    return client.get(reverse(name, args=[patient.id]), query).content.decode()


def judge(episode):
    monitoring.evaluate_episode(episode.id, clinic_id=episode.clinic_id)


def test_the_header_holds_identifiers_stop_doses_and_cautions(clinician, patient, episode, ada):
    builders.a_course(episode, by=ada)
    shown = page(clinician, "chart", patient)
    for words in (
        "Daniel Okafor",
        "17 May 1988",
        patient.mrn,
        "26 Jan 2026",
        "penicillin",
        "25 mg every other day",
    ):
        assert words in shown


def test_not_yet_evaluated_is_said_and_asked_again(clinician, patient, episode, ada):
    builders.a_panel(patient, by=ada)
    shown = page(clinician, "chart", patient)
    assert "Not yet evaluated" in shown
    assert 'hx-trigger="every 1s"' in shown


def test_evaluated_stops_asking(clinician, patient, episode, ada):
    builders.a_panel(patient, by=ada)
    judge(episode)
    shown = page(clinician, "chart", patient)
    assert "Not yet evaluated" not in shown
    assert 'hx-trigger="every 1s"' not in shown


def test_could_not_be_evaluated_says_why(clinician, patient, episode, ada, monkeypatch):
    monkeypatch.setattr("monitoring.actions.evaluating.records_of", lambda episodes: 1 / 0)
    for _ in range(3):
        judge(episode)
    shown = page(clinician, "chart", patient)
    assert "Could not be evaluated" in shown
    assert "ZeroDivisionError" in shown


def test_no_episode_is_a_reason_of_its_own(clinician, patient, ada):
    shown = page(clinician, "chart", patient)
    assert "no recovery episode is open" in shown
    assert "Begin a recovery episode" in shown


def test_less_than_comes_back_as_less_than(clinician, patient, episode, ada):
    builders.a_panel(patient, by=ada, LH="<0.1", TT="410")
    for name in ("chart", "chart_labs"):
        assert "&lt;0.1" in page(clinician, name, patient)


def test_units_are_switched_for_display_and_never_stored(clinician, patient, episode, ada):
    builders.a_panel(patient, by=ada, TT="410")
    before = list(Result.objects.values_list("reported_text", "reported_unit", "canonical_value"))
    shown = page(clinician, "chart_labs", patient, units="si")
    assert "14.2" in shown
    assert "Converted for display only" in shown
    builders.acting(ada)
    assert list(Result.objects.values_list("reported_text", "reported_unit", "canonical_value")) == before


def test_an_unknown_unit_system_shows_what_was_reported(clinician, patient, episode, ada):
    builders.a_panel(patient, by=ada, TT="410")
    assert "Converted for display only" not in page(clinician, "chart_labs", patient, units="<script>")


@pytest.mark.parametrize("name", ["chart", "chart_labs", "chart_treatment", "chart_timeline"])
def test_queries_do_not_grow_with_panels(
    clinician, patient, episode, ada, name, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(clinician, name, patient)
        builders.acting(ada)
        return len(captured)

    builders.a_panel(patient, by=ada, on=date(2026, 3, 1), TT="410", LH="4.8")
    judge(episode)
    queries()
    few = queries()
    for day in range(2, 10):
        builders.a_panel(patient, by=ada, on=date(2026, 3, day), TT="410", LH="4.8", FSH="3.9", HCT="45")
    judge(episode)
    assert queries() == few


def test_giving_up_on_a_later_day_is_said_too(clinician, patient, episode, ada, monkeypatch):
    from monitoring.models import MOST_ATTEMPTS, Evaluation

    judge(episode)
    Evaluation.objects.filter(episode=episode).update(evaluated_on=date(2026, 1, 1))
    monkeypatch.setattr("monitoring.actions.evaluating.records_of", lambda episodes: 1 / 0)
    for _ in range(MOST_ATTEMPTS):
        judge(episode)
    shown = page(clinician, "chart", patient)
    assert "Could not be evaluated" in shown
    assert "Try again" in shown


def test_staff_are_not_offered_what_they_may_not_do(client, patient, episode, ada, ben, monkeypatch):
    monkeypatch.setattr("monitoring.actions.evaluating.records_of", lambda episodes: 1 / 0)
    for _ in range(3):
        judge(episode)
    client.force_login(ben)
    assert "Try again" not in page(client, "chart", patient)


def test_findings_that_arrive_between_two_queries_are_never_left_out(patient, episode, ada, monkeypatch):
    from workspace.presenters import chart as charts

    builders.a_panel(patient, by=ada, HCT="54.6")

    def judged_meanwhile(shown_episode, user):
        judge(episode)
        return judged_of(shown_episode, user)

    judged_of = charts.judged_of
    monkeypatch.setattr(charts, "judged_of", judged_meanwhile)
    overview = charts.overview_of(patient, episode, ada, today=date(2026, 3, 9))
    assert overview.judged.state == "judged"
    assert "R45" in {flag.rule_id for flag in overview.flags}


def test_the_headers_counts_come_along_with_the_findings(clinician, patient, episode, ada):
    builders.a_panel(patient, by=ada, HCT="54.6")
    judge(episode)
    shown = page(clinician, "chart_flags", patient)
    assert 'id="flag-counts"' in shown
    assert "1 critical" in shown
