"""The clinic's own cut-offs: what holds, who set it when and why, and the form that sets another."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import keeper_required
from accounts.sending import both_sides, not_current, sent_once, sent_or_kept
from monitoring import actions, presenters
from monitoring.forms import CutOffForm


@keeper_required
@sent_once
@require_http_methods(["GET", "POST"])
def cut_offs(request: HttpRequest) -> HttpResponse:
    """Every cut-off that the rulebook leaves to a clinic. What is set holds for every record from now on."""
    shown = presenters.cut_offs_of(request.user)
    names = [(row.name, f"{row.meaning} ({row.unit})") for row in shown.rows]
    form = CutOffForm(sent_or_kept(request), choices=names)
    if request.method == "POST":
        if refused := not_current(request, presenters.cut_offs_on_file(shown), form=form):
            return refused
        if form.is_valid():
            return _set(request, form, int(shown.version) - 1)
    status = 422 if request.method == "POST" else 200
    return render(request, "monitoring/cut_offs.html", {"shown": shown, "form": form}, status=status)


def _set(request: HttpRequest, form: CutOffForm, read_number: int) -> HttpResponse:
    try:
        actions.set_cut_off(**form.cleaned_data, read_number=read_number, by=request.user)
    except actions.Overtaken:
        now = presenters.cut_offs_of(request.user)
        return both_sides(request, presenters.cut_offs_on_file(now), form=form)
    messages.success(request, "Set. Every record is judged anew by it within minutes.")
    return redirect("cut_offs")
