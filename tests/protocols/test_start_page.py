"""Starting a drug: the catalogue, then the order of its first dose."""

import uuid
from datetime import date

import pytest
from django.urls import reverse

from clinical.drugs import DRUGS
from protocols.models import Course, DoseStep
from tests import builders


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def start(ada, client, episode, labs):
    """Posts the form of one drug, as Ada."""
    client.force_login(ada)
    url = reverse("course_start", args=[episode.patient_id])
    key = uuid.uuid4()

    def post(drug, stage="read", **typed):
        fields = {
            "patient": episode.patient_id,
            "drug": drug,
            "entry_key": key,
            "starts_on": "2026-03-02",
            "reason": "Start of protocol",
            "stage": stage,
            **typed,
        }
        return client.post(url, fields)

    def save(drug, **typed):
        seen = post(drug, **typed).context["page"].check.seen
        return post(drug, "save", checks_seen=seen, **typed)

    post.url, post.save, post.client = url, save, client
    return post


def test_the_whole_catalogue_is_offered_with_its_off_label_statements(start):
    said = text_of(start.client.get(start.url))
    for drug in DRUGS.values():
        assert f"Choose {drug.name}" in said
        assert drug.off_label_statement in said


def test_what_is_taken_already_is_offered_to_be_adjusted(start, ada, episode):
    course = builders.a_course(episode, by=ada)
    page = start.client.get(start.url)
    assert reverse("dose_adjust", args=[course.id]) in text_of(page)
    answer = start.client.get(start.url, {"drug": "clomiphene"})
    assert (answer.status_code, answer.url) == (302, reverse("dose_adjust", args=[course.id]))


def test_without_an_episode_it_says_what_to_do_next(start, ada):
    other = builders.a_patient(ada)
    said = text_of(start.client.get(reverse("course_start", args=[other.id]), {"drug": "clomiphene"}))
    assert "No recovery episode is open" in said
    assert reverse("episode_open", args=[other.id]) in said


def test_a_drug_that_is_not_there_is_not_here(start):
    assert start.client.get(start.url, {"drug": "aspirin"}).status_code == 404


@pytest.mark.parametrize(
    ("drug", "typed", "words", "route"),
    [
        ("clomiphene", {"amount": "25", "frequency": "every_other_day"}, "25 mg every other day", "by mouth"),
        ("enclomiphene", {"amount": "12.5", "frequency": "daily"}, "12.5 mg daily", "by mouth"),
        ("tamoxifen", {"amount": "10", "frequency": "daily"}, "10 mg daily", "by mouth"),
        ("anastrozole", {"amount": "0.50", "frequency": "twice_weekly"}, "0.5 mg twice a week", "by mouth"),
        (
            "gonadorelin",
            {"amount": "10", "mode": "pump", "frequency": "every_90_min"},
            "10 mcg every 90 minutes by pump",
            "by pump",
        ),
        (
            "gonadorelin",
            {"amount": "100", "mode": "bolus", "frequency": "twice_weekly"},
            "100 mcg twice a week",
            "under the skin",
        ),
        (
            "hcg",
            {"amount": "1500", "frequency": "three_times_weekly", "route": "into the muscle"},
            "1500 units three times a week",
            "into the muscle",
        ),
        (
            "fsh",
            {"amount": "75", "frequency": "three_times_weekly"},
            "75 units three times a week",
            "under the skin",
        ),
    ],
)
def test_every_drug_is_read_back_as_it_is_safely_written(start, drug, typed, words, route):
    page = start(drug, **typed)
    assert page.status_code == 200
    assert f"Start {DRUGS[drug].name} {words}" in text_of(page)
    assert page.context["page"].route == route


def test_saving_starts_the_course(start, episode):
    assert start.save("clomiphene", amount="25", frequency="every_other_day").status_code == 302
    course = Course.objects.get()
    assert (course.drug, course.started_on, course.episode) == ("clomiphene", date(2026, 3, 2), episode)


def test_the_pump_keeps_its_interval(start):
    start.save("gonadorelin", amount="10", mode="pump", frequency="every_90_min")
    step = DoseStep.objects.get()
    assert (step.mode, step.pulse_interval_minutes, step.unit) == ("pump", 90, "mcg")
    assert f"{step.weekly_amount.normalize():f} {step.weekly_unit}" == "1.12 mg"


def test_continuous_gonadorelin_is_critical(start):
    page = start("gonadorelin", amount="100", mode="continuous", frequency="daily")
    assert "Critical" in text_of(page)
    assert page.context["page"].check.needs_reason


@pytest.mark.parametrize(
    ("mode", "frequency", "found"),
    [
        ("pump", "daily", 'found "daily", given by pump'),
        ("bolus", "every_90_min", 'found "every 90 minutes"'),
    ],
)
def test_a_frequency_that_the_mode_does_not_have_is_refused(start, mode, frequency, found):
    answer = start("gonadorelin", amount="10", mode=mode, frequency=frequency)
    assert answer.status_code == 422
    assert found in answer.context["form"].errors["frequency"][0]
    assert "Accepted with that:" in answer.context["form"].errors["frequency"][0]


def test_a_route_must_be_chosen_where_there_are_two(start):
    answer = start("hcg", amount="1500", frequency="three_times_weekly")
    assert answer.context["form"].errors["route"] == [
        "found nothing. Accepted: under the skin, into the muscle."
    ]


def test_a_double_submit_is_one_course(start):
    typed = {"amount": "25", "frequency": "every_other_day"}
    seen = start("clomiphene", **typed).context["page"].check.seen
    answers = [start("clomiphene", "save", checks_seen=seen, **typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Course.objects.count() == 1


def test_a_drug_started_meanwhile_is_said(start, ada, episode):
    typed = {"amount": "25", "frequency": "every_other_day"}
    seen = start("clomiphene", **typed).context["page"].check.seen
    builders.a_course(episode, by=ada)
    answer = start("clomiphene", "save", checks_seen=seen, **typed)
    assert answer.status_code == 422
    assert "being taken already" in text_of(answer)


def test_another_patient_is_a_conflict(start, ada):
    typed = {"amount": "25", "frequency": "every_other_day", "patient": builders.a_patient(ada).id}
    assert start("clomiphene", "save", **typed).status_code == 409
    assert not Course.objects.exists()


def test_on_testosterone_retests_wait_for_the_stop(ada, client):
    patient = builders.a_patient(ada)
    builders.an_episode(patient, by=ada, stopped=None)
    client.force_login(ada)
    fields = {"patient": patient.id, "drug": "hcg", "entry_key": uuid.uuid4(), "starts_on": "2026-03-02"}
    fields |= {"amount": "500", "frequency": "twice_weekly", "route": "under the skin", "reason": "fertility"}
    said = text_of(client.post(reverse("course_start", args=[patient.id]), fields))
    assert "Retests are planned once the last dose of testosterone is on file." in said
    assert "A known way to keep fertility during testosterone" in said
