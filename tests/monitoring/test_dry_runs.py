"""A draft replayed over a clinic: batch by batch, safe against crashes, and without any effect."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from clinical.datafile import RulebookError
from clinical.dry_run import Change, Kind, difference, drafted
from clinical.rulebook import load_rulebook
from monitoring import actions, tasks
from monitoring.actions import dry_runs
from monitoring.models import MOST_ATTEMPTS, DryRun, Flag, Retest
from monitoring.record import record_of
from tests import builders
from tests.house.everything import days_ago

HIGHER = [Change(Kind.NUMBER, "low_testosterone", "450")]


def a_man(ada, number=1, **values):
    builders.acting(ada)
    patient = builders.a_patient(ada, given_name=f"Number{number}", mrn=f"D{number:03d}")
    episode = builders.an_episode(patient, by=ada, stopped=days_ago(200))
    builders.a_panel(patient, by=ada, on=days_ago(30), **{"TT": "402", "LH": "4.8", "FSH": "4", **values})
    return episode


def asked(ada, changes=HIGHER):
    builders.acting(ada)
    return actions.ask_for_dry_run(title="a higher threshold", changes=changes, by=ada)


def advance(run):
    return actions.advance_dry_run(run.id, clinic_id=run.clinic_id)


def read_again(run, ada):
    builders.acting(ada)
    run.refresh_from_db()
    return run


def standing():
    """What the clinic's patients have: flags and retests as they are."""
    flags, retests = Flag.objects.values_list("id", "version"), Retest.objects.values_list("id", "target_on")
    return sorted(flags), sorted(retests)


def test_it_finds_what_the_pure_replay_finds(ada):
    episodes = [a_man(ada, number) for number in (1, 2)] + [a_man(ada, 3, TT="600")]
    run = asked(ada)
    assert advance(run) is False
    run = read_again(run, ada)
    book, today = load_rulebook(), timezone.localdate()
    each = [difference(record_of(one), book, drafted(book, HIGHER), today) for one in episodes]
    assert run.found["gained"] == sum(len(one.gained) for one in each) > 0
    assert run.found["lost"] == sum(len(one.lost) for one in each)
    assert run.found["touched"] == sum(one.touches for one in each)
    assert (run.state, run.done, run.episodes) == ("finished", 3, 3)
    assert run.rulebook_version == book.version
    sizes = [row["size"] for row in run.found["largest"]]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(gained for gained, _ in run.found["by_rule"].values()) == run.found["gained"]
    now = sum(week[0] for week in run.found["retests"])
    assert now == sum(sum(one.retests_now.values()) for one in each)


def test_nothing_that_stands_is_changed_by_it(ada):
    episode = a_man(ada)
    actions.evaluate_episode(episode.id, clinic_id=episode.clinic_id)
    builders.acting(ada)
    before = standing()
    advance(asked(ada))
    builders.acting(ada)
    assert standing() == before


def test_batches_give_what_one_whole_gives(ada, monkeypatch):
    for number in range(5):
        a_man(ada, number)
    whole = asked(ada)
    assert advance(whole) is False
    monkeypatch.setattr(dry_runs, "AT_ONCE", 2)
    parts = asked(ada)
    assert [advance(parts) for _ in range(3)] == [True, True, False]
    assert advance(parts) is False
    whole, parts = read_again(whole, ada), read_again(parts, ada)
    assert parts.found == whole.found
    assert parts.done == whole.done == 5


def test_a_batch_asks_the_database_as_often_for_eight_records_as_for_one(ada):
    def queries():
        run = asked(ada)
        with CaptureQueriesContext(connection) as captured:
            advance(run)
        return len(captured)

    a_man(ada)
    one = queries()
    for number in range(2, 9):
        a_man(ada, number)
    assert queries() == one


def test_a_batch_that_fails_is_tried_three_times_and_then_waits_for_a_person(ada):
    a_man(ada)
    run = asked(ada)
    with mock.patch("monitoring.actions.dry_runs.records_of", side_effect=ZeroDivisionError):
        assert [advance(run) for _ in range(MOST_ATTEMPTS + 1)] == [True, True, False, False]
    run = read_again(run, ada)
    assert (run.state, run.error) == (
        "failed",
        "ZeroDivisionError: the next records could not be replayed",
    )
    actions.retry_dry_run(run, by=ada)
    assert advance(run) is False
    assert read_again(run, ada).state == "finished"


def test_a_crash_in_the_middle_counts_nothing_twice(ada, monkeypatch):
    for number in range(4):
        a_man(ada, number)
    monkeypatch.setattr(dry_runs, "AT_ONCE", 2)
    run = asked(ada)
    advance(run)
    before = read_again(run, ada).found
    with mock.patch("monitoring.actions.dry_runs._row", side_effect=MemoryError):
        advance(run)
    assert read_again(run, ada).found == before
    while advance(run):
        pass
    run = read_again(run, ada)
    assert (run.done, run.found["touched"]) == (4, 4)


