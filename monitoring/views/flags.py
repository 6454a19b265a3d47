"""The flag card, and what people do with flags and retests."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Role
from accounts.permissions import care_team_required, clinician_required, member_required
from accounts.sending import sent_once, sent_or_kept
from monitoring import actions, presenters
from monitoring.forms import AcknowledgeForm, WaiveForm
from monitoring.models import Flag, Retest
from patients.actions import note_look
from patients.guards import changed_first, overtaken, wrong_patient
from patients.models import Episode


@care_team_required
@require_GET
def flag(request: HttpRequest, flag_id: uuid.UUID) -> HttpResponse:
    """The rule card of one flag."""
    found = get_object_or_404(Flag.objects.visible_to(request.user).select_related("patient"), pk=flag_id)
    return _card(request, found, AcknowledgeForm(sent_or_kept(request), severity=found.severity))


def _card(request: HttpRequest, flag: Flag, form: AcknowledgeForm, status: int = 200) -> HttpResponse:
    note_look(flag.patient, by=request.user, page="monitoring.flag")
    context = {"card": presenters.card_of(flag, request.user), "patient": flag.patient, "form": form}
    return render(request, "monitoring/flag.html", context, status=status)


@clinician_required
@sent_once
@require_POST
def flag_acknowledge(request: HttpRequest, flag_id: uuid.UUID) -> HttpResponse:
    """See to a flag; from the worklist the row leaves, from the card the card comes back."""
    found = get_object_or_404(Flag.objects.visible_to(request.user).select_related("patient"), pk=flag_id)
    form = AcknowledgeForm(request.POST, severity=found.severity)
    on_file = presenters.flag_on_file(found, request.user)
    if refused := wrong_patient(request, found.patient) or changed_first(request, on_file, form=form):
        return refused
    if not form.is_valid():
        return _card(request, found, form, status=422)
    try:
        actions.acknowledge_flag(found, by=request.user, comment=form.cleaned_data["comment"])
    except actions.NotPossible as problem:
        form.add_error(None, str(problem))
        return _card(request, found, form, status=409)
    except actions.Overtaken as late:
        return overtaken(request, presenters.flag_on_file(late.record, request.user), form=form)
    messages.success(request, f"Acknowledged: {found.title}, {found.patient.full_name}.")
    if request.POST.get("back") == "worklist":
        return redirect("worklist")
    return redirect("chart", found.patient_id)


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def retest_waive(request: HttpRequest, retest_id: uuid.UUID) -> HttpResponse:
    """Call off a retest with a reason."""
    retest = get_object_or_404(
        Retest.objects.visible_to(request.user).select_related("patient"), pk=retest_id
    )
    form = WaiveForm(sent_or_kept(request))
    if request.method == "POST":
        on_file = presenters.retest_on_file(retest, request.user)
        if refused := wrong_patient(request, retest.patient) or changed_first(request, on_file, form=form):
            return refused
        if form.is_valid():
            return _waive(request, retest, form)
    return _ask_why(request, retest, form)


def _waive(request: HttpRequest, retest: Retest, form: WaiveForm) -> HttpResponse:
    try:
        actions.waive_retest(retest, by=request.user, reason=form.cleaned_data["reason"])
    except actions.Overtaken as late:
        return overtaken(request, presenters.retest_on_file(late.record, request.user), form=form)
    except actions.NotPossible as problem:
        form.add_error(None, str(problem))
        return _ask_why(request, retest, form)
    messages.success(request, f"Waived: {', '.join(retest.analytes)}, {retest.patient.full_name}.")
    return redirect("chart", retest.patient_id)


def _ask_why(request: HttpRequest, retest: Retest, form: WaiveForm) -> HttpResponse:
    note_look(retest.patient, by=request.user, page="monitoring.retest")
    context = {"retest": retest, "patient": retest.patient, "form": form}
    refused = request.method == "POST" and form.errors
    return render(request, "monitoring/waive.html", context, status=422 if refused else 200)


@member_required
@require_POST
def evaluation_retry(request: HttpRequest, episode_id: uuid.UUID) -> HttpResponse:
    """Try once more to judge a record. The clinic admin may: he tends the software and sees no record."""
    episode = get_object_or_404(Episode.objects.tended_by(request.user), pk=episode_id)
    actions.retry_evaluation(episode, by=request.user)
    messages.success(request, "The record will be evaluated again within a minute.")
    if request.POST.get("back") == "unfinished" or request.user.role == Role.ADMIN:
        return redirect("unfinished")
    return redirect("chart", episode.patient_id)
