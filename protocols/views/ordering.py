"""How an order goes from form to read-back to record; the same for a new course and for a new dose."""

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.permissions import proof_asked
from accounts.templatetags.clinic import day
from protocols import actions
from protocols.forms import ConfirmForm, DoseForm
from protocols.presenters import Desk, DoseCheck, both_sides, check_dose, read_back
from protocols.presenters.words import dose_words
from protocols.views.finding import Keys, keys_of

READ, EDIT, SAVE = "read", "edit", "save"
# How long ago the proof may be for a dose above a maximum: longer than for grants, for it is one of many
# orders of a visit, and being asked at each would teach people to type without reading.
OVER_LIMIT_MINUTES = 15


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
    keys = keys_of(request, desk)
    if isinstance(keys, HttpResponse):
        return keys
    form = form_of(desk, request.POST)
    is_stored = actions.stored_step(desk.patient.clinic_id, keys.entry_key) is not None
    if not is_stored and keys.version != desk.version:
        return overtaken(request, desk, form)
    stage = request.POST.get("stage", READ)
    if not form.is_valid():
        return draw(request, desk, form, entry_key=keys.entry_key, status=422)
    if not is_stored and not desk.is_open_to_change:
        form.add_error(None, "Nothing was saved: this course cannot be adjusted now.")
        return draw(request, desk, form, entry_key=keys.entry_key, status=422)
    match stage:
        case "edit":
            return draw(request, desk, form, entry_key=keys.entry_key)
        case "save":
            return _save(request, desk, form, keys, is_stored=is_stored)
    return _say_back(request, desk, form, keys)


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
    keys: Keys,
    *,
    confirm: ConfirmForm | None = None,
    has_changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    ordered = form.cleaned_data
    page = read_back(desk, dose=ordered["dose"], on=ordered["starts_on"], reason=ordered["reason"])
    if confirm is None:
        confirm = ConfirmForm(initial={"checks_seen": page.check.seen}, needs_reason=page.check.needs_reason)
    context = {
        "desk": desk,
        "page": page,
        "confirm": confirm,
        "has_changed": has_changed,
        "hidden": _hidden(form, keys, desk),
    }
    return render(request, "protocols/readback.html", context, status=status)


def _hidden(form: DoseForm, keys: Keys, desk: Desk) -> list[tuple[str, object]]:
    """What the next form carries on: everything typed, and whom and what it is about."""
    carried = [
        ("patient", desk.patient.id),
        ("entry_key", keys.entry_key),
        *((name, form.data.get(name, "")) for name in form.fields),
    ]
    about = ("drug", desk.drug.key) if desk.course is None else ("version", desk.version)
    return [about, *carried]


def _save(request: HttpRequest, desk: Desk, form: DoseForm, keys: Keys, *, is_stored: bool) -> HttpResponse:
    ordered = form.cleaned_data
    if not is_stored:
        check = check_dose(desk, ordered["dose"], ordered["starts_on"])
        if request.POST.get("checks_seen") != check.seen:
            return _say_back(request, desk, form, keys, has_changed=True, status=422)
        confirm = ConfirmForm(request.POST, needs_reason=check.needs_reason)
        if not confirm.is_valid():
            return _say_back(request, desk, form, keys, confirm=confirm, status=422)
        # Above a maximum, whoever sits at the screen shows anew that it is he.
        if check.is_over_limit and (asked := proof_asked(request, minutes=OVER_LIMIT_MINUTES)):
            return asked
    try:
        _store(request, desk, ordered, keys)
    except actions.NeedsReason:
        return _say_back(request, desk, form, keys, has_changed=True, status=422)
    except actions.Overtaken:
        return overtaken(request, desk, form)
    except actions.NotPossible as problem:
        form.add_error(None, str(problem))
        return draw(request, desk, form, entry_key=keys.entry_key, status=422)
    messages.success(request, f"Saved: {_said(desk, ordered)}, {desk.patient.full_name}.")
    return redirect("chart_treatment", desk.patient.id)


def _store(request: HttpRequest, desk: Desk, ordered: dict[str, Any], keys: Keys) -> None:
    words = {
        "dose": ordered["dose"],
        "starts_on": ordered["starts_on"],
        "reason": ordered["reason"],
        "override_reason": request.POST.get("override_reason", "").strip(),
        "entry_key": keys.entry_key,
        "by": request.user,
    }
    if desk.course is None:
        actions.start_course(desk.episode, drug=desk.drug.key, **words)
    else:
        actions.adjust_dose(desk.course, read_version=keys.version, **words)


def _said(desk: Desk, ordered: dict[str, Any]) -> str:
    on: date = ordered["starts_on"]
    return f"{desk.drug.name} {dose_words(desk.drug.key, ordered['dose'])} from {day(on)}"


def overtaken(request: HttpRequest, desk: Desk, form: DoseForm) -> HttpResponse:
    """409: what is on file now beside what was typed, and how to go on from there."""
    labels = [(field.label, _shown(form, name)) for name, field in form.fields.items()]
    context = {
        "sides": both_sides(desk, [(label, text) for label, text in labels if text], request.user),
        "hidden": _hidden(form, Keys(uuid.uuid4(), desk.version), desk),
        "may_go_on": desk.is_open_to_change,
    }
    return render(request, "protocols/overtaken.html", context, status=409)


def _shown(form: DoseForm, name: str) -> str:
    """What was typed, and for a choice or a day its words."""
    typed = str(form.data.get(name, "")).strip()
    read = form.cleaned_data.get(name) if form.is_valid() else None
    if isinstance(read, date):
        return day(read)
    choices = getattr(form.fields[name], "choices", ())
    flat = {key: label for key, label in _flattened(choices)}
    return str(flat.get(typed, typed))


def _flattened(choices: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in choices:
        found += value if isinstance(value, list) else [(key, value)]
    return found
