"""Who comes in: whom an address belongs to, and the note that somebody logged in."""

from django.db import transaction

from accounts.models import Person
from audit import actions as audit


def person_of_address(email: str) -> Person | None:
    """Who has this address and may log in; None where nobody does. Addresses are kept in small letters."""
    return Person.objects.filter(email=email.lower(), is_active=True).first() if "\0" not in email else None


@transaction.atomic
def note_log_in(person: Person, *, means: list[str]) -> None:
    """Record that somebody is in, and what he showed for it."""
    audit.record(
        "accounts.person.logged_in",
        by=person,
        clinic_id=None,
        object_kind="accounts.person",
        object_id=person.id,
        details={"means": means},
    )
