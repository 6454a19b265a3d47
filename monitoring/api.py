"""What rules found in a record, for other programs: flags and retest windows, and how far it was judged."""

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ApiView, Instant, PageQuery, Pick, page, page_of, page_shape
from clinical.retests import DueState
from monitoring.models import Flag, FlagState, Retest, Severity
from monitoring.presenters import Judged, JudgedState, due_state_of, judged_of
from patients.actions import note_look
from patients.models import Episode, Patient


class JudgedShown(serializers.Serializer[Judged]):
    """How far the record has been judged: without it, no flags could be taken for nothing found."""

    state = serializers.ChoiceField(choices=[each.value for each in JudgedState])
    why = serializers.CharField()
    version = serializers.IntegerField(help_text="The version of the record that was judged.")
    at = Instant(allow_null=True)
    rulebook_version = serializers.CharField()
    not_evaluated = serializers.ListField(
        child=serializers.DictField(), help_text="Rules that could not be evaluated, and why."
    )


class FlagShown(serializers.Serializer[Flag]):
    """A finding of a rule, with the numbers, the threshold and the source as they were when it was raised."""

    id = serializers.UUIDField()
    rule_id = serializers.CharField()
    rule_version = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    state = serializers.ChoiceField(choices=FlagState.choices)
    title = serializers.CharField()
    message = serializers.CharField()
    suggestion = serializers.CharField(help_text="For a professional to consider.")
    source = serializers.CharField()
    threshold = serializers.CharField()
    numbers = serializers.ListField(child=serializers.DictField())
    missing = serializers.ListField()
    stale = serializers.ListField()
    nearest = serializers.CharField()
    count = serializers.IntegerField()
    first_seen_at = Instant()
    last_seen_at = Instant()
    acknowledged_at = Instant(allow_null=True)
    ended_at = Instant(allow_null=True)
    version = serializers.IntegerField()


class RetestShown(serializers.Serializer[Retest]):
    """A window in which analytes are to be measured again, and what it is today in the clinic's calendar."""

    id = serializers.UUIDField()
    analytes = serializers.ListField(child=serializers.CharField())
    earliest_on = serializers.DateField()
    target_on = serializers.DateField()
    latest_on = serializers.DateField()
    state = serializers.SerializerMethodField()
    anchor_kind = serializers.CharField()
    anchor_on = serializers.DateField()
    reason = serializers.CharField()
    source = serializers.CharField()
    rule_version = serializers.CharField()
    satisfied_by = serializers.UUIDField(allow_null=True)
    satisfied_on = serializers.DateField(allow_null=True)
    waived_at = Instant(allow_null=True)

    @extend_schema_field({"type": "string", "enum": [each.value for each in DueState]})
    def get_state(self, retest: Retest) -> str:
        return due_state_of(retest, timezone.localdate()).value


class FlagQuery(PageQuery):
    """Which flags."""

    state = Pick(choices=dict(FlagState.choices), required=False, help_text="All where nothing is said.")


FlagPage = page_shape("FlagPage", FlagShown, judged=JudgedShown())
RetestPage = page_shape("RetestPage", RetestShown, judged=JudgedShown())


class FlagsView(ApiView):
    """The flags of a patient, the latest first."""

    asks = FlagQuery

    @extend_schema(operation_id="flags", parameters=[FlagQuery], responses=FlagPage)
    def get(self, request: Request, patient_id: uuid.UUID) -> Response:
        patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
        rows = Flag.objects.visible_to(request.user).filter(patient=patient)
        if state := self.asked.get("state"):
            rows = rows.filter(state=state)
        found, following = page_of(rows, ("-first_seen_at", "-id"), self.asked)
        note_look(patient, by=request.user, page="monitoring.api_flags")
        return page(FlagShown(found, many=True).data, following, judged=_judged(request, patient))


class RetestsView(ApiView):
    """The retest windows of a patient, the soonest first, those that were met or waived among them."""

    asks = PageQuery

    @extend_schema(operation_id="retests", parameters=[PageQuery], responses=RetestPage)
    def get(self, request: Request, patient_id: uuid.UUID) -> Response:
        patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
        rows = Retest.objects.visible_to(request.user).filter(patient=patient, withdrawn_at=None)
        found, following = page_of(rows, ("target_on", "id"), self.asked)
        note_look(patient, by=request.user, page="monitoring.api_retests")
        return page(RetestShown(found, many=True).data, following, judged=_judged(request, patient))


def _judged(request: Request, patient: Patient) -> dict[str, Any]:
    episode = Episode.objects.visible_to(request.user).open().filter(patient=patient).first()
    return dict(JudgedShown(judged_of(episode, request.user)).data)
