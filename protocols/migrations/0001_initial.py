"""The first tables of protocols, each behind the wall between clinics."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from accounts.tenancy import RowSecurity


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("patients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Course",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("drug", models.CharField(max_length=24)),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("held", "On hold"), ("stopped", "Stopped")],
                        default="active",
                        max_length=8,
                    ),
                ),
                ("started_on", models.DateField()),
                ("stopped_on", models.DateField(blank=True, null=True)),
                ("stop_reason", models.CharField(blank=True, max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courses",
                        to="patients.episode",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="courses",
                        to="patients.patient",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CourseChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("held", "Put on hold"), ("resumed", "Resumed"), ("stopped", "Stopped")],
                        max_length=8,
                    ),
                ),
                ("changed_on", models.DateField()),
                ("reason", models.CharField(max_length=200)),
                ("entry_key", models.UUIDField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="protocols.course",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DoseStep",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("amount", models.DecimalField(decimal_places=3, max_digits=10)),
                ("unit", models.CharField(max_length=8)),
                ("frequency", models.CharField(max_length=24)),
                ("mode", models.CharField(blank=True, max_length=12)),
                ("route", models.CharField(blank=True, max_length=24)),
                ("pulse_interval_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("weekly_amount", models.DecimalField(decimal_places=4, max_digits=12)),
                ("weekly_unit", models.CharField(max_length=8)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("reason", models.CharField(max_length=200)),
                ("concerns", models.JSONField(blank=True, default=list)),
                ("override_reason", models.CharField(blank=True, max_length=200)),
                ("entry_key", models.UUIDField()),
                ("ordered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="protocols.course",
                    ),
                ),
                (
                    "ordered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="protocols.dosestep",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "stopped"), ("stopped_on__isnull", False)),
                    models.Q(models.Q(("status", "stopped"), _negated=True), ("stopped_on", None)),
                    _connector="OR",
                ),
                name="a_stopped_course_has_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stopped_on", None), ("stopped_on__gte", models.F("started_on")), _connector="OR"
                ),
                name="a_course_stops_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "stopped"), _negated=True),
                fields=("clinic", "episode", "drug"),
                name="one_running_course_per_drug",
            ),
        ),
        migrations.AddIndex(
            model_name="coursechange",
            index=models.Index(fields=["course", "recorded_at"], name="changes_of_a_course"),
        ),
        migrations.AddConstraint(
            model_name="coursechange",
            constraint=models.UniqueConstraint(
                fields=("clinic", "entry_key"), name="one_course_change_per_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="coursechange",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="a_course_change_has_a_reason"
            ),
        ),
        migrations.AddIndex(
            model_name="dosestep",
            index=models.Index(fields=["clinic", "patient", "starts_on"], name="dose_steps_of_a_patient"),
        ),
        migrations.AddConstraint(
            model_name="dosestep",
            constraint=models.UniqueConstraint(
                fields=("clinic", "entry_key"), name="one_dose_step_per_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="dosestep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_on", None), ("withdrawn_at", None)),
                fields=("course",),
                name="one_current_dose_per_course",
            ),
        ),
        migrations.AddConstraint(
            model_name="dosestep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)), fields=("parent",), name="one_step_follows_each"
            ),
        ),
        migrations.AddConstraint(
            model_name="dosestep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                    models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_withdrawal_has_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="dosestep",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="a_dose_is_more_than_nothing"
            ),
        ),
        migrations.AddConstraint(
            model_name="dosestep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                ),
                name="a_dose_step_ends_after_it_starts",
            ),
        ),
        RowSecurity("protocols_course"),
        RowSecurity("protocols_coursechange"),
        RowSecurity("protocols_dosestep"),
    ]
