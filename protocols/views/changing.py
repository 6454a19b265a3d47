"""Holding, resuming and stopping a course: one flow, three deeds."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import clinician_required
from accounts.sending import entry_key_in, sent_once, sent_or_kept
from accounts.templatetags.clinic import day
from patients.actions import note_look
from patients.guards import changed_first, overtaken, wrong_patient
from protocols import actions
from protocols.forms import ChangeForm
from protocols.models import CourseChange
from protocols.presenters import DEEDS, ChangePage, change_page, course_on_file, desk_of
from protocols.views.finding import course_or_404


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def course_stop(request: HttpRequest, course_id: uuid.UUID) -> HttpResponse:
    """Stop a course from a day, with a reason."""
    return _change(request, course_id, "stop")


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def course_hold(request: HttpRequest, course_id: uuid.UUID) -> HttpResponse:
    """Pause a course from a day, with a reason."""
    return _change(request, course_id, "hold")


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def course_resume(request: HttpRequest, course_id: uuid.UUID) -> HttpResponse:
    """Go on with the dose that was held."""
    return _change(request, course_id, "resume")


def _change(request: HttpRequest, course_id: uuid.UUID, deed: str) -> HttpResponse:
    course = course_or_404(request.user, course_id)
    note_look(course.patient, by=request.user, page=f"protocols.course_{deed}")
    desk = desk_of(course, request.user)
    page = change_page(desk, DEEDS[deed], on=desk.today)
    if request.method == "GET":
        kept = sent_or_kept(request)
        form = _form(page, kept, needs_reason="override_reason" in (kept or {}))
        return _draw(request, page, form, entry_key=entry_key_in(request))
    return wrong_patient(request, course.patient) or _take(request, page)


def _form(page: ChangePage, data: Any = None, *, needs_reason: bool = False) -> ChangeForm:
    return ChangeForm(
        data,
        initial={"on": page.desk.today},
        verb=page.deed.verb,
        earliest=page.earliest,
        latest=page.latest,
        needs_reason=needs_reason or page.needs_reason,
    )


def _draw(
    request: HttpRequest,
    page: ChangePage,
    form: ChangeForm,
    *,
    entry_key: uuid.UUID | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"page": page, "desk": page.desk, "form": form, "entry_key": entry_key or uuid.uuid4()}
    return render(request, "protocols/change.html", context, status=status)


def _take(request: HttpRequest, page: ChangePage) -> HttpResponse:
    form, key = _form(page, request.POST), entry_key_in(request)
    changes = CourseChange.objects.visible_to(request.user).filter(course=page.desk.course)
    stored = changes.filter(entry_key=key).exists()
    if not stored and (refused := changed_first(request, **_both_sides(request, page, form))):
        return refused
    if not stored and not form.is_valid():
        return _draw(request, page, form, entry_key=key, status=422)
    try:
        on = _do(request, page, form, key)
    except actions.NeedsReason:
        asking = change_page(page.desk, page.deed, on=form.cleaned_data["on"])
        form = _form(asking, request.POST, needs_reason=True)
        return _draw(request, asking, form, entry_key=key, status=422)
    except actions.Overtaken:
        now = _as_it_is_now(request, page)
        return overtaken(request, **_both_sides(request, now, form))
    except actions.NotPossible as problem:
        form.add_error(None, str(problem))
        return _draw(request, page, form, entry_key=key, status=422)
    patient = page.desk.patient
    messages.success(request, f"{page.desk.drug.name} {page.deed.done} {on}, {patient.full_name}.")
    return redirect("chart_treatment", patient.id)


def _do(request: HttpRequest, page: ChangePage, form: ChangeForm, key: uuid.UUID | None) -> str:
    form.is_valid()
    on = form.cleaned_data.get("on")
    if on is None:
        raise actions.Overtaken(page.desk.course)
    words = {
        "on": on,
        "reason": form.cleaned_data.get("reason", ""),
        "by": request.user,
        "read_version": page.desk.version,
        "entry_key": key,
    }
    if page.deed.orders:
        words["override_reason"] = form.cleaned_data.get("override_reason", "")
    page.deed.action(page.desk.course, **words)
    return f"from {day(on)}"


def _as_it_is_now(request: HttpRequest, page: ChangePage) -> ChangePage:
    desk = desk_of(course_or_404(request.user, page.desk.course.id), request.user)
    return change_page(desk, page.deed, on=desk.today)


def _both_sides(request: HttpRequest, page: ChangePage, form: ChangeForm) -> dict[str, Any]:
    """What is on file now, and the deed that was asked for."""
    return {
        "on_file": course_on_file(page.desk, request.user, may_go_on=page.is_possible),
        "form": form,
        "deed": f"{page.deed.verb} {page.desk.drug.name}",
        "go_on": page.title,
    }
