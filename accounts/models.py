"""Clinics, people, and the roles that people have in clinics."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models.functions import Lower, Now
from django.http import HttpRequest
from django.utils import timezone

M = TypeVar("M", bound=models.Model)
MOST_TRIES = 3
# A try to send that began longer ago than this has died: the worker's own limit stops it sooner.
LONGEST_TRY = timedelta(seconds=60)


def version_of(*parts: object) -> str:
    """A version told from what stands itself, for a record that more than one hand changes."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]


class Role(models.TextChoices):
    """What a person is in a clinic."""

    CLINICIAN = "clinician", "Clinician"
    STAFF = "staff", "Staff"
    ADMIN = "admin", "Clinic admin"
    PATIENT = "patient", "Patient"


@dataclass(frozen=True, slots=True)
class Standing:
    """The clinic and role in which a person acts; read from the database for each request or task."""

    clinic_id: uuid.UUID
    clinic_name: str
    time_zone: str
    role: Role


class Clinic(models.Model):
    """A tenant. This table is global: it names the clinics and holds nothing about patients."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC")
    address = models.TextField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class ClinicOwnedQuerySet(models.QuerySet[M]):
    def visible_to(self, user: "Person") -> Self:
        """The clinic's rows, for its members; a patient sees none of these."""
        if user.standing is None or user.standing.role == Role.PATIENT:
            return self.none()
        return self.filter(clinic_id=user.standing.clinic_id)


class ClinicOwned(models.Model):
    """A row that belongs to one clinic; row-level security hides it from every other."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class PersonManager(BaseUserManager["Person"]):
    """Makes people; e-mail addresses are compared without regard to case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who can log in. Global: one person may work in several clinics."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=160)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(db_default=Now())

    # Raised by each change of a second factor: a session holds the number under which it began.
    factors_version = models.PositiveIntegerField(default=0, db_default=0)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    objects = PersonManager()

    # Where and as what this person acts now. None until the middleware or a task has asked the
    # database, and None sees nothing.
    standing: Standing | None = None
    # All places where he stands, by the clinic's name; filled together with the one above.
    standings: tuple[Standing, ...] = ()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_email")]

    def __str__(self) -> str:
        return self.full_name

    @property
    def role(self) -> str:
        return self.standing.role.value if self.standing else "none"

    @property
    def acting(self) -> Standing:
        """The standing of somebody who is about to write; raises PermissionDenied where there is none."""
        if self.standing is None:
            raise PermissionDenied("This person has no role in any clinic.")
        return self.standing

    def get_session_auth_hash(self) -> str:
        """What a session has to hold: another password or another second factor ends it."""
        return self._with_factors(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for each in super().get_session_auth_fallback_hash():
            yield self._with_factors(each)

    def _with_factors(self, digest: str) -> str:
        return f"{digest}.{self.factors_version}"

    def keep_session(self, request: HttpRequest) -> None:
        """Let this one session outlive a change that ends all others; its key changes with the answer."""
        request.session[HASH_SESSION_KEY] = self.get_session_auth_hash()
        request.has_new_proof = True  # type: ignore[attr-defined]

    def get_short_name(self) -> str:
        return self.full_name


class MembershipQuerySet(ClinicOwnedQuerySet["Membership"]):
    def current(self) -> Self:
        return self.filter(ended_at=None, person__is_active=True)

    def members(self) -> Self:
        return self.exclude(role=Role.PATIENT)

    def with_second_factor(self) -> Self:
        """Each with its person, and `factors`: how many second factors he has, recovery codes aside."""
        real = ~models.Q(person__authenticator__type="recovery_codes")
        return self.select_related("person").annotate(
            factors=models.Count("person__authenticator", filter=real)
        )


class Membership(ClinicOwned):
    """A person's role in a clinic. A patient with portal access has the role patient."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "person"],
                condition=models.Q(ended_at=None),
                name="one_role_per_person_and_clinic",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.clinic_id}"

    @property
    def standing(self) -> Standing:
        return Standing(
            clinic_id=self.clinic_id,
            clinic_name=self.clinic.name,
            time_zone=self.clinic.time_zone,
            role=Role(self.role),
        )


class InvitationQuerySet(ClinicOwnedQuerySet["Invitation"]):
    def undecided(self) -> Self:
        """Neither accepted nor withdrawn; it may have expired."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def open(self, now: datetime) -> Self:
        return self.undecided().filter(expires_at__gt=now)

    def untold(self, now: datetime) -> Self:
        """Those whose mail was not sent yet and that have tries left, the oldest first."""
        return self.open(now).filter(told_at=None, attempts__lt=MOST_TRIES).order_by("invited_at", "id")

    def left_undone(self, now: datetime) -> Self:
        """Of those, the ones that no worker has in hand; the least tried first, so that a bad one waits."""
        free = models.Q(started_at=None) | models.Q(started_at__lt=now - LONGEST_TRY)
        return self.untold(now).filter(free).order_by("attempts", "invited_at", "id")

    def given_up(self, now: datetime) -> Self:
        return self.open(now).filter(told_at=None, attempts__gte=MOST_TRIES)


class Invitation(ClinicOwned):
    """A role that an address may take up until it expires. That it was told by mail is a state of this row.

    The link in the mail names `sending`, which each new mail raises: an older link is worth nothing. A try to
    send that is under way has `started_at`; one that failed leaves its reason in `error`.
    """

    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role)
    invited_at = models.DateTimeField(db_default=Now())
    invited_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    sending = models.PositiveIntegerField(default=1)
    told_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    version = models.PositiveIntegerField(default=1)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_per_email_and_clinic",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_is_known"),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="an_accepted_invitation_says_by_whom",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by=None)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="a_withdrawn_invitation_says_by_whom",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(withdrawn_at=None),
                name="an_invitation_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "attempts", "invited_at"],
                condition=models.Q(told_at=None, accepted_at=None, withdrawn_at=None),
                name="invitations_not_told",
            )
        ]

    def __str__(self) -> str:
        return f"Invitation of {self.clinic_id}"


