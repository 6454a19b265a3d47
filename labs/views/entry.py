"""Entering a panel: draw the page, check it as it is typed, store it."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Person
from accounts.permissions import care_team_required
from accounts.sending import sent_once, sent_or_kept
from accounts.templatetags.clinic import moment
from labs import actions
from labs.forms import EntryForm, confirmed_in, typed_in
from labs.kinds import NAMES
from labs.models import EntryDraft, Laboratory, Panel, PanelKind
from labs.presenters import EntryPage, entry_page, first_typed
from labs.views.finding import panel_or_404, patient_or_404
from patients.actions import note_look
from patients.guards import wrong_patient
from patients.models import Patient


@care_team_required
@sent_once
@require_http_methods(["GET", "POST"])
def panel_new(request: HttpRequest, patient_id: uuid.UUID, kind: PanelKind) -> HttpResponse:
    """Enter a panel: a draft of one's own comes back exactly as it was typed."""
    patient = patient_or_404(request.user, patient_id)
    if request.method == "POST":
        return wrong_patient(request, patient) or _store(request, patient, kind)
    draft = EntryDraft.objects.visible_to(request.user).filter(patient=patient, kind=kind).first()
    laboratories = Laboratory.objects.visible_to(request.user).order_by("name")
    typed = draft.typed if draft else first_typed(patient, kind, laboratories=list(laboratories))
    if kept := sent_or_kept(request):
        typed = typed_in(kept, kind)
    form = form_of(typed, patient=patient, by=request.user, kind=kind, bound=False)
    return show(request, entry_page(patient, kind, form, draft=draft))


@care_team_required
@require_POST
def panel_check(request: HttpRequest, patient_id: uuid.UUID, kind: PanelKind) -> HttpResponse:
    """Say what speaks against what is typed; `meant` first puts a row into another unit. Stores nothing."""
    patient = patient_or_404(request.user, patient_id)
    if refused := wrong_patient(request, patient):
        return refused
    typed = typed_in(request.POST, kind)
    key, _, unit = request.POST.get("meant", "").partition(" ")
    if f"value-{key}" in typed:
        typed[f"unit-{key}"] = unit
    amends = _amended(request, patient)
    zone = amends.collected_zone if amends else ""
    form = form_of(typed, patient=patient, by=request.user, kind=kind, zone=zone, amends=bool(amends))
    live = request.headers.get("HX-Request") == "true"
    page = entry_page(patient, kind, form, seen=_seen(request), live=live, amends=amends)
    return show(request, page, template="labs/_checks.html" if live else "labs/entry.html")


def form_of(
    typed: Mapping[str, str],
    *,
    patient: Patient,
    by: Person,
    kind: PanelKind,
    zone: str = "",
    bound: bool = True,
    amends: bool = False,
) -> EntryForm:
    """The entry form; its clock is the clinic's unless a stored panel says in which zone it was read."""
    zone = zone or by.acting.time_zone
    return EntryForm(typed, patient=patient, by=by, kind=kind, zone=zone, bound=bound, amends=amends)


def show(
    request: HttpRequest, page: EntryPage, *, status: int = 200, template: str = "labs/entry.html"
) -> HttpResponse:
    """The entry page, or the part of it that changes while somebody types; the look recorded."""
    note_look(page.patient, by=request.user, page=f"labs.{request.resolver_match.url_name}")
    # A page that answers a form still belongs to the draft which that form was drawn from.
    draft_version = (sent_or_kept(request) or request.POST).get("draft_version") or page.draft_version
    context = {"page": page, "patient": page.patient, "draft_version": draft_version}
    return render(request, template, context, status=status)


def _seen(request: HttpRequest) -> Any:
    return confirmed_in(request.POST)


def _amended(request: HttpRequest, patient: Patient) -> Panel | None:
    try:
        panel = panel_or_404(request.user, uuid.UUID(request.POST.get("amends", "")))
    except ValueError:
        return None
    if panel.patient_id != patient.id:
        raise Http404("There is no such panel of this patient.")
    return panel


def _store(request: HttpRequest, patient: Patient, kind: PanelKind) -> HttpResponse:
    form = form_of(typed_in(request.POST, kind), patient=patient, by=request.user, kind=kind)
    confirmed = confirmed_in(request.POST)
    if not form.is_valid():
        return show(request, entry_page(patient, kind, form, seen=confirmed), status=422)
    try:
        panel = actions.record_panel(
            patient,
            by=request.user,
            laboratory=form.laboratory,
            kind=kind,
            collection=form.collection,
            entered=form.entered,
            entry_key=form.entry_key,
            semen=form.details,
            confirmed=confirmed,
            repeat_confirmed="store_both" in request.POST,
        )
    except actions.EntryRefused:
        return show(request, entry_page(patient, kind, form, seen=confirmed), status=422)
    except actions.AlreadyRecorded as already:
        return _ask_about_twin(request, patient, kind, form, already.panel)
    messages.success(request, stored_message(panel))
    return redirect("chart", patient.id)


def _ask_about_twin(
    request: HttpRequest, patient: Patient, kind: PanelKind, form: EntryForm, twin: Panel
) -> HttpResponse:
    # The key of an entry that is stored already would give that panel back instead of storing this one.
    key = uuid.uuid4() if twin.entry_key == form.entry_key else form.entry_key
    page = entry_page(patient, kind, form, seen=_seen(request), twin=twin, entry_key=key)
    return show(request, page, status=422)


def stored_message(panel: Panel) -> str:
    """What was stored, in a sentence."""
    count = panel.results.count()
    results = "1 result" if count == 1 else f"{count} results"
    when = moment(panel.collected_at, panel.collected_zone)
    return f"{NAMES[PanelKind(panel.kind)]} of {when} is stored with {results}."
