"""Founding clinics, admitting people, and reading a person's standing."""

import uuid

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import Clinic, Membership, Person, Role
from accounts.tenancy import act_for, in_clinic
from audit import actions as audit

log = structlog.get_logger(__name__)


@transaction.atomic
def found_clinic(name: str, *, time_zone: str = "UTC", address: str = "", phone: str = "") -> Clinic:
    """Create a clinic. Its first admin is admitted next, with `admit`."""
    return Clinic.objects.create(name=name, time_zone=time_zone, address=address, phone=phone)


@transaction.atomic
def admit(
    clinic: Clinic, *, email: str, full_name: str, role: Role, by: Person | None, password: str | None
) -> Person:
    """Give somebody a role in the clinic, creating the person where the e-mail address is new.

    Returns the person, standing in this clinic. Without a password the person sets one by the reset link.
    """
    person = Person.objects.filter(email__iexact=email).first()
    if person is None:
        person = Person.objects.create_user(email, password, full_name=full_name)
    with in_clinic(clinic.id):
        membership = Membership.objects.create(clinic=clinic, person=person, role=role)
        audit.record(
            "accounts.person.admitted",
            by=by,
            clinic_id=clinic.id,
            object_kind="accounts.membership",
            object_id=membership.id,
            details={"role": role.value},
        )
    person.standing = membership.standing
    return person


@transaction.atomic
def end_membership(membership: Membership, *, by: Person) -> Membership:
    """Take the role away. The next request of that person sees nothing of the clinic."""
    membership.ended_at = timezone.now()
    membership.save(update_fields=["ended_at"])
    audit.record(
        "accounts.membership.ended",
        by=by,
        clinic_id=membership.clinic_id,
        object_kind="accounts.membership",
        object_id=membership.id,
    )
    return membership


def take_standing(person: Person) -> Person:
    """Set the person's standing and the transaction's clinic from the database as it is now.

    With several memberships the first by the clinic's name counts. Without a current membership the standing
    is None and no rows exist.
    """
    act_for(clinic_id=None, person_id=person.id)
    mine = Membership.objects.current().filter(person=person).select_related("clinic")
    chosen = mine.order_by("clinic__name", "id").first()
    person.standing = chosen.standing if chosen else None
    act_for(clinic_id=chosen.clinic_id if chosen else None, person_id=person.id)
    return person


def nudge(task: str, *ids: uuid.UUID) -> None:
    """Once this transaction is committed, wake a worker. PostgreSQL remembers the work if nobody wakes.

    The task is named, not imported: the floor that records a fact does not know the floor that judges it.
    """

    def wake() -> None:
        try:
            current_app.send_task(task, args=[str(each) for each in ids], retry=False)
        except (OperationalError, OSError) as error:
            log.warning("broker_unreachable", task=task, error=type(error).__name__)

    transaction.on_commit(wake)
