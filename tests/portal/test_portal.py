"""The patient's own pages: only his, only what was released, in his own words."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from labs import actions as labs
from monitoring.actions import evaluate_episode
from patients.models import Goal
from portal.presenters import recovery_of
from tests import builders

PAGES = ["my_recovery", "my_results", "my_chart_svg"]
CLINICAL_WORDS = ["critical", "warning", "severity", "flag", "Consider", "overdue"]


@pytest.fixture
def patient(cal: Any) -> Any:
    return cal.patient


@pytest.fixture
def episode(patient: Any, ada: Any) -> Any:
    return builders.an_episode(patient, by=ada, stopped=days_ago(100), goal=Goal.BOTH)


def days_ago(days: int) -> date:
    return builders.days_ago(days, today=timezone.localdate())


def page(person: Any, name: str) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    return answer.content.decode()


def a_released_panel(patient: Any, ada: Any, *, days: int = 20, comment: str = "", **values: str) -> Any:
    builders.acting(ada)
    panel = builders.a_panel(patient, by=ada, on=days_ago(days), **values)
    return labs.release_panel(panel, by=ada, comment=comment)


def judged(episode: Any) -> None:
    assert evaluate_episode(episode.id, clinic_id=episode.clinic_id)


@pytest.mark.parametrize("name", PAGES)
def test_each_page_answers_the_patient_alone(
    name: str, episode: Any, cal: Any, ada: Any, ben: Any, mallory: Any
) -> None:
    assert page(cal, name)
    for person in (ada, ben, mallory):
        client = Client()
        client.force_login(person)
        assert client.get(reverse(name)).status_code == 404
    nobody = Client().get(reverse(name))
    assert nobody.status_code == 302
    assert reverse("account_login") in nobody["Location"]


@pytest.mark.parametrize("name", PAGES)
def test_a_look_is_recorded(name: str, episode: Any, cal: Any, ada: Any) -> None:
    page(cal, name)
    builders.acting(ada)
    looks = Event.objects.filter(action=f"portal.{name}.viewed", patient_id=cal.patient.id)
    assert looks.count() == 1


def test_the_navigation_marks_one_place(episode: Any, cal: Any) -> None:
    for name in ("my_recovery", "my_results"):
        assert page(cal, name).count('aria-current="page"') == 1


def test_no_address_names_a_patient() -> None:
    assert [reverse(name) for name in PAGES] == ["/my/", "/my/results/", "/my/recovery-chart.svg"]


def test_another_patient_sees_nothing_of_it(episode: Any, patient: Any, ada: Any, clinic: Any) -> None:
    a_released_panel(patient, ada, TT="410", LH="4.8")
    dan = builders.a_portal_patient("dan", clinic=clinic, by=ada)
    assert "410" not in page(dan, "my_results")
    assert "Nothing to show yet" in page(dan, "my_recovery")
    client = Client()
    client.force_login(dan)
    assert client.get(reverse("my_chart_svg")).status_code == 404


def test_a_person_without_a_record_gets_404(clinic: Any, ada: Any) -> None:
    client = Client()
    client.force_login(builders.a_person("eve", clinic=clinic, role="patient"))
    assert client.get(reverse("my_recovery")).status_code == 404


def test_results_show_what_was_released_only(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    builders.a_panel(patient, by=ada, on=days_ago(5), TT="333")
    a_released_panel(patient, ada, TT="410", comment="Just as we had hoped.")
    shown = page(cal, "my_results")
    assert "410" in shown
    assert "Just as we had hoped." in shown
    for name in PAGES:
        assert ">333<" not in page(cal, name)


def test_a_censored_result_is_shown_as_reported(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    a_released_panel(patient, ada, LH="<0.1", TT="210.0")
    shown = page(cal, "my_results")
    assert "&lt;0.1" in shown
    assert "210.0" in shown
    assert "1.7 to 8.6 IU/L" in shown
    assert "&lt;0.1" in page(cal, "my_recovery")
    assert "&lt;0.1" in page(cal, "my_chart_svg")


def test_the_laboratorys_own_range_is_called_so(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    limits = labs.Limits(builders.Decimal(250), builders.Decimal(900), "ng/dL", "its report")
    labs.set_interval(builders.a_laboratory(ada), analyte="TT", limits=limits, by=ada)
    a_released_panel(patient, ada, TT="410", LH="4.8")
    shown = " ".join(page(cal, "my_results").split())
    assert "lab's range 250 to 900 ng/dL" in shown
    assert "usual range 1.7 to 8.6 IU/L" in shown


def amended(panel: Any, ada: Any, text: str) -> Any:
    builders.acting(ada)
    panel.refresh_from_db()
    return labs.amend_panel(
        panel,
        by=ada,
        reason="typed wrongly",
        read_version=panel.version,
        laboratory=panel.laboratory,
        collection=builders.collection(panel.collected_on),
        entered=[builders.entered("TT", text)],
        entry_key=uuid.uuid4(),
        confirmed=True,
    )


def test_a_corrected_result_is_shown_as_corrected(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    wrong = a_released_panel(patient, ada, TT="777")
    right = amended(wrong, ada, "411")
    waiting = page(cal, "my_results")
    assert "777" not in waiting
    assert "411" not in waiting
    assert "Your clinic is correcting this test." in waiting
    builders.acting(ada)
    labs.release_panel(right, by=ada)
    shown = page(cal, "my_results")
    assert "411" in shown
    assert "Corrected." in shown
    assert "is correcting" not in shown


def test_a_result_corrected_twice_is_shown_once(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    first = a_released_panel(patient, ada, TT="777")
    third = amended(amended(first, ada, "778"), ada, "412")
    assert page(cal, "my_results").count("is correcting") == 1
    builders.acting(ada)
    labs.release_panel(third, by=ada)
    shown = page(cal, "my_results")
    assert "412" in shown
    assert "is correcting" not in shown


def test_days_are_counted_from_the_effective_stop(episode: Any, cal: Any) -> None:
    shown = page(cal, "my_recovery")
    assert "86 days" in shown, "100 days since the last dose of cypionate, less 14 of washout"


def test_washout_is_told_before_the_count(patient: Any, ada: Any, cal: Any) -> None:
    builders.an_episode(patient, by=ada, stopped=days_ago(3))
    assert "Washout until" in page(cal, "my_recovery")


def test_testosterone_still_taken_is_told(patient: Any, ada: Any, cal: Any) -> None:
    builders.an_episode(patient, by=ada, stopped=None)
    assert "On testosterone" in page(cal, "my_recovery")


def test_a_milestone_of_an_unreleased_panel_is_hidden(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    panel = builders.a_panel(patient, by=ada, on=days_ago(20), TT="410", LH="4.8", FSH="3.9")
    judged(episode)
    for name in ("my_recovery", "my_chart_svg"):
        assert "The signals are back" not in page(cal, name)
    builders.acting(ada)
    labs.release_panel(panel, by=ada)
    for name in ("my_recovery", "my_chart_svg"):
        assert "The signals are back" in page(cal, name)


def test_what_is_next_says_how_to_get_ready(episode: Any, ada: Any, cal: Any) -> None:
    builders.a_course(episode, by=ada, starts_on=days_ago(20))
    judged(episode)
    shown = page(cal, "my_recovery")
    assert "A blood test" in shown
    assert "between 7 and 10" in shown
    assert "Do not eat before the test." in shown


def test_a_semen_test_says_how_many_days(episode: Any, ada: Any, cal: Any) -> None:
    judged(episode)
    shown = page(cal, "my_recovery")
    assert "A semen test" in shown
    assert "Do not ejaculate for at least 2 days" in shown


def test_tests_that_share_days_are_one_trip(episode: Any, ada: Any, cal: Any) -> None:
    builders.a_course(episode, by=ada, starts_on=days_ago(20))
    judged(episode)
    builders.acting(cal)
    planned = recovery_of(cal.patient, cal).next
    ahead = [each for each in planned if not each.is_past]
    assert [each.title for each in ahead] == ["A blood test"]
    assert ahead[0].earliest_on <= ahead[0].latest_on
    assert len(ahead[0].names) == len(set(ahead[0].names))


def test_medicines_of_today_are_told_in_words(episode: Any, ada: Any, cal: Any) -> None:
    builders.a_course(episode, by=ada, starts_on=days_ago(20))
    assert "25 mg every other day" in page(cal, "my_recovery")


def test_no_flag_and_no_severity_reaches_the_patient(episode: Any, patient: Any, ada: Any, cal: Any) -> None:
    panel = builders.a_panel(patient, by=ada, on=days_ago(20), TT="150", LH="0.2", FSH="0.2", HCT="55.1")
    labs.release_panel(panel, by=ada)
    judged(episode)
    assert patient.flags.exists()
    for name in PAGES:
        main = page(cal, name).split('id="main"')[-1]
        assert [word for word in CLINICAL_WORDS if word in main] == []
        assert "place-below" not in main


@pytest.mark.parametrize("name", PAGES)
def test_queries_do_not_grow_with_the_record(
    name: str, episode: Any, patient: Any, ada: Any, cal: Any
) -> None:
    a_released_panel(patient, ada, days=90, TT="210", LH="1.0")
    judged(episode)
    few = queries_of(cal, name)
    for week in range(10):
        a_released_panel(patient, ada, days=80 - week * 7, TT="410", LH="4.8", FSH="4.0")
    judged(episode)
    assert queries_of(cal, name) == few


def queries_of(person: Any, name: str) -> int:
    client = Client()
    client.force_login(person)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as captured:
        assert client.get(reverse(name)).status_code == 200
    return len(captured)
