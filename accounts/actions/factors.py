"""Noting that a person logs in with something else than before."""

from django.db import transaction
from django.db.models import F

from accounts.models import Person
from accounts.tenancy import in_clinic
from audit import actions as audit


@transaction.atomic
def note_factor(person: Person, *, action: str, kind: str) -> None:
    """Record that a second factor of the person's own was set up or given up, and end his sessions."""
    Person.objects.filter(pk=person.pk).update(factors_version=F("factors_version") + 1)
    person.refresh_from_db(fields=["factors_version"])
    _record(action, person, kind=kind)


def note_new_password(person: Person, *, by_link: bool) -> None:
    """Record a new password. Sessions end by themselves: they hold a digest of the old one."""
    _record("accounts.password.changed", person, by_link=by_link)


def _record(action: str, person: Person, **details: str | bool) -> None:
    clinic_id = person.standing.clinic_id if person.standing else None
    with in_clinic(clinic_id, person_id=person.id) if clinic_id else transaction.atomic():
        audit.record(
            action,
            by=person,
            clinic_id=clinic_id,
            object_kind="accounts.person",
            object_id=person.id,
            details=details,
        )
