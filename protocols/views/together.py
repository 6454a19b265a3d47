"""Starting a patient on a protocol: choose it, see each drug checked, read back, order all or none."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import clinician_required, proof_asked
from accounts.sending import entry_key_in, sent_once, sent_or_kept
from clinical import drugs
from patients.actions import note_look
from patients.guards import wrong_patient
from protocols import actions
from protocols.forms import PartForm, TogetherConfirmForm, WhyForm
from protocols.presenters import (
    DoseCheck,
    TogetherDesk,
    chosen_protocol,
    dose_of_part,
    ordered_of,
    read_back_together,
    to_start_from,
    together_desk,
)
from protocols.views.finding import open_episode, patient_or_404
from protocols.views.ordering import OVER_LIMIT_MINUTES

Orders = dict[str, tuple[actions.Dose, date]]
NOTHING_ORDERED = "Drugs: found none. Accepted: at least one drug to order."


@clinician_required
@require_GET
def protocol_choose(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Choose the protocol that a patient is started on."""
    patient = patient_or_404(request.user, patient_id)
    note_look(patient, by=request.user, page="protocols.protocol_choose")
    episode = open_episode(patient, request.user)
    context = {"patient": patient, "episode": episode, "rows": to_start_from(request.user, episode=episode)}
    return render(request, "protocols/choose_protocol.html", context)


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def protocol_start(request: HttpRequest, patient_id: uuid.UUID, chosen: str) -> HttpResponse:
    """Order the drugs of a protocol, each changed or left out as it fits this patient."""
    patient = patient_or_404(request.user, patient_id)
    note_look(patient, by=request.user, page="protocols.protocol_start")
    if request.method == "POST" and (refused := wrong_patient(request, patient)):
        return refused
    protocol = chosen_protocol(chosen, request.user)
    if protocol is None:
        raise Http404("There is no such protocol.")
    episode = open_episode(patient, request.user)
    if episode is None:
        return redirect("protocol_choose", patient.id)
    desk = together_desk(patient, episode, protocol, request.user)
    forms = forms_of(desk, sent_or_kept(request))
    key = entry_key_in(request)
    return _take(request, desk, forms, key) if request.method == "POST" else _draw(request, desk, forms, key)


@dataclass(frozen=True, slots=True)
class Forms:
    """What was typed of a protocol's orders: one form for each drug, and the reason for all."""

    parts: Mapping[str, PartForm]
    why: WhyForm

    @property
    def orders(self) -> Orders:
        """The orders as far as they can be read."""
        read = {key: form.cleaned_data for key, form in self.parts.items() if form.is_valid()}
        return {key: (typed["dose"], typed["starts_on"]) for key, typed in read.items() if typed["include"]}

    def is_valid(self) -> bool:
        """Whether all can be read, and at least one drug is ordered."""
        # Each is asked, so that every mistake is shown at once.
        are_valid = [form.is_valid() for form in (*self.parts.values(), self.why)]
        if all(are_valid) and not self.orders:
            self.why.add_error(None, NOTHING_ORDERED)
        return all(are_valid) and self.why.is_valid()

    @property
    def typed(self) -> list[tuple[str, object]]:
        """Everything typed, for the next form to carry on; a box that is not ticked is not sent."""
        forms = (*self.parts.values(), self.why)
        pairs = [(form.add_prefix(name), form.data) for form in forms for name in form.fields]
        return [(name, data[name]) for name, data in pairs if name in data]


def forms_of(desk: TogetherDesk, data: Any = None) -> Forms:
    """The forms of a desk; unbound, they hold what the protocol proposes."""
    parts = {}
    for place in desk.places:
        if not place.may_order:
            continue
        dose = dose_of_part(place.component)
        proposed = {
            "include": True,
            "amount": f"{dose.amount.normalize():f}",
            "frequency": dose.frequency,
            "mode": dose.mode,
            "route": dose.route,
            "starts_on": desk.starts_on,
        }
        parts[place.drug.key] = PartForm(
            data,
            initial=proposed,
            prefix=place.drug.key,
            drug=place.drug,
            earliest=desk.earliest,
            latest=desk.latest,
        )
    return Forms(parts, WhyForm(data, initial={"reason": f"Protocol: {desk.chosen.title}"}))


