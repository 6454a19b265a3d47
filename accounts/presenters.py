"""What the members page shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import MOST_TRIES, Invitation, Membership, MembershipQuerySet, Person, Role


def members_of(user: Person) -> MembershipQuerySet:
    """The present members of the clinic where `user` stands, without patients who can open the portal."""
    return Membership.objects.visible_to(user).current().members().with_second_factor()


def members_by_name(user: Person) -> Sequence[Membership]:
    """The same in the order of the page, in one query."""
    return list(members_of(user).order_by("person__full_name", "id"))


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation that nobody has taken up yet, and how it stands with it."""

    invitation: Invitation
    is_expired: bool
    is_given_up: bool

    @property
    def is_waiting(self) -> bool:
        return self.invitation.told_at is None and not self.is_given_up and not self.is_expired


def row_of(invitation: Invitation) -> InvitationRow:
    """How an invitation stands now."""
    is_given_up = invitation.told_at is None and invitation.attempts >= MOST_TRIES
    return InvitationRow(invitation, invitation.expires_at <= timezone.now(), is_given_up)


def invitations_of(user: Person) -> Sequence[InvitationRow]:
    """The invitations of members that are not decided, in one query."""
    undecided = Invitation.objects.visible_to(user).undecided().exclude(role=Role.PATIENT)
    return [row_of(each) for each in undecided.order_by("-invited_at", "id")]
