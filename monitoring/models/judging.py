"""What rules found in the record: evaluations, flags, retests and milestones."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models.functions import Coalesce, Now

from accounts.models import ClinicOwned, ClinicOwnedQuerySet, Person, version_of
from patients.models import Episode, Patient, RecordOfPatientQuerySet, hidden_from

MOST_ATTEMPTS = 3


class EvaluationQuerySet(RecordOfPatientQuerySet["Evaluation"]):
    def given_up(self) -> Self:
        """Open records that are not tried any more at their present version."""
        return self.filter(
            attempts__gte=MOST_ATTEMPTS,
            attempted_version__gte=models.F("episode__record_version"),
            episode__closed_on=None,
        )


class Evaluation(ClinicOwned):
    """How far one episode has been judged: `evaluated_version` against the episode's `record_version`.

    `attempts` counts tries at `attempted_version`; at MOST_ATTEMPTS the sweep stops trying that version and
    the page says why. A changed record is tried anew.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    episode = models.OneToOneField(Episode, on_delete=models.PROTECT, related_name="evaluation")
    evaluated_version = models.PositiveIntegerField(default=0)
    evaluated_at = models.DateTimeField(null=True, blank=True)
    evaluated_on = models.DateField(null=True, blank=True)
    rulebook_version = models.CharField(max_length=40, blank=True)
    # The clinic's last decision about a cut-off that was heeded; see CutOff.number.
    cut_offs = models.PositiveIntegerField(default=0, db_default=0)
    axis_pattern = models.TextField(blank=True)
    not_evaluated = models.JSONField(default=list, blank=True)
    calculated = models.JSONField(default=dict, blank=True)
    attempted_version = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = EvaluationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Evaluation of {self.episode_id} at {self.evaluated_version}"

    def is_given_up(self, episode: Episode) -> bool:
        """Whether the record as it is is not tried any more; also where judging it anew failed later."""
        return self.attempts >= MOST_ATTEMPTS and self.attempted_version >= episode.record_version


class Severity(models.TextChoices):
    """How much a flag matters."""

    CRITICAL = "critical", "Critical"
    WARNING = "warning", "Warning"
    INFO = "info", "Information"


class FlagState(models.TextChoices):
    """The life of a flag."""

    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"
    SUPERSEDED = "superseded", "Superseded"


FLAG_MAY_BECOME = {
    FlagState.OPEN: {FlagState.ACKNOWLEDGED, FlagState.RESOLVED, FlagState.SUPERSEDED},
    FlagState.ACKNOWLEDGED: {FlagState.OPEN, FlagState.RESOLVED, FlagState.SUPERSEDED},
    FlagState.RESOLVED: set(),
    FlagState.SUPERSEDED: set(),
}
STANDING_STATES = [FlagState.OPEN, FlagState.ACKNOWLEDGED]


class FlagQuerySet(RecordOfPatientQuerySet["Flag"]):
    def standing(self) -> Self:
        """Flags that hold now, handled or not."""
        return self.filter(state__in=STANDING_STATES)

    def open(self) -> Self:
        return self.filter(state=FlagState.OPEN)

    def worst_first(self) -> Self:
        rank = models.Case(
            models.When(severity=Severity.CRITICAL, then=0),
            models.When(severity=Severity.WARNING, then=1),
            default=2,
        )
        return self.order_by(rank, "first_seen_at", "rule_id")


class Flag(ClinicOwned):
    """A finding of a rule on a patient. One life for each rule and cause: a repeat raises `count`.

    `numbers`, `threshold`, `source` and `rule_version` are what the rule used, frozen as it used them.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="flags")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="flags")
    rule_id = models.CharField(max_length=8)
    cause = models.CharField(max_length=120)
    rule_version = models.CharField(max_length=24)
    severity = models.CharField(max_length=8, choices=Severity)
    state = models.CharField(max_length=12, choices=FlagState, default=FlagState.OPEN)
    title = models.TextField()
    message = models.TextField()
    suggestion = models.TextField(blank=True)
    source = models.TextField()
    numbers = models.JSONField(default=list)
    threshold = models.TextField(blank=True)
    missing = models.JSONField(default=list, blank=True)
    stale = models.JSONField(default=list, blank=True)
    nearest = models.TextField(blank=True)
    count = models.PositiveIntegerField(default=1)
    # A digest of the numbers used: the same numbers seen again are no repeat.
    basis = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    comment = models.CharField(max_length=400, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "episode", "cause"],
                condition=models.Q(state__in=["open", "acknowledged"]),
                name="one_standing_flag_per_cause",
            ),
            models.CheckConstraint(
                condition=models.Q(acknowledged_at=None, acknowledged_by=None)
                | models.Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="an_acknowledgement_has_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "acknowledged"], ended_at=None)
                | models.Q(state__in=["resolved", "superseded"], ended_at__isnull=False),
                name="an_ended_flag_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "severity", "first_seen_at"],
                condition=models.Q(state="open"),
                name="open_flags_of_a_clinic",
            ),
            models.Index(fields=["clinic", "patient", "state"], name="flags_of_a_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.severity}"


class FlagChangeQuerySet(ClinicOwnedQuerySet["FlagChange"]):
    def visible_to(self, user: Person) -> Self:
        """Those of the flags that this member may see; a patient sees none."""
        return super().visible_to(user).exclude(flag__patient_id__in=hidden_from(user))


class FlagChange(ClinicOwned):
    """One step in a flag's life, as its history shows it."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    what = models.CharField(max_length=40)
    comment = models.CharField(max_length=400, blank=True)
    # The flag's version that this step made; steps from before it was kept have none.
    version = models.PositiveIntegerField(null=True, blank=True)

    objects = FlagChangeQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "flag", "version"], name="one_step_per_flag_version")
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.at}"


