"""Mails in the background: one on a nudge, and a sweep for whatever a lost nudge left undone."""

import smtplib
import time
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.models import Clinic, Invitation, Person, ResetRequest, Role
from accounts.tenancy import in_clinic

log = structlog.get_logger(__name__)

BATCH = 100
# Another try would end the same way.
REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused)
# A sweep takes no further mail in hand after this long: the next one, a minute later, goes on.
SWEEP_SECONDS = 45


# Both limits end before accounts.models.LONGEST_TRY, after which another worker may take the mail.
@shared_task(name="accounts.tell_invitation", soft_time_limit=40, time_limit=45)
def tell_invitation(clinic_id: str, invitation_id: str) -> None:
    """Send one mail. Safe to run twice, late, or for an invitation that was told already."""
    tell(uuid.UUID(invitation_id), clinic_id=uuid.UUID(clinic_id))


@shared_task(name="accounts.sweep")
def sweep() -> int:
    """Send every mail that is due and that no worker has in hand."""
    until = time.monotonic() + SWEEP_SECONDS
    # First who stands before a closed door now.
    asked = ResetRequest.objects.left_undone(timezone.now()).values_list("id", flat=True)[:BATCH]
    resets = sum(tell_person(request_id) for request_id in asked if time.monotonic() < until)
    return resets + sum(
        tell(invitation_id, clinic_id=clinic_id)
        for clinic_id, invitation_id in _waiting()
        if time.monotonic() < until
    )


def _waiting() -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    for clinic in Clinic.objects.all():
        with in_clinic(clinic.id):
            due = Invitation.objects.left_undone(timezone.now())
            found = list(due.values_list("id", flat=True)[:BATCH])
        for invitation_id in found:
            yield clinic.id, invitation_id


def tell(invitation_id: uuid.UUID, *, clinic_id: uuid.UUID) -> bool:
    """Send the mail of an invitation; True where this call sent it.

    No transaction is open while a mail server is waited for. A worker that dies between the mail and the note
    of it sends the same mail again: both have one Message-ID and one link.
    """
    with in_clinic(clinic_id):
        invitation = actions.begin_telling(invitation_id)
    if invitation is None:
        return False
    try:
        letter_of(invitation).send()
    except REFUSALS as problem:
        _note_untold(invitation, problem, give_up=True)
    except Exception as problem:
        _note_untold(invitation, problem, give_up=False)
    else:
        with in_clinic(clinic_id):
            actions.note_told(invitation)
        return True
    return False


def _note_untold(invitation: Invitation, problem: Exception, *, give_up: bool) -> None:
    # What a mail server says may hold the address; the kind of the error does not.
    log.error("mail_failed", invitation=str(invitation.id), error=type(problem).__name__)
    with in_clinic(invitation.clinic_id):
        actions.note_untold(invitation, because=type(problem).__name__, give_up=give_up)


def letter_of(invitation: Invitation) -> EmailMessage:
    """The mail: where the link leads, and no word about why somebody would be invited."""
    link = settings.SITE_URL + reverse("join_link", args=[actions.token_of(invitation)])
    context = {
        "link": link,
        "expires_at": invitation.expires_at,
        "clinic_name": "" if invitation.role == Role.PATIENT else invitation.clinic.name,
    }
    host = urlsplit(settings.SITE_URL).hostname
    with timezone.override(invitation.clinic.time_zone):
        body = render_to_string("accounts/mail/invitation.txt", context)
    return EmailMessage(
        subject="Your invitation",
        body=body,
        to=[invitation.email],
        headers={"Message-ID": f"<invitation-{invitation.id}-{invitation.sending}@{host}>"},
    )


@shared_task(name="accounts.tell_reset", soft_time_limit=40, time_limit=45)
def tell_reset(request_id: str) -> None:
    """Answer a request for a new password. Safe to run twice, late, or for one that was answered already."""
    tell_person(uuid.UUID(request_id))


def tell_person(request_id: uuid.UUID) -> bool:
    """Send the link for a new password to whoever has the address; True where this call sent it.

    As with invitations, no transaction is open while a mail server is waited for.
    """
    begun = actions.begin_reset(request_id)
    if begun is None:
        return False
    asked, person = begun
    try:
        reset_letter(asked, person).send()
    except REFUSALS as problem:
        _note_reset_untold(asked, problem, give_up=True)
    except Exception as problem:
        _note_reset_untold(asked, problem, give_up=False)
    else:
        actions.note_reset_told(asked)
        return True
    return False


def _note_reset_untold(asked: ResetRequest, problem: Exception, *, give_up: bool) -> None:
    log.error("mail_failed", reset=str(asked.id), error=type(problem).__name__)
    actions.note_reset_untold(asked, because=type(problem).__name__, give_up=give_up)


def reset_letter(asked: ResetRequest, person: Person) -> EmailMessage:
    """The mail with the link, which works once and until PASSWORD_RESET_TIMEOUT is over."""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    link = get_adapter().get_reset_password_from_key_url(key)
    host = urlsplit(settings.SITE_URL).hostname
    return EmailMessage(
        subject="Your link for a new password",
        body=render_to_string("accounts/mail/new_password.txt", {"link": link}),
        to=[person.email],
        headers={"Message-ID": f"<reset-{asked.id}@{host}>"},
    )


@shared_task(name="accounts.forget_resets")
def forget_resets() -> int:
    """Forget requests for a new password that are a day old. Safe to run twice, or late."""
    return actions.forget_resets()


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> int:
    """Forget sessions that nobody can use any more, and what was kept too long in others. Twice is once."""
    return actions.forget_sessions()


@shared_task(name="accounts.forget_sent_forms")
def forget_sent_forms() -> int:
    """Forget the sent forms of every clinic that are older than REMEMBERED. Safe to run twice, or late."""
    return sum(actions.forget_sent_forms(clinic.id) for clinic in Clinic.objects.all())
