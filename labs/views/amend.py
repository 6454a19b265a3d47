"""Amending a panel: a new version with a reason, never over somebody else's."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.permissions import care_team_required
from accounts.sending import sent_once, sent_or_kept
from labs import actions
from labs.forms import EntryForm, confirmed_in, typed_in
from labs.models import Panel, PanelKind
from labs.presenters import differences_between, entry_page, typed_of, versions_of
from labs.views.entry import form_of, show, stored_message
from labs.views.finding import panel_or_404, version_read
from patients.guards import wrong_patient


@care_team_required
@sent_once
@require_http_methods(["GET", "POST"])
def panel_amend(request: HttpRequest, panel_id: uuid.UUID) -> HttpResponse:
    """Amend a panel; the form starts with what was typed for it."""
    panel = panel_or_404(request.user, panel_id)
    if request.method == "POST":
        return wrong_patient(request, panel.patient) or _amend(request, panel)
    if kept := sent_or_kept(request):
        form = _form(request, panel, typed_in(kept, PanelKind(panel.kind)), bound=False)
        return show(request, entry_page(panel.patient, PanelKind(panel.kind), form, amends=panel))
    newest = versions_of(panel)[-1]
    if newest.pk != panel.pk:
        messages.warning(request, f"Version {panel.version} was replaced. This is version {newest.version}.")
        return redirect("panel_amend", newest.pk)
    form = _form(request, panel, typed_of(panel), bound=False)
    return show(request, entry_page(panel.patient, PanelKind(panel.kind), form, amends=panel))


def _form(request: HttpRequest, panel: Panel, typed: dict[str, str], *, bound: bool = True) -> EntryForm:
    return form_of(
        typed,
        patient=panel.patient,
        by=request.user,
        kind=PanelKind(panel.kind),
        zone=panel.collected_zone,
        bound=bound,
        amends=True,
    )


def _amend(request: HttpRequest, panel: Panel) -> HttpResponse:
    kind, confirmed = PanelKind(panel.kind), confirmed_in(request.POST)
    form = _form(request, panel, typed_in(request.POST, kind))
    version = version_read(request)
    if version is None:
        page = entry_page(panel.patient, kind, form, seen=confirmed, amends=panel, version_missing=True)
        return show(request, page, status=428)
    if not form.is_valid():
        page = entry_page(panel.patient, kind, form, seen=confirmed, amends=panel)
        return show(request, page, status=422)
    try:
        new = actions.amend_panel(
            panel,
            by=request.user,
            reason=form.reason.cleaned_data["reason"],
            read_version=version,
            laboratory=form.laboratory,
            collection=form.collection,
            entered=form.entered,
            entry_key=form.entry_key,
            semen=form.details,
            confirmed=confirmed,
        )
    except actions.EntryRefused:
        page = entry_page(panel.patient, kind, form, seen=confirmed, amends=panel)
        return show(request, page, status=422)
    except actions.Overtaken:
        return _both_sides(request, panel, form)
    messages.success(
        request, f"{stored_message(new)} It is version {new.version}; the old one stays readable."
    )
    return redirect("panel", new.pk)


def _both_sides(request: HttpRequest, panel: Panel, form: EntryForm) -> HttpResponse:
    """What was read, what stands now, and what was typed; the form goes on from what stands now."""
    newest = panel_or_404(request.user, versions_of(panel)[-1].pk)
    page = entry_page(
        newest.patient,
        PanelKind(newest.kind),
        form,
        amends=newest,
        differences=differences_between(panel, newest, typed=form.typed),
        overtaken=True,
    )
    return show(request, page, status=409)