def _proposed(desk: TogetherDesk) -> Orders:
    places = [place for place in desk.places if place.may_order]
    return {place.drug.key: (dose_of_part(place.component), desk.starts_on) for place in places}


def _draw(
    request: HttpRequest, desk: TogetherDesk, forms: Forms, key: uuid.UUID | None, *, status: int = 200
) -> HttpResponse:
    orders = forms.orders if forms.why.is_bound else _proposed(desk)
    checks = desk.check(orders)
    context = {
        "desk": desk,
        "rows": [
            (place, forms.parts.get(place.drug.key), checks.get(place.drug.key, DoseCheck(is_empty=True)))
            for place in desk.places
        ],
        "why": forms.why,
        "errors": [form for form in (*forms.parts.values(), forms.why) if form.errors],
        "entry_key": key or uuid.uuid4(),
    }
    return render(request, "protocols/together.html", context, status=status)


def _take(request: HttpRequest, desk: TogetherDesk, forms: Forms, key: uuid.UUID | None) -> HttpResponse:
    """Answer posted orders: the forms again, the read-back, or the record."""
    if not forms.is_valid():
        return _draw(request, desk, forms, key, status=422)
    match request.POST.get("stage"):
        case "edit":
            return _draw(request, desk, forms, key)
        case "save":
            return _save(request, desk, forms, key)
    return _say_back(request, desk, forms, key)


def _say_back(
    request: HttpRequest,
    desk: TogetherDesk,
    forms: Forms,
    key: uuid.UUID | None,
    *,
    confirm: TogetherConfirmForm | None = None,
    has_changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    page = read_back_together(desk, forms.orders, reason=forms.why.cleaned_data["reason"])
    if confirm is None:
        named = [f"{drug}-override_reason" for drug, _ in page.warned]
        initial = {name: request.POST.get(name, "") for name in named} | {"checks_seen": page.seen}
        confirm = TogetherConfirmForm(initial=initial, warned=page.warned)
    context = {
        "desk": desk,
        "page": page,
        "confirm": confirm,
        "has_changed": has_changed,
        "hidden": [("patient", desk.patient.id), ("entry_key", key), *forms.typed],
    }
    return render(request, "protocols/together_readback.html", context, status=status)


def _save(request: HttpRequest, desk: TogetherDesk, forms: Forms, key: uuid.UUID | None) -> HttpResponse:
    orders, why = forms.orders, forms.why.cleaned_data["reason"]
    page = read_back_together(desk, orders, reason=why)
    confirm = TogetherConfirmForm(request.POST, warned=page.warned)
    if request.POST.get("checks_seen") != page.seen:
        return _say_back(request, desk, forms, key, has_changed=True, status=422)
    if not confirm.is_valid():
        return _say_back(request, desk, forms, key, confirm=confirm, status=422)
    # Above a maximum, whoever sits at the screen shows anew that it is he.
    if page.is_over_limit and (asked := proof_asked(request, minutes=OVER_LIMIT_MINUTES)):
        return asked
    reasons = {drug: confirm.cleaned_data[f"{drug}-override_reason"] for drug, _ in page.warned}
    try:
        actions.start_protocol(
            desk.episode,
            source=desk.chosen.source,
            ordered=ordered_of(orders, reasons),
            reason=why,
            by=request.user,
            entry_key=key,
        )
    except actions.NeedsReason:
        return _say_back(request, desk, forms, key, has_changed=True, status=422)
    except (actions.NotPossible, actions.Overtaken) as problem:
        forms.why.add_error(None, f"Nothing was saved. {problem}")
        return _draw(request, desk, forms, key, status=422)
    names = ", ".join(drugs.drug(drug).name for drug in orders)
    said = f"Saved: {names}, from {desk.chosen.title}, {desk.patient.full_name}."
    messages.success(request, said)
    return redirect("chart_treatment", desk.patient.id)
