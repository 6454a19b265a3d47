"""Letting other programs in: tokens that act as one member of the clinic."""

import hashlib
import secrets
import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actions.sending import KeyUsed
from accounts.models import ApiToken, Membership, Person
from accounts.tenancy import act_for, showing_token
from audit import actions as audit

# A token that leaks is found by its beginning, in a log or in a repository.
MARKED_BY = "rct_"
# Writing each use would be a statement for each request; this is how exact `last_used_at` is.
USE_EXACT_TO = timedelta(minutes=1)


@transaction.atomic
def issue_token(
    membership: Membership,
    *,
    name: str,
    may_read: bool,
    may_write: bool,
    days: int,
    entry_key: uuid.UUID,
    by: Person,
) -> tuple[ApiToken, str]:
    """Let a program act as this member. The secret is returned once; for the same entry again it is "".

    Raises KeyUsed where the key stands for another token, and IntegrityError where the same entry comes twice
    at the very same moment.
    """
    before = ApiToken.objects.filter(clinic_id=membership.clinic_id, entry_key=entry_key).first()
    if before is not None:
        then = (before.membership_id, before.name, before.may_read, before.may_write)
        if then != (membership.id, name, may_read, may_write):
            raise KeyUsed
        return before, ""
    secret = MARKED_BY + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        clinic_id=membership.clinic_id,
        membership=membership,
        name=name,
        may_read=may_read,
        may_write=may_write,
        hint=secret[: len(MARKED_BY) + 4],
        digest=_digest(secret),
        entry_key=entry_key,
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    _note_token("accounts.token.created", token, by=by, scopes=sorted(token.scopes), days=days)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by: Person) -> ApiToken:
    """Close the token; the next request that shows it is refused. Twice is once."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = timezone.now(), by
        token.save(update_fields=["revoked_at", "revoked_by"])
        _note_token("accounts.token.revoked", token, by=by)
    return token


@transaction.atomic
def open_with_token(secret: str) -> ApiToken | None:
    """The usable token with this secret, its membership still current; None where there is none.

    Until the transaction ends it acts for the token's clinic.
    """
    with showing_token(digest := _digest(secret)):
        token: ApiToken | None = ApiToken.objects.usable().filter(digest=digest).first()
    if token is None:
        return None
    act_for(clinic_id=token.clinic_id)
    standing = Membership.objects.current().filter(pk=token.membership_id)
    membership = standing.select_related("person").first()
    if membership is None:
        return None
    token.membership = membership
    now = timezone.now()
    unseen = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_EXACT_TO)
    ApiToken.objects.filter(unseen, pk=token.pk).update(last_used_at=now)
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _note_token(action: str, token: ApiToken, *, by: Person, **details: object) -> None:
    audit.record(
        action,
        by=by,
        clinic_id=token.clinic_id,
        object_kind="accounts.apitoken",
        object_id=token.id,
        details={"membership": str(token.membership_id), **details},
    )
