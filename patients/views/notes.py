"""Writing a clinical note, signing it, and adding to one that is signed."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import KeyUsed
from accounts.models import Person, Role
from accounts.permissions import care_team_required
from accounts.sending import entry_key_in, sent_once, sent_or_kept, typed_in, used_key
from patients import actions
from patients.forms import AddendumForm, NoteForm
from patients.guards import wrong_patient
from patients.models import Note, Patient
from patients.presenters import draft_of, note_shown, with_addenda


@dataclass(frozen=True, slots=True)
class Keys:
    """What a note's form says of itself: its own key, and the version of the draft that it was drawn from."""

    entry_key: uuid.UUID
    version: int


@care_team_required
@require_http_methods(["GET", "POST"])
def note_new(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Write a note; a draft of one's own comes back exactly as it was typed."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    if request.method == "POST":
        return wrong_patient(request, patient) or _save(request, patient)
    draft = draft_of(patient, request.user)
    typed = {"text": draft.text, "clinicians_only": draft.clinicians_only} if draft else {}
    form = _form(request, sent_or_kept(request), initial=typed)
    return _draw(request, patient, form, keys=_keys_in(request), draft=draft)


@care_team_required
@require_http_methods(["GET", "POST"])
def note_sign(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Read one's own draft as it will stand, and sign it."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    draft = draft_of(patient, request.user)
    if request.method == "GET":
        return _read_back(request, patient, draft)
    if refused := wrong_patient(request, patient):
        return refused
    keys = _keys_in(request)
    if keys is None:
        return _incomplete(request, patient)
    mine = Note.objects.visible_to(request.user).filter(patient=patient, written_by=request.user)
    read = mine.filter(entry_key=keys.entry_key).first()
    if read is None:
        return _read_back(request, patient, draft, overtaken=True)
    try:
        actions.sign_note(read, read_version=keys.version, by=request.user)
    except actions.NoteOvertaken as problem:
        return _read_back(request, patient, problem.note, overtaken=True)
    messages.success(request, f"Signed and locked: your note about {patient.full_name}.")
    return redirect("chart_notes", patient.id)


@care_team_required
@require_POST
def note_discard(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Forget one's own draft."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    if refused := wrong_patient(request, patient):
        return refused
    actions.discard_note_draft(patient, by=request.user)
    messages.success(request, "The draft is discarded.")
    return redirect("chart_notes", patient.id)


@care_team_required
@sent_once
@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """A signed note, and a form to add to it."""
    found = _note_or_404(request.user, note_id)
    if found.signed_at is None:
        return redirect("note_new", found.patient_id)
    form = AddendumForm(sent_or_kept(request))
    key = entry_key_in(request) or uuid.uuid4()
    if request.method == "POST":
        if refused := wrong_patient(request, found.patient):
            return refused
        if entry_key_in(request) is None:
            return _incomplete(request, found.patient)
        if form.is_valid() and _add(request, found, form, key):
            return redirect("note", found.id)
    actions.note_look(found.patient, by=request.user, page="patients.note")
    context = {"patient": found.patient, "note": note_shown(found), "form": form, "entry_key": key}
    refused = request.method == "POST" and form.errors
    return render(request, "patients/note.html", context, status=422 if refused else 200)


def _add(request: HttpRequest, found: Note, form: AddendumForm, key: uuid.UUID) -> bool:
    try:
        actions.add_to_note(found, by=request.user, entry_key=key, **form.cleaned_data)
    except actions.NoteRefused as problem:
        form.add_error(None, str(problem))
        return False
    messages.success(request, "Added. The note itself stays as it was signed.")
    return True


def _save(request: HttpRequest, patient: Patient) -> HttpResponse:
    keys = _keys_in(request)
    if keys is None:
        return _incomplete(request, patient)
    form = _form(request, request.POST)
    if not form.is_valid():
        return _draw(request, patient, form, keys=keys, draft=draft_of(patient, request.user), status=422)
    try:
        draft = actions.save_note_draft(
            patient,
            text=form.cleaned_data["text"],
            clinicians_only=form.is_for_clinicians,
            read_version=keys.version,
            by=request.user,
            entry_key=keys.entry_key,
        )
    except KeyUsed:
        return used_key(request)
    except actions.NoteOvertaken as problem:
        on_file = note_shown(problem.note)
        return _draw(request, patient, form, draft=problem.note, on_file=on_file, status=409)
    return _saved(request, patient, form, draft)


def _saved(request: HttpRequest, patient: Patient, form: NoteForm, draft: Note | None) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        return _draw(request, patient, form, draft=draft, is_gone=draft is None)
    if draft is None:
        messages.info(request, "This note is signed or discarded already, so there is no draft to keep.")
        return redirect("chart_notes", patient.id)
    if request.POST.get("then") == "sign":
        return redirect("note_sign", patient.id)
    messages.success(request, "Draft saved. It is only yours until you sign it.")
    return redirect("note_new", patient.id)


def _form(request: HttpRequest, data: Any = None, **more: Any) -> NoteForm:
    return NoteForm(data, may_hide=request.user.acting.role == Role.CLINICIAN, **more)


def _draw(
    request: HttpRequest,
    patient: Patient,
    form: NoteForm,
    *,
    draft: Note | None,
    keys: Keys | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page for writing, or, while somebody types, the line that says whether it is kept."""
    if keys is None:
        keys = Keys(draft.entry_key, draft.version) if draft else Keys(uuid.uuid4(), 0)
    actions.note_look(patient, by=request.user, page="patients.note_new")
    live = request.headers.get("HX-Request") == "true"
    context = {"patient": patient, "form": form, "draft": draft, "keys": keys, "live": live, **more}
    template = "patients/_note_state.html" if live else "patients/note_write.html"
    return render(request, template, context, status=status)


def _read_back(
    request: HttpRequest, patient: Patient, draft: Note | None, *, overtaken: bool = False
) -> HttpResponse:
    if draft is None:
        messages.info(request, "There is no draft of yours to sign.")
        return redirect("chart_notes", patient.id)
    actions.note_look(patient, by=request.user, page="patients.note_sign")
    context = {"patient": patient, "note": note_shown(draft), "draft": draft, "overtaken": overtaken}
    return render(request, "patients/note_sign.html", context, status=409 if overtaken else 200)


def _note_or_404(user: Person, note_id: uuid.UUID) -> Note:
    found: Note = get_object_or_404(with_addenda(user), pk=note_id)
    return found


def _keys_in(request: HttpRequest) -> Keys | None:
    key, version = entry_key_in(request), _version_in(request)
    return None if key is None or version is None else Keys(key, version)


def _version_in(request: HttpRequest) -> int | None:
    typed = (sent_or_kept(request) or request.POST).get("version", "")
    return int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else None


def _incomplete(request: HttpRequest, patient: Patient) -> HttpResponse:
    actions.note_look(patient, by=request.user, page="patients.incomplete")
    context = {"patient": patient, "typed": typed_in(request)}
    return render(request, "patients/incomplete.html", context, status=428)
