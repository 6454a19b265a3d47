"""Registering a patient, beginning a recovery episode, and noting what was observed."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.actions import Overtaken
from accounts.permissions import care_team_required
from accounts.sending import sent_once, sent_or_kept
from patients import actions, presenters
from patients.forms import EpisodeForm, LastDoseForm, ObservationForm, RegisterForm
from patients.guards import changed_first, overtaken, wrong_patient
from patients.models import Episode, Goal, Patient


@care_team_required
@sent_once
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register a patient; a man who may be here already is shown before he is doubled."""
    form = RegisterForm(sent_or_kept(request))
    twins: list[Patient] = []
    hidden: list[Patient] = []
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        is_checked = fields.pop("confirm_duplicate")
        twins = list(Patient.objects.visible_to(request.user).like(fields)[:5])
        whole = "{given_name} {family_name} {date_of_birth:%Y-%m-%d}".format(**fields)
        hidden = list(Patient.objects.hidden_behind(whole, request.user))
        if not (twins or hidden) or is_checked:
            patient = _register(request, form, fields)
            if patient is not None:
                messages.success(request, f"Registered: {patient.full_name}, MRN {patient.mrn}.")
                return redirect("episode_open", patient.id)
    is_twin = bool(twins or hidden)
    if is_twin:
        actions.note_looks([*twins, *hidden], by=request.user, page="patients.duplicates")
    context = {"form": form, "twins": twins, "hidden_ids": [each.id for each in hidden], "is_twin": is_twin}
    refused = request.method == "POST" and (form.errors or is_twin)
    return render(request, "patients/register.html", context, status=422 if refused else 200)


def _register(request: HttpRequest, form: RegisterForm, fields: dict[str, Any]) -> Patient | None:
    try:
        with transaction.atomic():
            return actions.register_patient(by=request.user, **fields)
    except IntegrityError:
        form.add_error(
            "mrn",
            f'MRN: found "{fields["mrn"]}", which another patient has. Accepted: a number not yet given.',
        )
        return None


@care_team_required
@sent_once
@require_http_methods(["GET", "POST"])
def episode_open(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Note what testosterone was taken, and begin the attempt to recover from it."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    form = EpisodeForm(sent_or_kept(request))
    if request.method == "POST":
        return wrong_patient(request, patient) or _open_episode(request, patient, form)
    if Episode.objects.visible_to(request.user).open().filter(patient=patient).exists():
        messages.info(request, "A recovery episode is open already.")
        return redirect("chart", patient.id)
    return _form(request, "patients/episode.html", patient, form)


def _open_episode(request: HttpRequest, patient: Patient, form: EpisodeForm) -> HttpResponse:
    if not form.is_valid():
        return _form(request, "patients/episode.html", patient, form)
    fields = dict(form.cleaned_data)
    goal = Goal(fields.pop("goal"))
    try:
        episode = actions.begin_recovery(patient, goal=goal, by=request.user, **fields)
    except Overtaken as first:
        return overtaken(request, presenters.episode_on_file(first.record, request.user), form=form)
    stop = episode.effective_stop_on
    said = f"effective stop {stop.day} {stop:%b %Y}" if stop else "still on testosterone"
    messages.success(request, f"Recovery episode begun: {said}.")
    return redirect("chart", patient.id)


@care_team_required
@sent_once
@require_http_methods(["GET", "POST"])
def episode_last_dose(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Set or correct the last dose; the effective stop and the retests move with it."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    episode = get_object_or_404(
        Episode.objects.visible_to(request.user).open().select_related("exposure", "patient"), patient=patient
    )
    form = LastDoseForm(
        sent_or_kept(request),
        started_on=episode.exposure.started_on,
        initial={"last_dose_on": episode.last_dose_on},
    )
    if request.method == "POST":
        on_file = presenters.last_dose_on_file(episode, request.user)
        refused = wrong_patient(request, patient) or changed_first(request, on_file, form=form)
        if refused:
            return refused
        if form.is_valid():
            return _record_last_dose(request, episode, form)
    return _form(
        request, "patients/last_dose.html", patient, form, episode=episode, version=episode.last_dose_version
    )


def _record_last_dose(request: HttpRequest, episode: Episode, form: LastDoseForm) -> HttpResponse:
    try:
        actions.record_last_dose(episode, last_dose_on=form.cleaned_data["last_dose_on"], by=request.user)
    except Overtaken as late:
        return overtaken(request, presenters.last_dose_on_file(late.record, request.user), form=form)
    messages.success(request, "Last dose recorded. The effective stop and the retests have moved with it.")
    return redirect("chart", episode.patient_id)


@care_team_required
@sent_once
@require_http_methods(["GET", "POST"])
def observe(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Note symptoms and scores of a day."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    form = ObservationForm(sent_or_kept(request))
    if request.method == "POST":
        refusal = wrong_patient(request, patient)
        if refusal is not None:
            return refusal
        if form.is_valid():
            actions.observe(
                patient, observations=form.observations, on=form.cleaned_data["observed_on"], by=request.user
            )
            messages.success(request, "Noted. Findings follow within seconds.")
            return redirect("chart", patient.id)
    return _form(request, "patients/observe.html", patient, form)


def _form(request: HttpRequest, template: str, patient: Patient, form: Any, **more: Any) -> HttpResponse:
    actions.note_look(patient, by=request.user, page=template.removesuffix(".html").replace("/", "."))
    context = {"patient": patient, "form": form, **more}
    refused = request.method == "POST" and form.errors
    return render(request, template, context, status=422 if refused else 200)
