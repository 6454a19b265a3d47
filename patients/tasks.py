"""Telling a clinic's admins that somebody broke the glass: on a nudge, and by a sweep of what is due."""

import uuid
from email.utils import make_msgid

import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from accounts.models import Clinic, Membership, Role
from accounts.tenancy import in_clinic
from patients import actions
from patients.models import EmergencyAccess

log = structlog.get_logger(__name__)

BATCH = 100
SUBJECT = "Emergency access was used in your clinic"
# Neither who, nor whose record: a mail is read on telephones and by whoever stands beside.
BODY = """Somebody in {clinic} has used emergency access to a restricted record.

Log in to Recovery Clinic and open "Restricted records" to review it.

Reference: {reference}
"""


# Both limits end before patients.models.restricting.LONGEST_TRY, after which another worker may take it.
@shared_task(name="patients.tell_of_emergency", soft_time_limit=20, time_limit=25)
def tell_of_emergency(clinic_id: str, access_id: str) -> None:
    """Send one notice. Safe to run twice, late, or for a notice that is sent already."""
    tell(uuid.UUID(access_id), clinic_id=uuid.UUID(clinic_id))


@shared_task(name="patients.sweep_emergencies")
def sweep_emergencies() -> int:
    """Send every notice that is due and that no worker has in hand."""
    told = 0
    for clinic in Clinic.objects.all():
        with in_clinic(clinic.id):
            due = list(EmergencyAccess.objects.untold().values_list("id", flat=True)[:BATCH])
        told += sum(tell(access_id, clinic_id=clinic.id) for access_id in due)
    return told


def tell(access_id: uuid.UUID, *, clinic_id: uuid.UUID) -> bool:
    """Send the notice to each admin; True where this call did. The try is committed before it begins."""
    with in_clinic(clinic_id):
        access = actions.begin_notice(access_id)
        admins = list(_addresses_of_admins(clinic_id))
        clinic = Clinic.objects.get(pk=clinic_id)
    if access is None:
        return False
    error = _send(access, clinic, admins)
    with in_clinic(clinic_id):
        actions.end_notice(access_id, error=error)
    return not error


def _addresses_of_admins(clinic_id: uuid.UUID) -> list[str]:
    admins = Membership.objects.current().filter(clinic_id=clinic_id, role=Role.ADMIN)
    return list(admins.order_by("id").values_list("person__email", flat=True))


def _send(access: EmergencyAccess, clinic: Clinic, admins: list[str]) -> str:
    """Why it was not sent; empty where it was. Twice is possible and carries the same reference."""
    if not admins:
        return "The clinic has no admin to tell."
    body = BODY.format(clinic=clinic.name, reference=access.id)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    try:
        get_connection().send_messages(
            [
                EmailMessage(
                    SUBJECT, body, to=[admin], headers={"Message-ID": make_msgid(access.id.hex, domain)}
                )
                for admin in admins
            ]
        )
    except Exception as problem:
        # Whatever the mail server says may quote an address: the kind of failure alone is kept.
        log.warning("notice_not_sent", access=str(access.id), error=type(problem).__name__)
        return f"{type(problem).__name__} while the mail was sent."
    return ""
