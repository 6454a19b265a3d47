"""Laboratories and their ranges, panels, results as reported, and semen analyses."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from accounts.models import ClinicOwned, ClinicOwnedQuerySet, Person, Role, version_of
from patients.models import Patient, RecordOfPatientQuerySet, hidden_from


class Laboratory(ClinicOwned):
    """A laboratory that the clinic works with."""

    name = models.CharField(max_length=120)
    note = models.CharField(max_length=200, blank=True)

    objects = ClinicOwnedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "laboratories"
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="one_laboratory_per_name")]

    def __str__(self) -> str:
        return self.name


class LaboratoryIntervalQuerySet(ClinicOwnedQuerySet["LaboratoryInterval"]):
    def in_force(self, laboratory: Laboratory) -> Self:
        return self.filter(laboratory=laboratory, replaced_at=None)


class LaboratoryInterval(ClinicOwned):
    """A laboratory's own reference interval and method for one analyte; a change is a new version."""

    laboratory = models.ForeignKey(Laboratory, on_delete=models.PROTECT, related_name="intervals")
    analyte = models.CharField(max_length=12)
    low = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    high = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    unit = models.CharField(max_length=24)
    method = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    effective_on = models.DateField()
    replaced_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    objects = LaboratoryIntervalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "laboratory", "analyte", "version"],
                name="one_interval_per_analyte_and_version",
            ),
            models.UniqueConstraint(
                fields=["clinic", "laboratory", "analyte"],
                condition=models.Q(replaced_at=None),
                name="one_interval_in_force_per_analyte",
            ),
            models.CheckConstraint(
                condition=models.Q(low__isnull=False) | models.Q(high__isnull=False),
                name="an_interval_has_a_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.analyte} {self.low} to {self.high} {self.unit}"


class PanelKind(models.TextChoices):
    """What was collected."""

    BLOOD = "blood", "Blood"
    SEMEN = "semen", "Semen"


class YesNoUnknown(models.TextChoices):
    """A question of the request form that may have gone unanswered."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Not known"


class PanelQuerySet(RecordOfPatientQuerySet["Panel"]):
    def visible_to(self, user: Person) -> Self:
        """The care team sees every panel of its clinic; a patient sees his own once they are released."""
        seen = super().visible_to(user)
        if user.standing and user.standing.role == Role.PATIENT:
            seen = seen.exclude(released_at=None)
        return seen

    def current(self) -> Self:
        """Panels that no later version has replaced."""
        return self.filter(superseded_at=None)

    def to_review(self) -> Self:
        """Current panels that no clinician has reviewed, oldest first."""
        return self.current().filter(reviewed_at=None).order_by("collected_at")


class Panel(ClinicOwned):
    """What was drawn at one moment. Final when it is stored; changed only by a new version with a reason."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="panels")
    laboratory = models.ForeignKey(Laboratory, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=PanelKind)
    collected_at = models.DateTimeField()
    # The zone in which the clinic read its clock: the instant alone does not say "08:00".
    collected_zone = models.CharField(max_length=64)
    collected_on = models.DateField()
    fasting = models.CharField(max_length=8, choices=YesNoUnknown, default=YesNoUnknown.UNKNOWN)
    acutely_ill = models.CharField(max_length=8, choices=YesNoUnknown, default=YesNoUnknown.UNKNOWN)
    before_testosterone = models.BooleanField(default=False)
    note = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    amendment_reason = models.CharField(max_length=200, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    # Chosen by the form when it is drawn, so that a second click stores nothing.
    entry_key = models.UUIDField()
    finalised_at = models.DateTimeField(db_default=Now())
    finalised_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    record_version = models.PositiveIntegerField(default=0)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    review_comment = models.CharField(max_length=400, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    release_comment = models.TextField(max_length=1000, blank=True)

    objects = PanelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_panel_per_entry"),
            models.CheckConstraint(
                condition=models.Q(supersedes=None, version=1, amendment_reason="")
                | models.Q(supersedes__isnull=False, version__gt=1) & ~models.Q(amendment_reason=""),
                name="an_amendment_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_at=None, reviewed_by=None)
                | models.Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="a_review_has_a_reviewer",
            ),
            models.CheckConstraint(
                condition=models.Q(released_at=None, released_by=None)
                | models.Q(released_at__isnull=False, released_by__isnull=False),
                name="a_release_has_a_releaser",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "patient", "-collected_at"], name="panels_of_a_patient"),
            models.Index(fields=["laboratory", "-finalised_at"], name="panels_of_a_laboratory"),
            models.Index(
                fields=["clinic", "collected_at"],
                condition=models.Q(superseded_at=None, reviewed_at=None),
                name="panels_to_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.collected_on}"

    @property
    def judgement(self) -> str:
        """What a form that reviews or releases it was drawn from: this version, and what was said of it."""
        return version_of(self.version, self.superseded_at, self.reviewed_at, self.released_at)


class SpermSeen(models.TextChoices):
    """What the microscope showed; a count of 0 alone would not say whether the sample was spun."""

    COUNTED = "counted", "Counted"
    NONE = "none", "None seen, also after centrifugation"
    AFTER_CENTRIFUGATION = "after_centrifugation", "Seen only after centrifugation"


class SemenAnalysisQuerySet(ClinicOwnedQuerySet["SemenAnalysis"]):
    def visible_to(self, user: Person) -> Self:
        """Those of the panels that this member may see; a patient reads them on his panels."""
        return super().visible_to(user).exclude(panel__patient_id__in=hidden_from(user))


class SemenAnalysis(ClinicOwned):
    """What a semen analysis says beside its numbers."""

    panel = models.OneToOneField(Panel, on_delete=models.CASCADE, related_name="semen")
    abstinence_days = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    collection_complete = models.CharField(max_length=8, choices=YesNoUnknown, default=YesNoUnknown.UNKNOWN)
    minutes_to_analysis = models.PositiveSmallIntegerField(null=True, blank=True)
    sperm_seen = models.CharField(max_length=24, choices=SpermSeen)
    who_edition = models.PositiveSmallIntegerField(default=6)

    objects = SemenAnalysisQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Semen analysis {self.panel_id}"


class Place(models.TextChoices):
    """Where a result lies, or why nobody can say: four states that never look alike on a page."""

    BELOW = "below", "Below"
    WITHIN = "within", "Within"
    ABOVE = "above", "Above"
    UNKNOWN = "unknown", "Cannot be placed"
    NO_INTERVAL = "no_interval", "No range for this"


class ResultQuerySet(models.QuerySet["Result"]):
    def visible_to(self, user: Person) -> Self:
        """Results of the panels that this user may see."""
        return self.filter(panel__in=Panel.objects.visible_to(user))

    def current(self) -> Self:
        return self.filter(panel__superseded_at=None)


class Result(ClinicOwned):
    """One analyte: as the laboratory reported it, and beside it what was computed from that.

    `reported_text` and `reported_unit` are what was typed, and rules read those. `canonical_value` is the
    same in the analyte's canonical unit at ten decimals, for sorting and charts. The interval is a copy,
    frozen with the result.
    """

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="results")
    analyte = models.CharField(max_length=12)
    reported_text = models.CharField(max_length=24)
    reported_unit = models.CharField(max_length=24)
    comparator = models.CharField(max_length=2)
    value = models.DecimalField(max_digits=12, decimal_places=4)
    canonical_value = models.DecimalField(max_digits=30, decimal_places=10)
    canonical_unit = models.CharField(max_length=24)
    place = models.CharField(max_length=12, choices=Place)
    place_reason = models.TextField(blank=True)
    interval_id = models.CharField(max_length=64, blank=True)
    interval_version = models.CharField(max_length=24, blank=True)
    interval_low = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    interval_high = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    interval_unit = models.CharField(max_length=24, blank=True)
    # As printed, "below 1.0 million/mL": the limits alone do not say whether a limit itself is within.
    interval_text = models.CharField(max_length=80, blank=True)
    interval_source = models.TextField(blank=True)
    interval_is_laboratorys = models.BooleanField(default=False)
    method = models.CharField(max_length=80, blank=True)
    # Sentences of the soft limits and large changes that the person entering it confirmed.
    confirmed = models.JSONField(default=list, blank=True)

    objects = ResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["panel", "analyte"], name="one_result_per_analyte"),
            models.CheckConstraint(
                condition=models.Q(comparator__in=["=", "<", "<=", ">", ">="]), name="a_comparator_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(place__in=["below", "within", "above"]) | ~models.Q(interval_id=""),
                name="a_placed_result_names_its_interval",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "analyte"], name="results_by_analyte")]

    def __str__(self) -> str:
        return f"{self.analyte} {self.reported_text} {self.reported_unit}"


class EntryDraftQuerySet(ClinicOwnedQuerySet["EntryDraft"]):
    def visible_to(self, user: Person) -> Self:
        """One's own drafts only, and those of the patients whom one may still see."""
        mine = super().visible_to(user).filter(author_id=user.id)
        return mine.exclude(patient_id__in=hidden_from(user))


class EntryDraft(ClinicOwned):
    """What somebody has typed so far for one patient, exactly as typed; survives reload and session end."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=PanelKind)
    typed = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    objects = EntryDraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "patient", "author", "kind"], name="one_draft_per_author"
            )
        ]

    def __str__(self) -> str:
        return f"Draft {self.kind} {self.saved_at}"

    @property
    def version(self) -> str:
        """What a form that saves over it was drawn from: what was typed."""
        return version_of(sorted(self.typed.items()))