class ResetRequestQuerySet(models.QuerySet["ResetRequest"]):
    def unanswered(self) -> Self:
        """Those that have tries left, the oldest first."""
        return self.filter(told_at=None, attempts__lt=MOST_TRIES).order_by("asked_at", "id")

    def left_undone(self, now: datetime) -> Self:
        """Those that no worker has in hand; the least tried first, so that a bad one waits."""
        free = models.Q(started_at=None) | models.Q(started_at__lt=now - LONGEST_TRY)
        return self.unanswered().filter(free).order_by("attempts", "asked_at", "id")


class ResetRequest(models.Model):
    """Somebody asked for a new password. Global: whether the address is anybody's is a worker's question.

    Every address leaves the same row, so that the page takes as long for one that nobody has. `told_at` is
    when the mail was on its way, or when it was clear that there is nobody to send one to.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=320)
    asked_at = models.DateTimeField(db_default=Now())
    told_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = ResetRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["attempts", "asked_at"], condition=models.Q(told_at=None), name="resets_not_told"
            ),
            models.Index(fields=["asked_at"], name="resets_by_age"),
        ]

    def __str__(self) -> str:
        return f"Reset request {self.id}"


class ApiTokenQuerySet(ClinicOwnedQuerySet["ApiToken"]):
    def visible_to(self, user: Person) -> Self:
        """The clinic's tokens, for its admins alone."""
        if user.standing is None or user.standing.role != Role.ADMIN:
            return self.none()
        return super().visible_to(user)

    def with_people(self) -> Self:
        """In whose name, who created and who revoked them; the newest first."""
        people = self.select_related("membership__person", "created_by", "revoked_by")
        return people.order_by("-created_at", "-id")

    def usable(self) -> Self:
        """Tokens that open the API now, as far as they themselves say; the membership is asked as well."""
        return self.filter(revoked_at=None, expires_at__gt=Now())


class ApiToken(ClinicOwned):
    """Lets another program act as one member, in his present role and no further than its scopes.

    Of the secret only a digest is kept: it has 256 random bits, so that a slow hash would add nothing.
    """

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    may_read = models.BooleanField()
    may_write = models.BooleanField()
    # The first letters of the secret, to tell tokens apart.
    hint = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    # Chosen by the form when it is drawn, so that a second click creates nothing.
    entry_key = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "digest"], name="one_token_per_secret"),
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_token_per_entry"),
            models.CheckConstraint(
                condition=models.Q(may_read=True) | models.Q(may_write=True), name="a_token_may_something"
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by=None)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="a_revocation_has_a_person",
            ),
        ]
        indexes = [models.Index(fields=["digest"], name="tokens_by_digest")]

    def __str__(self) -> str:
        return f"{self.name} {self.hint}"

    @property
    def state(self) -> str:
        """What it is now, in a word: usable, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "usable" if self.expires_at > timezone.now() else "expired"

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(scope for scope, may in (("read", self.may_read), ("write", self.may_write)) if may)


class SentForm(ClinicOwned):
    """A form that had its effect, by the key that it was drawn with: sent again it has no second one.

    `digest` is of all that was sent, so that a key cannot come to stand for something else; `answer` is the
    address to which the sender was led.
    """

    entry_key = models.UUIDField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    answer = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(db_default=Now())

    objects = ClinicOwnedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_effect_per_form")]
        indexes = [models.Index(fields=["clinic", "sent_at"], name="sent_forms_by_age")]

    def __str__(self) -> str:
        return f"{self.entry_key} {self.sent_at}"


MEMBERS = (Role.CLINICIAN, Role.STAFF, Role.ADMIN)
CARE_TEAM = (Role.CLINICIAN, Role.STAFF)
