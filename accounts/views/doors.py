"""The door: to the login, or to where a person's work begins."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.choosing import choose, chosen_clinic
from accounts.models import Role
from accounts.permissions import anyone_may, standing_required

HOMES = {
    Role.CLINICIAN: "worklist",
    Role.STAFF: "worklist",
    Role.ADMIN: "clinic_settings",
    Role.PATIENT: "my_recovery",
}


@anyone_may
def home(request: HttpRequest) -> HttpResponse:
    """To the login, to the choice of a clinic, or to the first page of this person's role."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if request.user.standing is None:
        raise Http404
    mine = [each.clinic_id for each in request.user.standings]
    if chosen_clinic(request) not in mine:
        if len(mine) > 1:
            return redirect("clinic_choose")
        choose(request, mine[0])
    return redirect(HOMES[request.user.standing.role])


@standing_required
@require_http_methods(["GET", "POST"])
def clinic_choose(request: HttpRequest) -> HttpResponse:
    """Which of his clinics a person works in from now on."""
    if request.method == "POST":
        wanted = request.POST.get("clinic", "")
        mine = [each.clinic_id for each in request.user.standings if str(each.clinic_id) == wanted]
        if not mine:
            raise Http404
        choose(request, mine[0])
        return redirect("home")
    context = {"standings": request.user.standings, "here": request.user.acting.clinic_id}
    return render(request, "accounts/choose_clinic.html", context)
