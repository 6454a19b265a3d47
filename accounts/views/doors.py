"""The door: to the login, or to where a person's work begins."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import Role

HOMES = {
    Role.CLINICIAN: "worklist",
    Role.STAFF: "worklist",
    Role.ADMIN: "clinic_settings",
    Role.PATIENT: "my_recovery",
}


def home(request: HttpRequest) -> HttpResponse:
    """To the login, or to the first page of this person's role."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if request.user.standing is None:
        raise Http404
    return redirect(HOMES[request.user.standing.role])
