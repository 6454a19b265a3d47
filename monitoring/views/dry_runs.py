"""Trying a draft of the rulebook on the clinic's own history, and reading what it would change."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Role
from accounts.permissions import clinician_required, member_required
from accounts.sending import sent_once, sent_or_kept
from monitoring import actions, presenters
from monitoring.forms import DryRunForm
from monitoring.models import DryRun
from patients.actions import note_looks

MOST_RUNS = 50


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def dry_runs(request: HttpRequest) -> HttpResponse:
    """The clinic's dry runs, newest first, and the form for another."""
    form = DryRunForm(sent_or_kept(request), choices=presenters.choices())
    if request.method == "POST" and form.is_valid():
        run = actions.ask_for_dry_run(**form.cleaned_data, by=request.user)
        return redirect("dry_run", run.id)
    runs = DryRun.objects.visible_to(request.user).newest_first()[:MOST_RUNS]
    status = 422 if request.method == "POST" else 200
    return render(request, "monitoring/dry_runs.html", {"runs": runs, "form": form}, status=status)


def _found(request: HttpRequest, dry_run_id: uuid.UUID) -> DryRun:
    return get_object_or_404(
        DryRun.objects.visible_to(request.user).select_related("asked_by"), pk=dry_run_id
    )


@clinician_required
@require_GET
def dry_run(request: HttpRequest, dry_run_id: uuid.UUID) -> HttpResponse:
    """How far a dry run is, and all that it has found so far."""
    report = presenters.report_of(_found(request, dry_run_id), request.user)
    note_looks(report.patients, by=request.user, page="monitoring.dry_run")
    return render(request, "monitoring/dry_run.html", {"report": report})


@clinician_required
@require_GET
def dry_run_status(request: HttpRequest, dry_run_id: uuid.UUID) -> HttpResponse:
    """How far it is, asked for every two seconds; of no patient. When it is over the page loads anew."""
    run = _found(request, dry_run_id)
    answer = render(request, "monitoring/_dry_run_status.html", {"run": run})
    if run.finished_at is not None:
        answer["HX-Refresh"] = "true"
    return answer


@member_required
@require_POST
def dry_run_retry(request: HttpRequest, dry_run_id: uuid.UUID) -> HttpResponse:
    """Try once more to replay the records where it stopped."""
    run = _found(request, dry_run_id)
    actions.retry_dry_run(run, by=request.user)
    is_from_list = request.POST.get("back") == "unfinished" or request.user.role != Role.CLINICIAN
    return redirect("unfinished") if is_from_list else redirect("dry_run", run.id)
