"""New passwords by mail: each address that is typed leaves the same row; a worker finds out whose it is."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.actions.entering import person_of_address
from accounts.actions.nudging import nudge
from accounts.models import MOST_TRIES, Person, ResetRequest

TELL_RESET = "accounts.tell_reset"
# Nothing needs the row after its link has expired; a day is left for whoever looks into a complaint.
REMEMBERED = timedelta(hours=24)


@transaction.atomic
def ask_for_reset(*, email: str) -> ResetRequest:
    """Remember that a new password was asked for; the mail follows where somebody has the address."""
    asked = ResetRequest.objects.create(email=email)
    nudge(TELL_RESET, asked.id)
    return asked


@transaction.atomic
def begin_reset(request_id: uuid.UUID) -> tuple[ResetRequest, Person] | None:
    """Take a request in hand and count the try; None where there is no mail to send.

    The mail goes to the address that we know the person by, never to the one that was typed. Commit before
    sending, so that a mail which kills its worker is given up after MOST_TRIES.
    """
    now = timezone.now()
    waiting = ResetRequest.objects.left_undone(now).filter(pk=request_id)
    asked = waiting.select_for_update(skip_locked=True).first()
    if asked is None:
        return None
    asked.attempts += 1
    person = person_of_address(asked.email)
    if person is None:
        asked.told_at = now
        asked.save(update_fields=["attempts", "told_at"])
        return None
    asked.started_at = now
    asked.save(update_fields=["attempts", "started_at"])
    return asked, person


@transaction.atomic
def note_reset_told(asked: ResetRequest) -> None:
    """The mail is on its way."""
    asked.told_at, asked.started_at, asked.error = timezone.now(), None, ""
    asked.save(update_fields=["told_at", "started_at", "error"])


@transaction.atomic
def note_reset_untold(asked: ResetRequest, *, because: str, give_up: bool) -> None:
    """Say why there was no mail. `give_up` where another try would end the same way."""
    asked.started_at, asked.error = None, because
    asked.attempts = MOST_TRIES if give_up else asked.attempts
    asked.save(update_fields=["started_at", "error", "attempts"])


def forget_resets() -> int:
    """Forget what was asked longer ago than REMEMBERED; returns how many."""
    return int(ResetRequest.objects.filter(asked_at__lt=timezone.now() - REMEMBERED).delete()[0])
