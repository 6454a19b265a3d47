"""Founding clinics and admitting people to them."""

from django.db import transaction

from accounts.models import Clinic, Membership, Person, Role
from accounts.tenancy import in_clinic
from audit import actions as audit


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