class RetestQuerySet(RecordOfPatientQuerySet["Retest"]):
    def waiting(self) -> Self:
        """Windows that neither a panel nor a person has closed, soonest first."""
        return self.filter(satisfied_by=None, waived_at=None, withdrawn_at=None).order_by("target_on", "id")


class Retest(ClinicOwned):
    """A due window for a set of analytes, anchored to a dose step or the effective stop, moving with it.

    Whether it is due depends on the day that is asked, so that is computed from the window and not stored.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="retests")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="retests")
    key = models.CharField(max_length=160)
    analytes = models.JSONField()
    earliest_on = models.DateField()
    target_on = models.DateField()
    latest_on = models.DateField()
    anchor_kind = models.CharField(max_length=20)
    anchor_on = models.DateField()
    reason = models.TextField()
    source = models.TextField()
    rule_version = models.CharField(max_length=40)
    satisfied_by = models.UUIDField(null=True, blank=True)
    satisfied_on = models.DateField(null=True, blank=True)
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    waive_reason = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = RetestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "episode", "key"], name="one_retest_per_window"),
            models.CheckConstraint(
                condition=models.Q(
                    earliest_on__lte=models.F("target_on"), target_on__lte=models.F("latest_on")
                ),
                name="a_window_runs_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(waived_at=None, waived_by=None)
                | models.Q(waived_at__isnull=False, waived_by__isnull=False) & ~models.Q(waive_reason=""),
                name="a_waiver_has_a_person_and_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "target_on"],
                condition=models.Q(satisfied_by=None, waived_at=None, withdrawn_at=None),
                name="waiting_retests",
            ),
            models.Index(
                fields=["clinic", "episode"],
                condition=models.Q(satisfied_by=None, waived_at=None, withdrawn_at=None),
                name="waiting_retests_of_an_episode",
            ),
        ]

    def __str__(self) -> str:
        return f"{', '.join(self.analytes)} {self.target_on}"

    @property
    def version(self) -> str:
        """What a form that waives it was drawn from: its window, and whether it is still open."""
        window = (self.earliest_on, self.target_on, self.latest_on, self.analytes)
        return version_of(*window, self.satisfied_by, self.waived_at, self.withdrawn_at)

    @property
    def is_closed(self) -> bool:
        return bool(self.satisfied_by or self.waived_at or self.withdrawn_at)


class Milestone(ClinicOwned):
    """A milestone of recovery with the day it was first reached, sustained, and lost."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="milestones")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="milestones")
    key = models.CharField(max_length=8)
    title = models.TextField()
    reached_on = models.DateField(null=True, blank=True)
    sustained_on = models.DateField(null=True, blank=True)
    lost_on = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    noted_at = models.DateTimeField(db_default=Now())

    objects = RecordOfPatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "episode", "key"], name="one_row_per_milestone")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.reached_on}"


def unevaluated(clinic_id: object) -> models.QuerySet[Episode]:
    """Open episodes whose record has changed since it was judged, and that have tries left, oldest first."""
    return (
        Episode.objects.filter(clinic_id=clinic_id, closed_on=None)
        .annotate(judged=Coalesce("evaluation__evaluated_version", 0))
        .filter(record_version__gt=models.F("judged"))
        .exclude(
            evaluation__attempts__gte=MOST_ATTEMPTS,
            evaluation__attempted_version__gte=models.F("record_version"),
        )
        .order_by("changed_at", "id")
    )


def judged_before(clinic_id: object, today: date, cut_offs: int) -> models.QuerySet[Episode]:
    """Open episodes last judged on an earlier day, or before the clinic set a cut-off.

    What is overdue changes although the record does not; `cut_offs` is the clinic's last decision.
    """
    is_old = models.Q(evaluation__evaluated_on__lt=today) | models.Q(evaluation__cut_offs__lt=cut_offs)
    return Episode.objects.filter(is_old, clinic_id=clinic_id, closed_on=None).order_by("id")
