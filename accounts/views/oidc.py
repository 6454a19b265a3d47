"""To the provider's log-in and back; 404 unless a provider is configured."""

from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import oidc
from accounts.actions import person_of_address
from accounts.denials import note_refused_provider
from accounts.models import Person
from accounts.permissions import anyone_may

View = Callable[[HttpRequest], HttpResponse]
# Each step asks the provider something: nobody makes us ask it more often than people log in.
RATE = "30/m/ip"


def _outside(view: View) -> View:
    """For somebody who is not logged in, where there is a provider; every refusal is noted, and one page."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not oidc.is_on():
            raise Http404
        if request.user.is_authenticated:
            return redirect("home")
        usage = ratelimit.consume(
            request, app="accounts", action="oidc", config={"oidc": RATE}, limit_get=True
        )
        if usage is None:
            return ratelimit.respond_429(request)
        try:
            return view(request)
        except oidc.Refused as refused:
            note_refused_provider(because=refused.because)
            return render(request, "account/oidc_refused.html", status=403)

    return guarded


@anyone_may
@require_POST
@_outside
def oidc_leave(request: HttpRequest) -> HttpResponse:
    """To the provider."""
    return oidc.leave(request)


@anyone_may
@require_GET
@_outside
def oidc_back(request: HttpRequest) -> HttpResponse:
    """From the provider: whoever is known by the address that it vouches for goes on as with a password."""
    person = person_of_address(oidc.vouched(request).email)
    if person is None:
        raise oidc.Refused("unknown")
    return _let_in(request, person)


def _let_in(request: HttpRequest, person: Person) -> HttpResponse:
    """On to the second factor, unless the operator says that the provider has asked for one."""
    request.factor_shown_elsewhere = settings.OIDC_ENFORCES_MFA  # type: ignore[attr-defined]
    record_authentication(request, person, method="oidc")
    answer: HttpResponse = perform_login(request, Login(user=person, email=person.email))
    if request.user.is_authenticated and settings.OIDC_ENFORCES_MFA:
        request.session["factor_shown_elsewhere"] = True
    return answer