def test_a_release_in_between_begins_it_again(ada, monkeypatch):
    for number in range(3):
        a_man(ada, number)
    monkeypatch.setattr(dry_runs, "AT_ONCE", 2)
    run = asked(ada)
    advance(run)
    DryRun.objects.filter(pk=run.pk).update(rulebook_digest="another")
    while advance(run):
        pass
    run = read_again(run, ada)
    assert (run.done, run.found["touched"]) == (3, 3)
    assert run.rulebook_digest == f"{load_rulebook().digest[:48]}-0"


def test_a_clinic_without_records_is_replayed_at_once(ada):
    run = asked(ada)
    assert advance(run) is False
    assert read_again(run, ada).state == "finished"


def test_the_sweep_takes_up_a_run_that_has_lost_its_message(ada, django_capture_on_commit_callbacks):
    a_man(ada)
    run = asked(ada)
    tasks.sweep()
    assert read_again(run, ada).done == 0
    DryRun.objects.filter(pk=run.pk).update(moved_at=timezone.now() - timedelta(minutes=2))
    tasks.sweep()
    assert read_again(run, ada).state == "finished"


def test_each_batch_wakes_a_worker_for_the_next(ada, monkeypatch, django_capture_on_commit_callbacks):
    for number in range(3):
        a_man(ada, number)
    monkeypatch.setattr(dry_runs, "AT_ONCE", 2)
    run = asked(ada)
    counts = []
    for _ in range(2):
        with django_capture_on_commit_callbacks() as woken:
            tasks.dry_run(str(run.clinic_id), str(run.id))
        counts.append(len(woken))
    assert counts == [1, 0]


def test_a_draft_that_cannot_be_or_changes_nothing_is_not_stored(ada):
    for changes, refusal in (([Change(Kind.NUMBER, "no_such", "1")], RulebookError), ([], ValueError)):
        with pytest.raises(refusal):
            asked(ada, changes)
    assert not DryRun.objects.exists()


def test_asking_is_in_the_audit(ada):
    run = asked(ada)
    assert Event.objects.filter(action="monitoring.dry_run.requested", object_id=str(run.id)).count() == 1


class TestPages:
    def test_a_form_that_is_wrong_says_where_and_begins_nothing(self, client, ada):
        client.force_login(ada)
        for form, says in (
            ({"title": ""}, "Say what is tried"),
            ({}, "Accepted: at least one thing to change"),
            ({"what_1": "number:low_testosterone", "value_1": ""}, "Accepted: the value to try"),
            ({"what_1": "number:low_testosterone", "value_1": "many"}, "found &quot;many&quot;"),
            ({"value_2": "264"}, "nothing that it is for"),
            ({"what_1": "number:gone", "value_1": "1"}, "number:gone"),
            (
                {"what_1": "severity:R46", "value_1": "off", "what_2": "severity:R46", "value_2": "info"},
                "one new value for each thing",
            ),
        ):
            key = {"entry_key": "5f0c2f0e-5a3e-4a53-9f0a-0d2c7f6f8a11", "title": "try", **form}
            answer = client.post(reverse("dry_runs"), key)
            assert answer.status_code == 422, form
            assert says in answer.content.decode(), form
        builders.acting(ada)
        assert not DryRun.objects.exists()

    def test_the_report_names_whom_it_touches_and_the_draft(self, client, ada):
        a_man(ada)
        run = asked(ada)
        advance(run)
        client.force_login(ada)
        page = client.get(reverse("dry_run", args=[run.id])).content.decode()
        assert "Number1" in page
        assert "Total testosterone below this is low: 300 ng/dL" in page
        assert "becomes <strong>450 ng/dL</strong>" in page
        assert "hx-get" not in page.split('id="dry-run-status"')[1].split(">")[0]

    def test_a_run_under_way_asks_again_and_a_finished_one_loads_the_page(self, client, ada):
        run = asked(ada)
        client.force_login(ada)
        status = reverse("dry_run_status", args=[run.id])
        answer = client.get(status)
        assert "hx-get" in answer.content.decode()
        assert "HX-Refresh" not in answer.headers
        advance(run)
        assert client.get(status).headers["HX-Refresh"] == "true"

    def test_a_restricted_record_is_counted_and_not_named(self, client, ada, clinic):
        episode = a_man(ada)
        zoe = builders.a_person("zoe", clinic=clinic, role="clinician")
        builders.acting(zoe)
        builders.a_restriction(episode.patient, by=zoe, carers=[zoe])
        run = asked(ada)
        advance(run)
        client.force_login(ada)
        page = client.get(reverse("dry_run", args=[run.id])).content.decode()
        assert "Number1" not in page
        assert "A restricted record" in page
