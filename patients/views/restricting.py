"""Restricting a record to named carers, changing who they are, and lifting it."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from accounts.permissions import keeper_required, recent_proof_required
from accounts.sending import sent_or_kept
from audit import actions as audit
from audit.models import Purpose
from patients import actions
from patients.forms import CarersForm, LiftForm, RestrictForm, carers_to_choose
from patients.models import NamedCarer, Patient, Restriction, RestrictionReason


def _patient(request: HttpRequest, patient_id: uuid.UUID) -> Patient:
    """By the one door for a clinician, by name and MRN alone for an admin."""
    is_admin = request.user.role == Role.ADMIN
    found = Patient.objects.named_to(request.user) if is_admin else Patient.objects.visible_to(request.user)
    patient = get_object_or_404(found, pk=patient_id)
    if not actions.may_restrict(patient, request.user):
        raise PermissionDenied("This record's carers and the clinic's admin decide who sees it.")
    return patient


def _restriction(request: HttpRequest, restriction_id: uuid.UUID) -> Restriction:
    found = Restriction.objects.visible_to(request.user).select_related("patient")
    restriction = get_object_or_404(found, pk=restriction_id)
    _patient(request, restriction.patient_id)
    return restriction


@keeper_required
@require_GET
def restriction(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Whether this record is restricted and to whom, with the forms that change it."""
    kept = sent_or_kept(request)
    return _page(request, _patient(request, patient_id), **(_kept(request, kept) if kept else {}))


def _kept(request: HttpRequest, typed: QueryDict) -> dict[str, Any]:
    """The one of the page's forms that was sent when the session had ended."""
    if "lift_reason" in typed:
        return {"lift": LiftForm(typed)}
    choices = carers_to_choose(request.user)
    if "reason" in typed:
        return {"restrict": RestrictForm(typed, choices=choices)}
    return {"carers": CarersForm(typed, choices=choices)}


def _page(request: HttpRequest, patient: Patient, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page; a form that was refused comes back as it was sent."""
    in_force = Restriction.objects.visible_to(request.user).in_force().filter(patient=patient)
    found = in_force.select_related("placed_by").first()
    carers = NamedCarer.objects.visible_to(request.user).current().filter(restriction=found)
    choices = carers_to_choose(request.user)
    if found is None:
        shown = {"restrict": RestrictForm(choices=choices, initial={"carers": [request.user.id]})}
    else:
        version = {"version": found.version, "patient": patient.id}
        named = {"carers": list(carers.values_list("person_id", flat=True)), **version}
        shown = {"carers": CarersForm(choices=choices, initial=named), "lift": LiftForm(initial=version)}
    is_admin = request.user.role == Role.ADMIN
    audit.record_looks(
        "patients.restriction.viewed",
        by=request.user,
        clinic_id=patient.clinic_id,
        patient_ids=[patient.id],
        purpose=Purpose.OPERATIONS if is_admin else Purpose.TREATMENT,
    )
    context = {
        "patient": patient,
        "restriction": found,
        "forms": {**shown, **{name: form for name, form in forms.items() if name in shown}},
        "back": "access_report" if is_admin else "chart",
    }
    return render(request, "patients/restriction.html", context, status=status)


@keeper_required
@require_POST
@recent_proof_required()
def restriction_place(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """Let only the people chosen see this record."""
    patient = _patient(request, patient_id)
    form = RestrictForm(request.POST, choices=carers_to_choose(request.user))

    def deed() -> None:
        fields = form.cleaned_data
        actions.restrict(
            patient,
            reason=RestrictionReason(fields["reason"]),
            words=fields["words"],
            carers=fields["carers"],
            by=request.user,
        )

    return _done(request, patient, deed, "This record is restricted now.", restrict=form)


@keeper_required
@require_POST
@recent_proof_required()
def restriction_carers(request: HttpRequest, restriction_id: uuid.UUID) -> HttpResponse:
    """Let exactly the people chosen see this record."""
    found = _restriction(request, restriction_id)
    form = CarersForm(request.POST, choices=carers_to_choose(request.user))

    def deed() -> None:
        fields = form.cleaned_data
        actions.name_carers(found, carers=fields["carers"], read_version=fields["version"], by=request.user)

    return _done(request, found.patient, deed, "The list of carers is changed.", carers=form)


@keeper_required
@require_POST
@recent_proof_required()
def restriction_lift(request: HttpRequest, restriction_id: uuid.UUID) -> HttpResponse:
    """Let the whole care team see this record again."""
    found = _restriction(request, restriction_id)
    form = LiftForm(request.POST)

    def deed() -> None:
        fields = form.cleaned_data
        actions.lift_restriction(
            found, reason=fields["lift_reason"], read_version=fields["version"], by=request.user
        )

    return _done(request, found.patient, deed, "The restriction is lifted.", lift=form)


def _done(
    request: HttpRequest, patient: Patient, deed: Callable[[], None], said: str, **form: Any
) -> HttpResponse:
    """Do it where the form is valid and say so; else the page again, with what was wrong."""
    [sent] = form.values()
    if not sent.is_valid():
        return _page(request, patient, status=422, **form)
    try:
        deed()
    except actions.Overtaken as problem:
        messages.error(request, str(problem))
        return _page(request, patient, status=409)
    except actions.NotPossible as problem:
        sent.add_error(None, str(problem))
        return _page(request, patient, status=422, **form)
    messages.success(request, said)
    if actions.may_restrict(patient, request.user):
        return redirect("restriction", patient.id)
    return redirect("home")
