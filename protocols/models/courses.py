"""Courses of drugs in a recovery episode and their dose steps."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from accounts.models import ClinicOwned, Person
from patients.models import Episode, Patient, RecordOfPatientQuerySet


class CourseStatus(models.TextChoices):
    """The state of a course."""

    ACTIVE = "active", "Active"
    HELD = "held", "On hold"
    STOPPED = "stopped", "Stopped"


MAY_BECOME = {
    CourseStatus.ACTIVE: {CourseStatus.HELD, CourseStatus.STOPPED},
    CourseStatus.HELD: {CourseStatus.ACTIVE, CourseStatus.STOPPED},
    CourseStatus.STOPPED: set(),
}


class CourseQuerySet(RecordOfPatientQuerySet["Course"]):
    def running(self) -> Self:
        return self.exclude(status=CourseStatus.STOPPED)


class Course(ClinicOwned):
    """One drug in an episode, from its start to its stop."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="courses")
    drug = models.CharField(max_length=24)
    status = models.CharField(max_length=8, choices=CourseStatus, default=CourseStatus.ACTIVE)
    started_on = models.DateField()
    stopped_on = models.DateField(null=True, blank=True)
    stop_reason = models.CharField(max_length=200, blank=True)
    # Whoever changes a course says which version he has read.
    version = models.PositiveIntegerField(default=1)
    # The protocol that it was started from, by the key and in the version that were read; empty without one.
    protocol_key = models.CharField(max_length=60, blank=True, db_default="")
    protocol_number = models.PositiveSmallIntegerField(null=True, blank=True)
    protocol_name = models.CharField(max_length=80, blank=True, db_default="")

    objects = CourseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="stopped", stopped_on__isnull=False)
                | ~models.Q(status="stopped") & models.Q(stopped_on=None),
                name="a_stopped_course_has_a_date",
            ),
            models.CheckConstraint(
                condition=models.Q(stopped_on=None) | models.Q(stopped_on__gte=models.F("started_on")),
                name="a_course_stops_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["clinic", "episode", "drug"],
                condition=~models.Q(status="stopped"),
                name="one_running_course_per_drug",
            ),
            models.CheckConstraint(
                condition=models.Q(protocol_key="", protocol_number=None, protocol_name="")
                | ~models.Q(protocol_key="") & models.Q(protocol_number__gt=0) & ~models.Q(protocol_name=""),
                name="a_protocol_is_named_with_its_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.drug} from {self.started_on}"


class CourseChangeKind(models.TextChoices):
    """What was done to a course as a whole."""

    HELD = "held", "Put on hold"
    RESUMED = "resumed", "Resumed"
    STOPPED = "stopped", "Stopped"


class CourseChange(ClinicOwned):
    """A hold, resumption or stop of a course: from which day, why, and who decided it."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=CourseChangeKind)
    changed_on = models.DateField()
    reason = models.CharField(max_length=200)
    entry_key = models.UUIDField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    objects = RecordOfPatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_course_change_per_order"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="a_course_change_has_a_reason"),
        ]
        indexes = [models.Index(fields=["course", "recorded_at"], name="changes_of_a_course")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.changed_on}"


class StandingSteps(models.Manager.from_queryset(RecordOfPatientQuerySet)):
    """Dose steps that hold or held: whoever asks for doses never meets one that was withdrawn unbegun."""

    def get_queryset(self) -> RecordOfPatientQuerySet:
        return super().get_queryset().filter(withdrawn_at=None)


class DoseStep(ClinicOwned):
    """One dose of a course, from a date, with the reason for the change and the step it replaced.

    `amount` and `unit` are as ordered; `weekly_amount` is the same in the drug's own unit a week. A step
    ordered for a later day and overtaken before that day is withdrawn: it stays in the lineage and nowhere
    else, so `objects` leaves it out and `with_withdrawn` shows it.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="steps")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    amount = models.DecimalField(max_digits=10, decimal_places=3)
    unit = models.CharField(max_length=8)
    frequency = models.CharField(max_length=24)
    mode = models.CharField(max_length=12, blank=True)
    route = models.CharField(max_length=24, blank=True)
    pulse_interval_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    weekly_amount = models.DecimalField(max_digits=12, decimal_places=4)
    weekly_unit = models.CharField(max_length=8)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    # What the checks said when it was ordered, and why it was ordered all the same.
    concerns = models.JSONField(default=list, blank=True)
    override_reason = models.CharField(max_length=200, blank=True)
    entry_key = models.UUIDField()
    ordered_at = models.DateTimeField(db_default=Now())
    ordered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = StandingSteps()
    with_withdrawn = RecordOfPatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "entry_key"], name="one_dose_step_per_order"),
            models.UniqueConstraint(
                fields=["course"],
                condition=models.Q(ends_on=None, withdrawn_at=None),
                name="one_current_dose_per_course",
            ),
            models.UniqueConstraint(
                fields=["parent"],
                condition=models.Q(withdrawn_at=None),
                name="one_step_follows_each",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by=None)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="a_withdrawal_has_a_person",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="a_dose_is_more_than_nothing"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="a_dose_step_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "patient", "starts_on"], name="dose_steps_of_a_patient")]

    def __str__(self) -> str:
        return f"{self.amount} {self.unit} {self.frequency} from {self.starts_on}"
