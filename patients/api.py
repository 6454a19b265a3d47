"""Patients for other programs: a list, a search, and one of them with his open recovery episode."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import (
    ApiView,
    Count,
    Id,
    Instant,
    PageQuery,
    Strict,
    Text,
    page,
    page_of,
    page_shape,
    tagged,
)
from accounts.models import Person
from patients.actions import note_looks
from patients.models import Episode, Goal, Patient, PatientQuerySet

ORDER = ("family_name", "given_name", "id")


class EpisodeShown(serializers.Serializer[Episode]):
    """An open attempt to restore the axis; days without a stop are days on testosterone."""

    id = serializers.UUIDField()
    goal = serializers.ChoiceField(choices=Goal.choices)
    last_dose_on = serializers.DateField(allow_null=True)
    washout_days = serializers.IntegerField(allow_null=True)
    washout_source = serializers.CharField()
    effective_stop_on = serializers.DateField(allow_null=True)
    opened_at = Instant()


class PatientShown(serializers.Serializer[Patient]):
    """A patient as another program may match him: two identifiers, and how to reach him."""

    id = serializers.UUIDField()
    mrn = serializers.CharField()
    family_name = serializers.CharField()
    given_name = serializers.CharField()
    date_of_birth = serializers.DateField()
    email = serializers.CharField()
    phone = serializers.CharField()
    allergies = serializers.CharField()
    registered_at = Instant()
    episode = serializers.SerializerMethodField()

    @extend_schema_field(EpisodeShown(allow_null=True))
    def get_episode(self, patient: Patient) -> dict[str, Any] | None:
        episode = next(iter(patient.open_episodes), None)  # type: ignore[attr-defined]
        return dict(EpisodeShown(episode).data) if episode else None


class Search(Strict):
    """Words that a patient's name, MRN, date of birth or phone holds, all of them."""

    words = Text(max_length=120, min_length=1, accepted="one or more words")
    cursor = Id(required=False)
    limit = Count(required=False)


def seen_by(person: Person) -> PatientQuerySet:
    """The patients whom this person may see, each with his open episode, in one query more."""
    episodes = Prefetch(
        "episodes", queryset=Episode.objects.visible_to(person).open(), to_attr="open_episodes"
    )
    return Patient.objects.visible_to(person).prefetch_related(episodes)


PatientPage = page_shape("PatientPage", PatientShown)


class PatientsView(ApiView):
    """The clinic's patients by name."""

    asks = PageQuery

    @extend_schema(operation_id="patients", parameters=[PageQuery], responses=PatientPage)
    def get(self, request: Request) -> Response:
        return _page(request, seen_by(request.user), self.asked)


class PatientSearchView(ApiView):
    """A search by POST, so that no name stands in an address."""

    scopes = {"POST": "read"}

    @extend_schema(operation_id="patient_search", request=Search, responses=PatientPage)
    def post(self, request: Request) -> Response:
        asked = self.read(request, Search)
        return _page(request, seen_by(request.user).named_like(asked["words"]), asked)


class PatientView(ApiView):
    """One patient."""

    @extend_schema(operation_id="patient", responses=PatientShown)
    def get(self, request: Request, patient_id: uuid.UUID) -> Response:
        patient = get_object_or_404(seen_by(request.user), pk=patient_id)
        note_looks([patient], by=request.user, page="patients.api_patient")
        return tagged(PatientShown(patient).data)


def _page(request: Request, rows: PatientQuerySet, asked: dict[str, Any]) -> Response:
    found: Sequence[Patient]
    found, following = page_of(rows, ORDER, asked)
    note_looks(found, by=request.user, page="patients.api_patients")
    return page(PatientShown(found, many=True).data, following)
