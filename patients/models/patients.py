"""Patients, what testosterone they took, and their attempts to restore the axis."""

import unicodedata
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Now

from accounts.models import CARE_TEAM, ClinicOwned, Person, Role, version_of
from patients.models.restricting import hidden_from

M = TypeVar("M", bound=models.Model)


def plain(text: str) -> str:
    """Text as search compares it: small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, user: Person) -> "PatientQuerySet":
        """The one door to patients: the care team sees its clinic's, a patient sees himself.

        Of restricted records the care team sees those that somebody is named for, or has broken the glass of.
        """
        standing = user.standing
        if standing is None or standing.role == Role.ADMIN:
            return self.none()
        mine = self.filter(clinic_id=standing.clinic_id)
        if standing.role == Role.PATIENT:
            return mine.filter(portal_person=user)
        return mine.exclude(pk__in=hidden_from(user))

    def hidden_to(self, user: Person) -> Self:
        """Restricted records of the clinic that this member of the care team may only ask for."""
        if user.role not in CARE_TEAM:
            return self.none()
        return self.filter(clinic_id=user.acting.clinic_id, pk__in=hidden_from(user))

    def hidden_behind(self, words: str, user: Person) -> Self:
        """Restricted records of which this member of the care team typed all that names one man.

        That is the whole MRN, or his whole name with his date of birth. A part of it finds nothing, and so
        does a name alone: it would tell that somebody known is a patient here.
        """
        hidden = self.hidden_to(user)
        return hidden.filter(pk__in=[each.pk for each in hidden.named_like(words) if each.is_named_by(words)])

    def named_to(self, admin: Person) -> "PatientQuerySet":
        """Name and MRN alone, for the clinic admin who reports who looked at a record."""
        standing = admin.standing
        if standing is None or standing.role != Role.ADMIN:
            return self.none()
        return self.filter(clinic_id=standing.clinic_id).only("clinic_id", "mrn", "given_name", "family_name")

    def like(self, fields: Mapping[str, Any]) -> "PatientQuerySet":
        """Patients who may be the man described: the same full name, or family name and date of birth."""
        same_name = models.Q(
            family_name__iexact=fields["family_name"].strip(), given_name__iexact=fields["given_name"].strip()
        )
        same_birth = models.Q(
            family_name__iexact=fields["family_name"].strip(), date_of_birth=fields["date_of_birth"]
        )
        return self.filter(same_name | same_birth).order_by("family_name", "given_name", "id")

    def named_like(self, words: str) -> "PatientQuerySet":
        """Patients whose name, MRN, date of birth or phone holds every word, in any order."""
        found = self
        for word in plain(words).replace("+", " ").split():
            found = found.filter(search_key__contains=word)
        return found.order_by("family_name", "given_name", "id")


class Patient(ClinicOwned):
    """A man in the clinic's care, named by two identifiers: his name with date of birth, and his MRN."""

    mrn = models.CharField("MRN", max_length=32)
    family_name = models.CharField(max_length=80)
    given_name = models.CharField(max_length=80)
    date_of_birth = models.DateField()
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    allergies = models.CharField(max_length=400, blank=True)
    # No key of its own: across clinics it would tell that somebody is a patient elsewhere.
    portal_person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    search_key = models.TextField(editable=False)
    registered_at = models.DateTimeField(db_default=Now())
    registered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "mrn"], name="one_patient_per_mrn"),
            models.UniqueConstraint(fields=["clinic", "portal_person"], name="one_record_per_login"),
        ]
        indexes = [
            GinIndex(OpClass("search_key", name="gin_trgm_ops"), name="patients_by_words"),
            models.Index(fields=["clinic", "family_name", "given_name", "id"], name="patients_by_name"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def is_named_by(self, words: str) -> bool:
        """Whether the words are his whole MRN, or his names in any order with his date of birth."""
        typed = plain(words).split()
        born = self.date_of_birth
        whole = plain(self.full_name).split()
        both = [sorted([*whole, spelt]) for spelt in (f"{born:%Y-%m-%d}", f"{born:%d.%m.%Y}")]
        return typed == plain(self.mrn).split() or sorted(typed) in both


class RecordOfPatientQuerySet(models.QuerySet[M]):
    def visible_to(self, user: Person) -> Self:
        """Rows of the patients whom this user may see, by the same rule as `Patient.objects.visible_to`."""
        standing = user.standing
        if standing is None or standing.role == Role.ADMIN:
            return self.none()
        mine = self.filter(clinic_id=standing.clinic_id)
        if standing.role == Role.PATIENT:
            return mine.filter(patient__portal_person=user)
        return mine.exclude(patient_id__in=hidden_from(user))

    def tended_by(self, user: Person) -> Self:
        """Rows as work of the software: the admin has each done without seeing any, the care team its own."""
        standing = user.standing
        if standing is None or standing.role == Role.PATIENT:
            return self.none()
        return (
            self.filter(clinic_id=standing.clinic_id)
            if standing.role == Role.ADMIN
            else self.visible_to(user)
        )


class Exposure(ClinicOwned):
    """A course of exogenous testosterone or another anabolic steroid."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="exposures")
    formulation = models.CharField(max_length=40)
    dose = models.CharField(max_length=120, blank=True)
    started_on = models.DateField(null=True, blank=True)
    last_dose_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RecordOfPatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(started_on=None)
                | models.Q(last_dose_on=None)
                | models.Q(last_dose_on__gte=models.F("started_on")),
                name="an_exposure_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.formulation} {self.dose}".strip()


class ConcomitantDrug(ClinicOwned):
    """Another drug that the patient takes, by the name the catalogue of interactions knows, or as written."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="concomitant_drugs")
    name = models.CharField(max_length=80)
    started_on = models.DateField(null=True, blank=True)
    stopped_on = models.DateField(null=True, blank=True)

    objects = RecordOfPatientQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Condition(ClinicOwned):
    """A diagnosis or a piece of history that rules or drugs ask for, for example venous thromboembolism."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="conditions")
    kind = models.CharField(max_length=60)
    since_on = models.DateField(null=True, blank=True)

    objects = RecordOfPatientQuerySet.as_manager()

    def __str__(self) -> str:
        return self.kind


class Observation(ClinicOwned):
    """A symptom or score on a day: breast tenderness, a visual symptom, PHQ-9."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="observations")
    kind = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    observed_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RecordOfPatientQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.observed_on}"


class Goal(models.TextChoices):
    """What the patient wants back."""

    FERTILITY = "fertility", "Fertility"
    TESTOSTERONE = "testosterone", "Own testosterone"
    BOTH = "both", "Fertility and own testosterone"


class Outcome(models.TextChoices):
    """How a recovery episode ended."""

    RECOVERED = "recovered", "Recovered"
    OWN_BASELINE = "own_baseline", "Recovered to own baseline"
    PARTIAL = "partial", "Partial recovery"
    RESTARTED = "restarted", "Restarted testosterone"
    LOST = "lost", "Lost to follow-up"


class EpisodeQuerySet(RecordOfPatientQuerySet["Episode"]):
    def open(self) -> "EpisodeQuerySet":
        return self.filter(closed_on=None)


class Episode(ClinicOwned):
    """One attempt to restore the axis, counted from its effective stop.

    `effective_stop_on` is the last dose plus the washout of its formulation, stored with the washout's
    source; it is empty while testosterone is still taken. `record_version` counts the changes below this
    episode: whoever judges the record compares it with the version that he has judged.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="episodes")
    exposure = models.ForeignKey(Exposure, on_delete=models.PROTECT, related_name="episodes")
    goal = models.CharField(max_length=16, choices=Goal)
    last_dose_on = models.DateField(null=True, blank=True)
    washout_days = models.PositiveSmallIntegerField(null=True, blank=True)
    washout_source = models.TextField(blank=True)
    effective_stop_on = models.DateField(null=True, blank=True)
    opened_at = models.DateTimeField(db_default=Now())
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    closed_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    record_version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "patient"],
                condition=models.Q(closed_on=None),
                name="one_open_episode_per_patient",
            ),
            models.CheckConstraint(
                condition=models.Q(last_dose_on=None, effective_stop_on=None, washout_days=None)
                | models.Q(
                    last_dose_on__isnull=False,
                    effective_stop_on__gte=models.F("last_dose_on"),
                    washout_days__gte=0,
                ),
                name="an_effective_stop_follows_a_last_dose",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on=None, outcome="")
                | models.Q(closed_on__isnull=False) & ~models.Q(outcome=""),
                name="a_closed_episode_has_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"Recovery from {self.exposure_id}"

    @property
    def last_dose_version(self) -> str:
        """What a form that sets the last dose was drawn from; a new result does not overtake it."""
        return version_of(self.last_dose_on, self.closed_on)

    @property
    def wants_fertility(self) -> bool:
        return self.goal in {Goal.FERTILITY, Goal.BOTH}
