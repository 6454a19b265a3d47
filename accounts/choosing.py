"""Which of his clinics a person works in now: his choice, kept in the session and asked of the database."""

import uuid

from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from django.contrib import messages
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

CLINIC = "clinic"


def chosen_clinic(request: HttpRequest) -> uuid.UUID | None:
    """The clinic that was chosen in this session; whether he still stands in it, the database says."""
    chosen = request.session.get(CLINIC)
    return uuid.UUID(chosen) if chosen else None


def choose(request: HttpRequest, clinic_id: uuid.UUID) -> None:
    """Work in this clinic from the next request on, and take nothing along from another one."""
    if {clinic_id} == {request.user.acting.clinic_id, chosen_clinic(request) or clinic_id}:
        request.session[CLINIC] = str(clinic_id)
    else:
        move_to(request, clinic_id)


def move_to(request: HttpRequest, clinic_id: uuid.UUID) -> None:
    """The same, where there is another one to leave."""
    # A form that was drawn in one clinic would otherwise be carried out in another, from a tab left open.
    rotate_token(request)
    request.session.pop(STATE_SESSION_KEY, None)
    # What was to be said may name a patient; reading the messages is what takes them away.
    list(messages.get_messages(request))
    request.session[CLINIC] = str(clinic_id)
