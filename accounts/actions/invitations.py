"""Inviting people by mail: asked for, told, taken up or withdrawn; the link in the mail is used once."""

import uuid
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts.actions.clinics import admit
from accounts.actions.members import NotPossible
from accounts.actions.nudging import nudge
from accounts.models import MOST_TRIES, Invitation, Membership, Person, Role
from accounts.tenancy import in_clinic
from audit import actions as audit

TELL = "accounts.tell_invitation"
LIFETIME = timedelta(days=7)
SALT = "accounts.invitation"
# Whose invitation stands, asked when it is made and again when its mail goes out.
MAY_INVITE = {
    Role.CLINICIAN: {Role.ADMIN},
    Role.STAFF: {Role.ADMIN},
    Role.ADMIN: {Role.ADMIN},
    Role.PATIENT: {Role.CLINICIAN, Role.STAFF},
}


class Unusable(Exception):
    """The link was used, has expired, was withdrawn or never was: nobody is told which."""


class InvitationOvertaken(Exception):
    """The invitation is no longer what it was when the form was drawn."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__("Somebody else was first.")
        self.invitation = invitation


@transaction.atomic
def invite(*, email: str, role: Role, by: Person) -> Invitation:
    """Invite an address to a role in the clinic where `by` stands; the mail follows.

    Raises NotPossible where `by` may not give this role now, the address has a role here already, or an
    invitation of it is open.
    """
    clinic_id, email, now = by.acting.clinic_id, email.strip().lower(), timezone.now()
    if not _may_invite(clinic_id, by.id, role):
        raise NotPossible("You may not invite anybody to this role.")
    if Membership.objects.current().filter(clinic_id=clinic_id, person__email__iexact=email).exists():
        raise NotPossible(f'"{email}" has a role in this clinic already.')
    for stale in Invitation.objects.undecided().filter(clinic_id=clinic_id, email=email).select_for_update():
        if stale.expires_at > now:
            raise NotPossible(f'"{email}" is invited already. Send that invitation again, or withdraw it.')
        _end(stale, by=by)
    made = Invitation.objects.create(
        clinic_id=clinic_id, email=email, role=role, invited_by=by, expires_at=now + LIFETIME
    )
    _note("accounts.invitation.invited", made, by=by, role=role.value)
    nudge(TELL, clinic_id, made.id)
    return made


@transaction.atomic
def resend(invitation: Invitation, *, read_version: int, by: Person) -> Invitation:
    """Send a new mail with a new link, good for another seven days; the former link is worth nothing.

    Raises InvitationOvertaken, and NotPossible where `by` may not give this role now.
    """
    invitation = _take(invitation, read_version=read_version)
    if not _may_invite(invitation.clinic_id, by.id, Role(invitation.role)):
        raise NotPossible("You may not invite anybody to this role.")
    invitation.sending += 1
    invitation.version += 1
    invitation.expires_at = timezone.now() + LIFETIME
    # Whoever sends it again answers for it: he is asked after when the mail goes out.
    invitation.invited_by = by
    invitation.told_at, invitation.started_at, invitation.attempts, invitation.error = None, None, 0, ""
    invitation.save()
    _note("accounts.invitation.retried", invitation, by=by)
    nudge(TELL, invitation.clinic_id, invitation.id)
    return invitation


@transaction.atomic
def withdraw(invitation: Invitation, *, read_version: int, by: Person) -> Invitation:
    """Make the link worth nothing. Raises InvitationOvertaken."""
    invitation = _take(invitation, read_version=read_version)
    _end(invitation, by=by)
    return invitation


def token_of(invitation: Invitation) -> str:
    """What the link in the newest mail ends with: ids, signed; nothing of it can be made up."""
    return signing.dumps([str(invitation.clinic_id), str(invitation.id), invitation.sending], salt=SALT)


def find_invitation(token: str) -> Invitation | None:
    """The open invitation that a link leads to, or None where it is worth nothing, whatever the reason."""
    named = _read(token)
    if named is None:
        return None
    clinic_id, invitation_id, sending = named
    with in_clinic(clinic_id):
        found = Invitation.objects.open(timezone.now()).select_related("clinic")
        return found.filter(pk=invitation_id, sending=sending).first()


def is_known(email: str) -> bool:
    """Whether an address has its person, who then logs in as himself."""
    return Person.objects.filter(email__iexact=email).exists()


@transaction.atomic
def accept(
    token: str, *, person: Person | None, full_name: str = "", password: str = ""
) -> tuple[Invitation, Person]:
    """Take up an invitation: as `person`, whose address it must be, or as somebody new to the installation.

    Raises Unusable, also where an address that was new has got its person meanwhile.
    """
    found = find_invitation(token)
    if found is None:
        raise Unusable
    with in_clinic(found.clinic_id):
        # Of two clicks at once, the second waits here and then finds it used.
        locked = Invitation.objects.open(timezone.now()).select_for_update(of=("self",))
        invitation = locked.select_related("clinic").filter(pk=found.pk, sending=found.sending).first()
        known = Person.objects.filter(email__iexact=found.email).first()
        if invitation is None or (known is not None and known != person):
            raise Unusable
        if known is None:
            known = Person.objects.create_user(invitation.email, password, full_name=full_name)
        if Membership.objects.current().filter(clinic=invitation.clinic, person=known).exists():
            raise Unusable
        role = Role(invitation.role)
        known = admit(invitation.clinic, email=known.email, full_name="", role=role, by=known, password=None)
        invitation.accepted_at, invitation.accepted_by = timezone.now(), known
        invitation.version += 1
        invitation.save(update_fields=["accepted_at", "accepted_by", "version"])
        _note("accounts.invitation.accepted", invitation, by=known)
        return invitation, known


def begin_telling(invitation_id: uuid.UUID) -> Invitation | None:
    """Take an invitation in hand and count the try; None where there is no mail to send.

    Whoever invited is asked after again: if he may not give this role any more, it is withdrawn. Commit
    before sending, so that a mail which kills its worker is given up after MOST_TRIES.
    """
    now = timezone.now()
    waiting = Invitation.objects.left_undone(now).filter(pk=invitation_id).select_related("clinic")
    invitation = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if invitation is None:
        return None
    if not _may_invite(invitation.clinic_id, invitation.invited_by_id, Role(invitation.role)):
        _end(invitation, by=invitation.invited_by)
        return None
    invitation.attempts += 1
    invitation.started_at = now
    invitation.save(update_fields=["attempts", "started_at"])
    return invitation


@transaction.atomic
def note_told(invitation: Invitation) -> None:
    """The mail is on its way. A mail of a sending that was overtaken meanwhile tells of nothing."""
    Invitation.objects.filter(pk=invitation.pk, sending=invitation.sending).update(
        told_at=timezone.now(), started_at=None, error=""
    )


@transaction.atomic
def note_untold(invitation: Invitation, *, because: str, give_up: bool) -> None:
    """Say why there was no mail. `give_up` where another try would end the same way."""
    Invitation.objects.filter(pk=invitation.pk, sending=invitation.sending).update(
        started_at=None, error=because, attempts=MOST_TRIES if give_up else invitation.attempts
    )


def _read(token: str) -> tuple[uuid.UUID, uuid.UUID, int] | None:
    try:
        clinic_id, invitation_id, sending = signing.loads(token, salt=SALT)
        return uuid.UUID(clinic_id), uuid.UUID(invitation_id), int(sending)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _may_invite(clinic_id: uuid.UUID, person_id: uuid.UUID, role: Role) -> bool:
    mine = Membership.objects.current().filter(clinic_id=clinic_id, person_id=person_id)
    return mine.filter(role__in=MAY_INVITE[role]).exists()


def _take(invitation: Invitation, *, read_version: int) -> Invitation:
    now = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if now.version != read_version or now.accepted_at is not None or now.withdrawn_at is not None:
        raise InvitationOvertaken(now)
    return now


def _end(invitation: Invitation, *, by: Person) -> None:
    invitation.withdrawn_at, invitation.withdrawn_by = timezone.now(), by
    invitation.version += 1
    invitation.save(update_fields=["withdrawn_at", "withdrawn_by", "version"])
    _note("accounts.invitation.withdrawn", invitation, by=by)


def _note(action: str, invitation: Invitation, *, by: Person, **details: str) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=invitation.clinic_id,
        object_kind="accounts.invitation",
        object_id=invitation.id,
        details=details,
    )
