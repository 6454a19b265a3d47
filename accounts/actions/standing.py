"""Where a person stands: asked of the database, for each request and each task."""

import uuid

from accounts.models import Membership, Person
from accounts.tenancy import act_for


def take_standing(person: Person, *, membership_id: uuid.UUID | None = None) -> Person:
    """Set the person's standing and the transaction's clinic from the database as it is now.

    With several memberships the first by the clinic's name counts, or the one that a token names. Without a
    current membership the standing is None and no rows exist.
    """
    act_for(clinic_id=None, person_id=person.id)
    mine = Membership.objects.current().filter(person=person).select_related("clinic")
    if membership_id is not None:
        mine = mine.filter(pk=membership_id)
    chosen = mine.order_by("clinic__name", "id").first()
    person.standing = chosen.standing if chosen else None
    act_for(clinic_id=chosen.clinic_id if chosen else None, person_id=person.id)
    return person
