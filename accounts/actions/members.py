"""Changing the roles of members, and ending them."""

import uuid

from django.db import transaction
from django.utils import timezone

from accounts.actions.sending import Overtaken
from accounts.models import MEMBERS, Membership, Person, Role
from audit import actions as audit


class NotPossible(Exception):
    """A deed that the state of the membership does not allow; the message says why."""


@transaction.atomic
def change_role(membership: Membership, *, role: Role, read_version: int, by: Person) -> Membership:
    """Give a member another role, in force with his next request.

    Raises Overtaken where the membership has changed since it was read, and NotPossible where it is one's
    own, `by` is no clinic admin as the database knows it now, or no admin would be left.
    """
    admins = _lock_admins(membership.clinic_id)
    membership = _take(membership, read_version=read_version)
    _refuse_own(membership, by)
    if role not in MEMBERS or membership.role not in MEMBERS:
        raise NotPossible("Only the role of a member can be changed, and only to another role of a member.")
    if by.id not in admins:
        raise NotPossible("Only a clinic admin gives roles, and you are none any more.")
    if role != Role.ADMIN:
        _refuse_last(membership, admins)
    was, membership.role = membership.role, role
    membership.version += 1
    membership.save(update_fields=["role", "version"])
    _note("accounts.membership.changed", membership, by=by, was=was, role=role.value)
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, read_version: int, by: Person) -> Membership:
    """End a member's role by an admin. Raises Overtaken, or NotPossible as `end_membership` does."""
    _lock_admins(membership.clinic_id)
    membership = _take(membership, read_version=read_version)
    _refuse_own(membership, by)
    return end_membership(membership, by=by)


@transaction.atomic
def end_membership(membership: Membership, *, by: Person) -> Membership:
    """Take the role away. The next request of that person sees nothing of the clinic.

    Raises NotPossible where the clinic would be left without an admin.
    """
    _refuse_last(membership, _lock_admins(membership.clinic_id))
    membership.ended_at = timezone.now()
    membership.version += 1
    membership.save(update_fields=["ended_at", "version"])
    _note("accounts.membership.ended", membership, by=by)
    return membership


def _lock_admins(clinic_id: uuid.UUID) -> set[uuid.UUID]:
    """Who is admin now. Locked, so that two admins who lower each other at once are one after the other."""
    rows = Membership.objects.current().filter(clinic_id=clinic_id, role=Role.ADMIN)
    return set(rows.select_for_update(of=("self",)).order_by("id").values_list("person_id", flat=True))


def _take(membership: Membership, *, read_version: int) -> Membership:
    now = Membership.objects.select_for_update(of=("self",)).select_related("person").get(pk=membership.pk)
    if now.version != read_version or now.ended_at is not None:
        raise Overtaken(now)
    return now


def _refuse_own(membership: Membership, by: Person) -> None:
    if membership.person_id == by.id:
        raise NotPossible("Nobody changes or ends his own role. Ask another clinic admin.")


def _refuse_last(membership: Membership, admins: set[uuid.UUID]) -> None:
    if admins == {membership.person_id}:
        raise NotPossible("The clinic would be left without an admin. Make somebody else an admin first.")


def _note(action: str, membership: Membership, *, by: Person, **details: str) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=membership.clinic_id,
        object_kind="accounts.membership",
        object_id=membership.id,
        details=details,
    )
