"""Forms that were sent: taken once for each key, their answers kept, and forgotten after a time."""

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, SentForm
from accounts.tenancy import in_clinic

# Longer than any page stays open or any network tries again.
REMEMBERED = timedelta(days=7)


class Overtaken(Exception):
    """The record is not what it was when its form was drawn; nothing was changed."""

    def __init__(self, record: object) -> None:
        super().__init__("This was changed in the meantime.")
        self.record = record


class KeyUsed(Exception):
    """The key of a form stands for another record, of which nothing is said; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("This form was stored before, with other content.")


@transaction.atomic
def take_form(entry_key: uuid.UUID, *, digest: str, by: Person) -> tuple[SentForm, bool]:
    """The form of this key, and whether it is sent for the first time.

    Of two at once the second waits here until the first is committed, or takes its place where that failed.
    """
    return SentForm.objects.get_or_create(
        clinic_id=by.acting.clinic_id, entry_key=entry_key, defaults={"person": by, "digest": digest}
    )


@transaction.atomic
def keep_answer(form: SentForm, *, answer: str) -> None:
    """Remember where the form's sender was led, for the time when it comes again."""
    form.answer = answer
    form.save(update_fields=["answer"])


@transaction.atomic
def let_go(form: SentForm) -> None:
    """Forget a form that had no effect: it may be corrected and sent again."""
    form.delete()


def forget_sent_forms(clinic_id: uuid.UUID) -> int:
    """Forget the forms of a clinic that can hardly come again; returns how many."""
    with in_clinic(clinic_id):
        old = SentForm.objects.filter(clinic_id=clinic_id, sent_at__lt=timezone.now() - REMEMBERED)
        return int(old.delete()[0])
