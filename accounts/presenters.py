"""What the members page shows."""

from collections.abc import Sequence

from accounts.models import Membership, MembershipQuerySet, Person


def members_of(user: Person) -> MembershipQuerySet:
    """The present members of the clinic where `user` stands, without patients who can open the portal."""
    return Membership.objects.visible_to(user).current().members().with_second_factor()


def members_by_name(user: Person) -> Sequence[Membership]:
    """The same in the order of the page, in one query."""
    return list(members_of(user).order_by("person__full_name", "id"))
