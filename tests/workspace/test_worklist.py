"""The worklist: every open thing in its section with the one action that resolves it, and empty when done."""

import uuid
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from labs import actions as labs
from monitoring import actions as monitoring
from monitoring.models import MOST_ATTEMPTS, Flag
from tests import builders
from workspace.presenters.worklist import worklist_of


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


@pytest.fixture
def episode(patient, ada):
    return builders.an_episode(patient, by=ada)


def judge(episode):
    monitoring.evaluate_episode(episode.id, clinic_id=episode.clinic_id)


def sections(ada):
    return {section.key: section for section in worklist_of(ada, today=timezone.localdate()).sections}


def acknowledging(flag, patient, **typed):
    return {"patient": patient.id, "version": flag.version, "entry_key": uuid.uuid4(), **typed}


def test_an_empty_clinic_says_that_nothing_waits(client, ada):
    client.force_login(ada)
    assert "Nothing waits for anybody" in client.get(reverse("worklist")).content.decode()


def test_a_critical_flag_leads_and_leaves_when_it_is_acknowledged(client, episode, patient, ada):
    builders.a_panel(patient, by=ada, on=timezone.localdate(), HCT="54.6")
    judge(episode)
    row = sections(ada)["critical"].rows[0]
    assert row.patient == patient
    client.force_login(ada)
    flag = Flag.objects.get(rule_id="R45")
    client.post(
        reverse("flag_acknowledge", args=[flag.id]),
        acknowledging(flag, patient, comment="Phoned; venesection tomorrow", back="worklist"),
    )
    builders.acting(ada)
    assert sections(ada)["critical"].total == 0


def test_a_critical_flag_is_not_acknowledged_in_silence(client, episode, patient, ada):
    builders.a_panel(patient, by=ada, HCT="54.6")
    judge(episode)
    client.force_login(ada)
    flag = Flag.objects.get(rule_id="R45")
    form = acknowledging(flag, patient, comment="")
    answer = client.post(reverse("flag_acknowledge", args=[flag.id]), form)
    assert answer.status_code == 422
    assert "A critical flag needs a comment" in answer.content.decode()


def test_a_flag_of_another_patient_is_not_acknowledged_by_a_stale_page(client, episode, patient, ada):
    other = builders.a_patient(ada)
    builders.a_panel(patient, by=ada, HCT="54.6")
    judge(episode)
    client.force_login(ada)
    flag = Flag.objects.get(rule_id="R45")
    form = acknowledging(flag, other, comment="seen")
    assert client.post(reverse("flag_acknowledge", args=[flag.id]), form).status_code == 409


def test_a_panel_waits_until_it_is_reviewed(patient, episode, ada):
    panel = builders.a_panel(patient, by=ada)
    assert [row.url for row in sections(ada)["review"].rows] == [reverse("panel", args=[panel.id])]
    labs.review_panel(panel, by=ada)
    assert sections(ada)["review"].total == 0


def test_overdue_retests_are_one_row_a_patient(patient, episode, ada):
    judge(episode)
    overdue = sections(ada)["overdue"]
    assert [row.patient for row in overdue.rows] == [patient]
    assert "windows" in overdue.rows[0].badge


def test_an_episode_without_a_next_retest_is_a_finding(patient, episode, ada, monkeypatch):
    monkeypatch.setattr("clinical.retests.plan_retests", lambda *args: ())
    judge(episode)
    assert [row.patient for row in sections(ada)["unscheduled"].rows] == [patient]


def test_a_record_that_could_not_be_evaluated_is_listed_with_its_reason(episode, ada, monkeypatch):
    monkeypatch.setattr("monitoring.actions.evaluating.records_of", lambda episodes: 1 / 0)
    for _ in range(MOST_ATTEMPTS):
        judge(episode)
    row = sections(ada)["not_evaluated"].rows[0]
    assert "ZeroDivisionError" in row.detail


def test_queries_do_not_grow_with_rows(ada, django_assert_num_queries):
    def fill(count):
        for _ in range(count):
            patient = builders.a_patient(ada)
            episode = builders.an_episode(patient, by=ada)
            builders.a_panel(patient, by=ada, on=date(2026, 3, 2), HCT="54.6", TT="250", LH="0.4", FSH="0.5")
            judge(episode)

    fill(1)
    with django_assert_num_queries(7):
        worklist_of(ada, today=timezone.localdate())
    fill(6)
    with django_assert_num_queries(7):
        shown = worklist_of(ada, today=timezone.localdate())
    assert len(shown.patient_ids) == 7


def test_everybody_who_is_shown_is_recorded_as_looked_at(client, episode, patient, ada):
    from audit.models import Event

    builders.a_panel(patient, by=ada)
    client.force_login(ada)
    client.get(reverse("worklist"))
    builders.acting(ada)
    looks = Event.objects.filter(action="workspace.worklist.viewed")
    assert [(row.patient_id, row.actor_id) for row in looks] == [(patient.id, ada.id)]
