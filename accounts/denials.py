"""Whoever was refused is written down, in a transaction of its own: a refusal undoes the request's."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

from accounts.models import Person
from accounts.tenancy import in_clinic
from audit import actions as audit
from audit.models import Outcome

# What the ids in our routes name.
KINDS = {
    "patient_id": "patients.patient",
    "restriction_id": "patients.restriction",
    "emergency_id": "patients.emergencyaccess",
    "panel_id": "labs.panel",
    "course_id": "protocols.course",
    "flag_id": "monitoring.flag",
    "retest_id": "monitoring.retest",
    "episode_id": "patients.episode",
    "dry_run_id": "monitoring.dryrun",
    "document_id": "documents.document",
    "membership_id": "accounts.membership",
    "note_id": "patients.note",
    "invitation_id": "accounts.invitation",
    "token_id": "accounts.apitoken",
    "version_id": "protocols.protocolversion",
}


class DenialMiddleware:
    """Stands around the request's transaction. Where the refusal cannot be recorded, the request fails."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in (403, 404) and request.user.is_authenticated:
            _note_denial(request, response.status_code)
        return response


def _note_denial(request: HttpRequest, status: int) -> None:
    match = _match_of(request)
    if match is None:
        return
    # A page that names no record was refused for who asked, and stands for itself.
    key, object_id = next(
        ((key, value) for key, value in match.kwargs.items() if isinstance(value, uuid.UUID)),
        ("route", (match.url_name or match.route)[:64]),
    )
    standing = request.user.standing
    _record(
        "accounts.access.refused",
        by=request.user,
        clinic_id=standing.clinic_id if standing else None,
        object_kind=KINDS.get(key, key),
        object_id=object_id,
        patient_id=match.kwargs.get("patient_id"),
        details={"route": match.url_name, "method": request.method, "status": status},
    )


def _match_of(request: HttpRequest) -> ResolverMatch | None:
    """The route that answered: that of a request which was taken up again is not the one that was asked."""
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def note_refused_token() -> None:
    """Write down that somebody showed a token that opens nothing; the token itself is not kept."""
    _record(
        "accounts.token.refused",
        by=None,
        clinic_id=None,
        object_kind="accounts.apitoken",
        object_id="",
        patient_id=None,
        details={},
    )


@receiver(user_login_failed, dispatch_uid="accounts.note_failed_log_in")
def note_failed_log_in(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Write down who was tried. An address that nobody has is not kept: it may be a mistyped password."""
    email = str(credentials.get("email") or credentials.get("username") or "")
    person = Person.objects.filter(email__iexact=email).first() if "\0" not in email else None
    _record(
        "accounts.log_in.refused",
        by=None,
        clinic_id=None,
        object_kind="accounts.person",
        object_id=person.id if person else "",
        patient_id=None,
        details={},
    )


def note_refused_factor(person: Person, *, kind: str) -> None:
    """Write down that a second factor was not the right one."""
    _record(
        "accounts.second_factor.refused",
        by=None,
        clinic_id=None,
        object_kind="accounts.person",
        object_id=person.id,
        patient_id=None,
        details={"kind": kind},
    )


def note_refused_provider(*, because: str) -> None:
    """Write down that a log-in by the organisation's provider opened nothing, and why in one word.

    Whom it was about is not kept: what a provider says that we do not trust names nobody.
    """
    _record(
        "accounts.log_in.refused",
        by=None,
        clinic_id=None,
        object_kind="accounts.person",
        object_id="",
        patient_id=None,
        details={"by": "oidc", "because": because},
    )


def _record(action: str, *, clinic_id: uuid.UUID | None, **event: Any) -> None:
    with in_clinic(clinic_id) if clinic_id else transaction.atomic():
        audit.record(action, clinic_id=clinic_id, outcome=Outcome.SERIOUS_FAILURE, **event)
