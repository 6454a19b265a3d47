"""How an order goes from form to read-back to record; the same for a new course and for a new dose."""

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.permissions import proof_asked
from accounts.sending import entry_key_in
from accounts.templatetags.clinic import day
from patients.guards import changed_first, overtaken
from protocols import actions
from protocols.forms import ConfirmForm, DoseForm
from protocols.presenters import Desk, DoseCheck, check_dose, course_on_file, desk_of, read_back
from protocols.presenters.words import dose_words
from protocols.views.finding import course_or_404

READ, EDIT, SAVE = "read", "edit", "save"
# How long ago the proof may be for a dose above a maximum: longer than for grants, for it is one of many
# orders of a visit, and being asked at each would teach people to type without reading.
OVER_LIMIT_MINUTES = 15
BOTH_SIDES = "protocols/overtaken.html"


def form_of(desk: Desk, data: Any = None) -> DoseForm:
    """The form of a desk; unbound, it begins with the dose that is taken now."""
    initial: dict[str, Any] = {"starts_on": desk.today}
    if desk.last is not None:
        amount = f"{desk.last.amount.normalize():f}"
        initial |= {name: getattr(desk.last, name) for name in ("frequency", "mode", "route")}
        initial["amount"] = amount
    return DoseForm(data, initial=initial, drug=desk.drug, earliest=desk.earliest, latest=desk.latest)


def take_order(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Answer a posted order: the form again, the read-back, or the record."""
    key, form = entry_key_in(request), form_of(desk, request.POST)
    is_stored = actions.stored_step(desk.patient.clinic_id, key) is not None
    if desk.course is not None and not is_stored:
        refused = changed_first(request, course_on_file(desk, request.user), form=form, template=BOTH_SIDES)
        if refused:
            return refused
    stage = request.POST.get("stage", READ)
    if not form.is_valid():
        return draw(request, desk, form, entry_key=key, status=422)
    if not is_stored and not desk.is_open_to_change:
        form.add_error(None, "Nothing was saved: this course cannot be adjusted now.")
        return draw(request, desk, form, entry_key=key, status=422)
    match stage:
        case "edit":
            return draw(request, desk, form, entry_key=key)
        case "save":
            return _save(request, desk, form, key, is_stored=is_stored)
    return _say_back(request, desk, form, key)


def draw(
    request: HttpRequest, desk: Desk, form: DoseForm, *, entry_key: uuid.UUID | None = None, status: int = 200
) -> HttpResponse:
    """The form with what speaks against the dose that stands in it."""
    context = {
        "desk": desk,
        "form": form,
        "check": check_in(desk, form) if desk.is_open_to_change else None,
        "entry_key": entry_key or uuid.uuid4(),
    }
    return render(request, "protocols/order.html", context, status=status)


def check_in(desk: Desk, form: DoseForm) -> DoseCheck:
    """The check of the dose as far as it is typed, or why it cannot be read."""
    if not form.is_bound:
        if desk.last is None:
            return DoseCheck(is_empty=True)
        return check_dose(desk, actions.dose_of(desk.last), desk.today)
    form.is_valid()
    dose = form.cleaned_data.get("dose")
    if dose is not None:
        return check_dose(desk, dose, form.cleaned_data.get("starts_on") or desk.today)
    typed = [name for name in form.fields if str(form.data.get(name, "")).strip()]
    problems = [
        f"{form.fields[name].label}: {problem}"
        for name, said in form.errors.items()
        if name in typed and name not in {"starts_on", "reason"}
        for problem in said
    ]
    return DoseCheck(problems=problems, is_empty=not problems)


def _say_back(
    request: HttpRequest,
    desk: Desk,
    form: DoseForm,
    key: uuid.UUID,
    *,
    confirm: ConfirmForm | None = None,
    has_changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    ordered = form.cleaned_data
    page = read_back(desk, dose=ordered["dose"], on=ordered["starts_on"], reason=ordered["reason"])
    if confirm is None:
        typed = {"checks_seen": page.check.seen, "override_reason": request.POST.get("override_reason", "")}
        confirm = ConfirmForm(initial=typed, needs_reason=page.check.needs_reason)
    context = {
        "desk": desk,
        "page": page,
        "confirm": confirm,
        "has_changed": has_changed,
        "hidden": _hidden(form, key, desk),
    }
    return render(request, "protocols/readback.html", context, status=status)


def _hidden(form: DoseForm, key: uuid.UUID, desk: Desk) -> list[tuple[str, object]]:
    """What the next form carries on: everything typed, and whom and what it is about."""
    carried = [
        ("patient", desk.patient.id),
        ("entry_key", key),
        *((name, form.data.get(name, "")) for name in form.fields),
    ]
    about = ("drug", desk.drug.key) if desk.course is None else ("version", desk.version)
    return [about, *carried]


def _save(
    request: HttpRequest, desk: Desk, form: DoseForm, key: uuid.UUID, *, is_stored: bool
) -> HttpResponse:
    ordered = form.cleaned_data
    if not is_stored:
        check = check_dose(desk, ordered["dose"], ordered["starts_on"])
        if request.POST.get("checks_seen") != check.seen:
            return _say_back(request, desk, form, key, has_changed=True, status=422)
        confirm = ConfirmForm(request.POST, needs_reason=check.needs_reason)
        if not confirm.is_valid():
            return _say_back(request, desk, form, key, confirm=confirm, status=422)
        # Above a maximum, whoever sits at the screen shows anew that it is he.
        if check.is_over_limit and (asked := proof_asked(request, minutes=OVER_LIMIT_MINUTES)):
            return asked
    try:
        _store(request, desk, ordered, key)
    except actions.NeedsReason:
        return _say_back(request, desk, form, key, has_changed=True, status=422)
    except actions.Overtaken as late:
        now = desk_of(course_or_404(request.user, late.record.id), request.user)
        on_file = course_on_file(now, request.user)
        return overtaken(request, on_file, form=form_of(now, request.POST), template=BOTH_SIDES)
    except actions.NotPossible as problem:
        form.add_error(None, str(problem))
        return draw(request, desk, form, entry_key=key, status=422)
    messages.success(request, f"Saved: {_said(desk, ordered)}, {desk.patient.full_name}.")
    return redirect("chart_treatment", desk.patient.id)


def _store(request: HttpRequest, desk: Desk, ordered: dict[str, Any], key: uuid.UUID) -> None:
    words = {
        "dose": ordered["dose"],
        "starts_on": ordered["starts_on"],
        "reason": ordered["reason"],
        "override_reason": request.POST.get("override_reason", "").strip(),
        "entry_key": key,
        "by": request.user,
    }
    if desk.course is None:
        actions.start_course(desk.episode, drug=desk.drug.key, **words)
    else:
        actions.adjust_dose(desk.course, read_version=desk.version, **words)


def _said(desk: Desk, ordered: dict[str, Any]) -> str:
    on: date = ordered["starts_on"]
    return f"{desk.drug.name} {dose_words(desk.drug.key, ordered['dose'])} from {day(on)}"
