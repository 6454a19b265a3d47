"""Registering, beginning an episode, noting what was observed: what is kept, and what is refused how."""

import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Episode, Exposure, Observation, Patient
from tests import builders

NEW = {
    "family_name": "Okonkwo",
    "given_name": "Emeka",
    "date_of_birth": "1988-05-17",
    "mrn": "H90001",
    "email": "",
    "phone": "07700 900 123",
    "allergies": "penicillin",
}


def keyed(form):
    """The form with the key that its page was drawn with."""
    return {"entry_key": str(uuid.uuid4()), **form}


@pytest.fixture
def desk(client, ben):
    client.force_login(ben)
    return client


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


def test_staff_register_a_patient_with_two_identifiers(desk, ada):
    answer = desk.post(reverse("patient_register"), keyed(NEW))
    builders.acting(ada)
    patient = Patient.objects.get(mrn="H90001")
    assert answer.url == reverse("episode_open", args=[patient.id])
    assert (patient.full_name, patient.date_of_birth) == ("Emeka Okonkwo", date(1988, 5, 17))


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("date_of_birth", "17/05/1988", "17/05/1988"),
        ("date_of_birth", "1988-02-31", "1988-02-31"),
        ("date_of_birth", "2019-05-17", "an age of 18 to 110"),
        ("date_of_birth", "1888-05-17", "an age of 18 to 110"),
        ("date_of_birth", "2999-01-01", "in the future"),
        ("date_of_birth", "", "required"),
        ("mrn", "", "required"),
        ("email", "not an address", "valid email"),
    ],
)
def test_a_careless_registration_is_stopped_and_keeps_what_was_typed(desk, ada, field, typed, says):
    answer = desk.post(reverse("patient_register"), keyed({**NEW, field: typed}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "07700 900 123" in page
    builders.acting(ada)
    assert not Patient.objects.filter(family_name="Okonkwo").exists()


def test_an_mrn_that_is_taken_is_named(desk, ada, patient):
    answer = desk.post(reverse("patient_register"), keyed({**NEW, "mrn": patient.mrn}))
    assert answer.status_code == 422
    assert "which another patient has" in answer.content.decode()


def test_a_man_who_may_be_here_already_is_asked_about(desk, ada):
    twin = builders.a_patient(ada, given_name="Emeka", family_name="okonkwo")
    answer = desk.post(reverse("patient_register"), keyed(NEW))
    assert answer.status_code == 422
    assert twin.mrn in answer.content.decode()
    answer = desk.post(reverse("patient_register"), keyed({**NEW, "confirm_duplicate": "on"}))
    assert answer.status_code == 302


def episode_form(patient, **fields):
    return {
        "patient": str(patient.id),
        "entry_key": str(uuid.uuid4()),
        "formulation": "testosterone_cypionate",
        "dose": "160 mg a week",
        "started_on": "2024-01-08",
        "last_dose_on": "2026-01-12",
        "goal": "fertility",
        **fields,
    }


def test_an_episode_begins_with_its_effective_stop(desk, ada, patient):
    desk.post(reverse("episode_open", args=[patient.id]), episode_form(patient))
    builders.acting(ada)
    episode = Episode.objects.get(patient=patient)
    assert episode.effective_stop_on == date(2026, 1, 26)
    assert (episode.washout_days, bool(episode.washout_source)) == (14, True)
    assert episode.wants_fertility


def test_an_episode_may_begin_while_testosterone_is_taken(desk, ada, patient):
    desk.post(reverse("episode_open", args=[patient.id]), episode_form(patient, last_dose_on=""))
    builders.acting(ada)
    assert Episode.objects.get(patient=patient).effective_stop_on is None


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"last_dose_on": "12.01.2026"}, "12.01.2026"),
        ({"last_dose_on": "2023-01-12"}, "before the first dose"),
        ({"last_dose_on": "2999-01-12"}, "in the future"),
        ({"formulation": "unheard_of"}, "unheard_of"),
        ({"goal": ""}, "required"),
    ],
)
def test_a_careless_episode_is_stopped_whole(desk, ada, patient, fields, says):
    answer = desk.post(reverse("episode_open", args=[patient.id]), episode_form(patient, **fields))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    builders.acting(ada)
    assert not Episode.objects.exists()
    assert not Exposure.objects.exists()


def test_a_form_drawn_for_another_patient_saves_nothing(desk, ada, patient):
    other = builders.a_patient(ada, given_name="Other")
    answer = desk.post(reverse("episode_open", args=[patient.id]), episode_form(other))
    assert answer.status_code == 409
    assert "belongs to another patient" in answer.content.decode()
    builders.acting(ada)
    assert not Episode.objects.exists()


def test_a_corrected_last_dose_moves_the_effective_stop(desk, ada, patient):
    episode = builders.an_episode(patient, by=ada)
    version = episode.record_version
    desk.post(
        reverse("episode_last_dose", args=[patient.id]),
        keyed(
            {
                "patient": str(patient.id),
                "version": episode.last_dose_version,
                "last_dose_on": "2026-01-19",
            }
        ),
    )
    builders.acting(ada)
    episode.refresh_from_db()
    assert episode.effective_stop_on == date(2026, 2, 2)
    assert episode.record_version > version


def test_symptoms_and_scores_of_a_day_are_noted(desk, ada, patient):
    builders.an_episode(patient, by=ada)
    today = timezone.localdate()
    desk.post(
        reverse("observe", args=[patient.id]),
        {
            "patient": str(patient.id),
            "entry_key": str(uuid.uuid4()),
            "observed_on": today.isoformat(),
            "symptoms": ["symptom:breast"],
            "phq9": "12",
        },
    )
    builders.acting(ada)
    assert {(row.kind, row.value) for row in Observation.objects.all()} == {
        ("symptom:breast", None),
        ("phq9", 12),
    }


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "Nothing was noted"),
        ({"phq9": "28"}, "27"),
        ({"phq9": "1e1"}, "whole number"),
        ({"phq9_item9": "4"}, "3"),
    ],
)
def test_an_empty_or_impossible_observation_is_refused(desk, ada, patient, fields, says):
    today = timezone.localdate()
    form = {"patient": str(patient.id), "observed_on": today.isoformat(), **fields}
    answer = desk.post(reverse("observe", args=[patient.id]), keyed(form))
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_nothing_is_observed_tomorrow(desk, patient):
    tomorrow = timezone.localdate() + timedelta(days=2)
    form = {"patient": str(patient.id), "observed_on": tomorrow.isoformat(), "phq9": "3"}
    answer = desk.post(reverse("observe", args=[patient.id]), keyed(form))
    assert "in the future" in answer.content.decode()
