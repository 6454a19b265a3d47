"""Mails in the background: one on a nudge, and a sweep for whatever a lost nudge left undone."""

import smtplib
import time
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.models import Clinic, Invitation, Role
from accounts.tenancy import in_clinic

log = structlog.get_logger(__name__)

BATCH = 100
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
    return sum(
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
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as problem:
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


@shared_task(name="accounts.forget_sent_forms")
def forget_sent_forms() -> int:
    """Forget the sent forms of every clinic that are older than REMEMBERED. Safe to run twice, or late."""
    return sum(actions.forget_sent_forms(clinic.id) for clinic in Clinic.objects.all())
