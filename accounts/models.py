"""Clinics, people, and the roles that people have in clinics."""

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models.functions import Lower, Now

M = TypeVar("M", bound=models.Model)


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

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    objects = PersonManager()

    # Where and as what this person acts now. None until the middleware or a task has asked the
    # database, and None sees nothing.
    standing: Standing | None = None

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


MEMBERS = (Role.CLINICIAN, Role.STAFF, Role.ADMIN)
CARE_TEAM = (Role.CLINICIAN, Role.STAFF)
