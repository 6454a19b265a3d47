"""Reading panels and laboratories, recording a panel, amending one."""

import uuid
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import (
    ApiView,
    PageQuery,
    key_of,
    page,
    page_of,
    page_shape,
    tag_of,
    tagged,
    unchanged_since_read,
)
from accounts.models import Person
from accounts.problems import Problem
from labs import actions
from labs.api.entering import Amendment, PanelEntered, Read, read_panel
from labs.api.showing import LaboratoryShown, PanelShown
from labs.models import Laboratory, Panel, PanelKind, PanelQuerySet
from patients.actions import note_look
from patients.models import Patient

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "format": "uuid"},
    OpenApiParameter.HEADER,
    required=True,
    description="A new UUID for each deed; the same request with the same key again answers the same.",
)
MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "minLength": 1},
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the panel as it was read.",
)
PanelPage = page_shape("PanelPage", PanelShown)
LaboratoryPage = page_shape("LaboratoryPage", LaboratoryShown)


def seen_by(person: Person) -> PanelQuerySet:
    """The panels that this person may see, with all that is shown of them, in two queries."""
    panels = Panel.objects.visible_to(person).select_related("patient", "laboratory", "semen")
    return panels.prefetch_related("results")


class LaboratoriesView(ApiView):
    """The laboratories that a panel can name."""

    asks = PageQuery

    @extend_schema(operation_id="laboratories", parameters=[PageQuery], responses=LaboratoryPage)
    def get(self, request: Request) -> Response:
        rows = Laboratory.objects.visible_to(request.user)
        found, following = page_of(rows, ("name", "id"), self.asked)
        return page(LaboratoryShown(found, many=True).data, following)


class PanelsView(ApiView):
    """The panels of a patient, the latest collected first, all versions."""

    asks = PageQuery

    @extend_schema(operation_id="panels", parameters=[PageQuery], responses=PanelPage)
    def get(self, request: Request, patient_id: uuid.UUID) -> Response:
        patient = _patient(request, patient_id)
        rows = seen_by(request.user).filter(patient=patient)
        found, following = page_of(rows, ("-collected_at", "-id"), self.asked)
        note_look(patient, by=request.user, page="labs.api_panels")
        return page(PanelShown(found, many=True).data, following)


class RecordingView(PanelsView):
    """The same address: read the panels, or record a blood panel."""

    @extend_schema(
        operation_id="panel_record", request=PanelEntered, parameters=[KEY], responses={201: PanelShown}
    )
    def post(self, request: Request, patient_id: uuid.UUID) -> Response:
        """The checks are the page's own; what it would ask of a person is refused until `confirmed`."""
        patient = _patient(request, patient_id)
        key, sent = key_of(request), self.read(request, PanelEntered)
        read = read_panel(sent, patient=patient, by=request.user, zone=request.user.acting.time_zone)
        try:
            panel = actions.record_panel(
                patient,
                kind=PanelKind.BLOOD,
                repeat_confirmed=sent.get("store_both", False),
                **_deed(request, read, sent, key),
            )
        except actions.EntryRefused as refused:
            raise _doubted(refused.doubts) from None
        except actions.AlreadyRecorded as already:
            raise _recorded_before(already.panel, key) from None
        except actions.KeyUsed:
            raise _used() from None
        return _stored(request, panel, read)


class PanelView(ApiView):
    """One panel."""

    @extend_schema(operation_id="panel", responses=PanelShown)
    def get(self, request: Request, panel_id: uuid.UUID) -> Response:
        panel = get_object_or_404(seen_by(request.user), pk=panel_id)
        note_look(panel.patient, by=request.user, page="labs.api_panel")
        return tagged(PanelShown(panel).data)


class AmendmentView(ApiView):
    """A new version of a panel; the old one stays readable."""

    @extend_schema(
        operation_id="panel_amend", request=Amendment, parameters=[KEY, MATCH], responses={201: PanelShown}
    )
    def post(self, request: Request, panel_id: uuid.UUID) -> Response:
        """The whole panel is sent anew, with the reason and the ETag of the version that was read."""
        old = get_object_or_404(seen_by(request.user), pk=panel_id)
        key, sent = key_of(request), self.read(request, Amendment)
        if old.kind != PanelKind.BLOOD:
            told = "found a semen analysis. Accepted: a blood panel; samples are amended on their page."
            raise Problem("invalid", told)
        if not _is_repeat(old, key):
            unchanged_since_read(request, PanelShown(old).data)
        read = read_panel(sent, patient=old.patient, by=request.user, zone=old.collected_zone)
        try:
            panel = actions.amend_panel(
                old, reason=sent["reason"], read_version=old.version, **_deed(request, read, sent, key)
            )
        except actions.EntryRefused as refused:
            raise _doubted(refused.doubts) from None
        except actions.KeyUsed:
            raise _used() from None
        except actions.Overtaken as overtaken:
            told = "found a version that somebody has replaced. Read the panel again."
            raise Problem("overtaken", told, panel=str(overtaken.record.pk)) from None
        return _stored(request, panel, read)


def _patient(request: Request, patient_id: uuid.UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)


def _is_repeat(old: Panel, key: uuid.UUID) -> bool:
    newer = getattr(old, "superseded_by", None)
    return newer is not None and newer.entry_key == key


def _deed(request: Request, read: Read, sent: dict[str, Any], key: uuid.UUID) -> dict[str, Any]:
    return {
        "by": request.user,
        "laboratory": read.form.laboratory,
        "collection": read.collection,
        "entered": read.form.entered,
        "entry_key": key,
        "confirmed": frozenset(sent.get("confirmed", ())),
    }


def _stored(request: Request, panel: Panel, read: Read) -> Response:
    """The panel as it is stored now, for the deed and for each repeat of it."""
    if not read.is_told_by(panel):
        raise _recorded_before(panel, panel.entry_key)
    body = PanelShown(seen_by(request.user).get(pk=panel.pk)).data
    note_look(panel.patient, by=request.user, page="labs.api_panel")
    headers = {"Location": reverse("api_panel", args=[panel.pk]), "ETag": tag_of(body)}
    return Response(body, status=201, headers=headers)


def _doubted(doubts: actions.Doubts) -> Problem:
    """What is impossible is refused for good; what is unlikely until somebody says that it was checked."""
    if doubts.stops:
        errors = [{"pointer": "/results", "detail": each.message} for each in doubts.stops]
        return Problem("invalid", "Not accepted: a value is impossible.", errors=errors)
    asks = [each.message for each in doubts.asks]
    return Problem(
        "unconfirmed",
        "found something unlikely. Accepted: the same again with these sentences in `confirmed`,"
        " once a person has checked them against the report.",
        errors=[{"pointer": "/results", "detail": each} for each in asks],
        unconfirmed=asks,
    )


def _recorded_before(panel: Panel, key: uuid.UUID) -> Problem:
    if panel.entry_key == key:
        return _used()
    return Problem(
        "already-recorded",
        "found a sample of the same moment with the same analytes. Accepted: the same again with"
        " `store_both`, once a person has said that they are two samples.",
        panel=str(panel.pk),
    )


def _used() -> Problem:
    return Problem("key-used", "found the Idempotency-Key of another request. Accepted: a new UUID.")
