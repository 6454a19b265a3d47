"""Where a person stands: asked of the database, for each request and each task."""

import uuid

from accounts.models import Membership, Person
from accounts.tenancy import act_for


def take_standing(
    person: Person, *, clinic_id: uuid.UUID | None = None, membership_id: uuid.UUID | None = None
) -> Person:
    """Set the person's standing and the transaction's clinic from the database as it is now.

    With several memberships that of `clinic_id` counts, and where there is none the first by the clinic's
    name; a token names its own by `membership_id`, and no other counts. Without a current membership the
    standing is None and no rows exist.
    """
    act_for(clinic_id=None, person_id=person.id)
    mine = Membership.objects.current().filter(person=person).select_related("clinic")
    if membership_id is not None:
        mine = mine.filter(pk=membership_id)
    person.standings = tuple(each.standing for each in mine.order_by("clinic__name", "id"))
    chosen = [each for each in person.standings if each.clinic_id == clinic_id]
    person.standing = next(iter([*chosen, *person.standings]), None)
    act_for(clinic_id=person.standing.clinic_id if person.standing else None, person_id=person.id)
    return person
