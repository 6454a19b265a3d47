"""Keeping and discarding what somebody has typed so far."""

import uuid

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.permissions import care_team_required
from labs import actions
from labs.forms import typed_in
from labs.models import EntryDraft, PanelKind
from labs.presenters import draft_on_file
from labs.views.entry import form_of
from labs.views.finding import patient_or_404
from patients.guards import changed_first, overtaken, wrong_patient
from patients.models import Patient


@care_team_required
@require_POST
def panel_draft(request: HttpRequest, patient_id: uuid.UUID, kind: PanelKind) -> HttpResponse:
    """Keep the entry as it stands, exactly as typed; each person has one draft for a patient and kind."""
    patient = patient_or_404(request.user, patient_id)
    if refused := wrong_patient(request, patient):
        return refused
    typed = typed_in(request.POST, kind)
    if any("\0" in text for text in typed.values()):
        raise BadRequest("found U+0000 in a draft. Accepted: text without it.")
    form = form_of(typed, patient=patient, by=request.user, kind=kind, bound=False)
    read = request.POST.get("draft_version", "")
    if not read:
        stands = draft_on_file(patient, kind, _own_draft(request, patient, kind))
        return overtaken(request, stands, form=form.head, is_missing=True)
    try:
        draft = actions.save_draft(
            patient, kind=kind, typed=typed, by=request.user, read_version=read, entry_key=form.entry_key
        )
    except actions.Overtaken as late:
        return overtaken(request, draft_on_file(patient, kind, late.record), form=form.head)
    if request.headers.get("HX-Request") == "true":
        context = {"patient": patient, "kind": kind, "draft": draft, "is_final": draft is None}
        context["draft_version"] = draft.version if draft else read
        return render(request, "labs/_draft.html", context)
    if draft is None:
        messages.info(request, "This entry is stored already, so there is no draft to keep.")
    else:
        messages.success(
            request, "Draft saved. It is only yours, and stays until you finalise or discard it."
        )
    return redirect("panel_new", patient.id, kind)


@care_team_required
@require_POST
def panel_draft_discard(request: HttpRequest, patient_id: uuid.UUID, kind: PanelKind) -> HttpResponse:
    """Forget one's own draft and start afresh."""
    patient = patient_or_404(request.user, patient_id)
    if refused := wrong_patient(request, patient):
        return refused
    stands = draft_on_file(patient, kind, _own_draft(request, patient, kind))
    if refused := changed_first(request, stands, go_on="Discard it all the same"):
        return refused
    actions.discard_draft(patient, kind=kind, by=request.user)
    messages.success(request, "The draft is discarded.")
    return redirect("panel_new", patient.id, kind)


def _own_draft(request: HttpRequest, patient: Patient, kind: PanelKind) -> EntryDraft | None:
    return EntryDraft.objects.visible_to(request.user).filter(patient=patient, kind=kind).first()
