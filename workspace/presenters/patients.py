"""The list of patients and the search, a page at a time."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from patients.models import Episode, Patient, PatientQuerySet
from workspace.presenters.worklist import days_since_stop

PAGE = 50


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient in the list."""

    patient: Patient
    days: str
    goal: str


@dataclass(frozen=True, slots=True)
class PatientPage:
    """A page of patients by name; `next_url` is empty on the last one.

    `restricted` are the ids of restricted records of which the words name one man: nothing else is said.
    """

    rows: Sequence[PatientRow]
    words: str
    next_url: str
    restricted: Sequence[uuid.UUID] = ()


def page_of_patients(user: Person, *, words: str, after: str) -> PatientPage:
    """Patients that match every word, by name, after the one with the id `after`; five queries at most."""
    found = Patient.objects.visible_to(user).named_like(words)
    found = _after(found, after, user)
    episodes = Prefetch("episodes", queryset=Episode.objects.open(), to_attr="open_episodes")
    patients = list(found.prefetch_related(episodes)[: PAGE + 1])
    rows = [_row(patient) for patient in patients[:PAGE]]
    query = urlencode({"q": words, "after": rows[-1].patient.id}) if len(patients) > PAGE else ""
    hidden = Patient.objects.hidden_behind(words, user) if words.strip() else []
    return PatientPage(
        rows,
        words,
        f"{reverse('patients')}?{query}" if query else "",
        [patient.id for patient in hidden],
    )


def _after(found: PatientQuerySet, after: str, user: Person) -> PatientQuerySet:
    try:
        last = Patient.objects.visible_to(user).filter(pk=uuid.UUID(after)).first()
    except ValueError:
        last = None
    if last is None:
        return found
    return found.filter(
        Q(family_name__gt=last.family_name)
        | Q(family_name=last.family_name, given_name__gt=last.given_name)
        | Q(family_name=last.family_name, given_name=last.given_name, id__gt=last.id)
    )


def _row(patient: Patient) -> PatientRow:
    episode = next(iter(patient.open_episodes), None)
    goal = episode.get_goal_display() if episode else ""
    return PatientRow(patient, days_since_stop(episode, timezone.localdate()), goal)
