"""What every treatment page finds first: a course or patient that this user may see."""

import uuid

from django.shortcuts import get_object_or_404

from accounts.models import Person
from patients.models import Episode, Patient
from protocols.models import Course
from protocols.presenters import Desk, desk_for_start


def course_or_404(user: Person, course_id: uuid.UUID) -> Course:
    """A course that this user may see, with its patient, episode and exposure."""
    courses = Course.objects.visible_to(user).select_related(
        "patient", "episode__patient", "episode__exposure"
    )
    return get_object_or_404(courses, pk=course_id)


def patient_or_404(user: Person, patient_id: uuid.UUID) -> Patient:
    """A patient whom this user may see."""
    return get_object_or_404(Patient.objects.visible_to(user), pk=patient_id)


def open_episode(patient: Patient, user: Person) -> Episode | None:
    """The patient's open episode, with what a desk needs."""
    episodes = Episode.objects.visible_to(user).open().select_related("patient", "exposure")
    return episodes.filter(patient=patient).first()


def start_desk(patient: Patient, drug: str, user: Person) -> Desk | None:
    """The desk for starting a drug; None without an open episode. Raises clinical.drugs.UnknownDrug."""
    episode = open_episode(patient, user)
    return desk_for_start(patient, episode, drug, user) if episode else None
