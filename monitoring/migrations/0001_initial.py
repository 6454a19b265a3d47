"""The first tables of monitoring, each behind the wall between clinics."""

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
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Evaluation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("evaluated_version", models.PositiveIntegerField(default=0)),
                ("evaluated_at", models.DateTimeField(blank=True, null=True)),
                ("evaluated_on", models.DateField(blank=True, null=True)),
                ("rulebook_version", models.CharField(blank=True, max_length=40)),
                ("axis_pattern", models.TextField(blank=True)),
                ("not_evaluated", models.JSONField(blank=True, default=list)),
                ("calculated", models.JSONField(blank=True, default=dict)),
                ("attempted_version", models.PositiveIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "episode",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluation",
                        to="patients.episode",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.patient"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("rule_id", models.CharField(max_length=8)),
                ("cause", models.CharField(max_length=120)),
                ("rule_version", models.CharField(max_length=24)),
                (
                    "severity",
                    models.CharField(
                        choices=[("critical", "Critical"), ("warning", "Warning"), ("info", "Information")],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("acknowledged", "Acknowledged"),
                            ("resolved", "Resolved"),
                            ("superseded", "Superseded"),
                        ],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("title", models.TextField()),
                ("message", models.TextField()),
                ("suggestion", models.TextField(blank=True)),
                ("source", models.TextField()),
                ("numbers", models.JSONField(default=list)),
                ("threshold", models.TextField(blank=True)),
                ("missing", models.JSONField(blank=True, default=list)),
                ("stale", models.JSONField(blank=True, default=list)),
                ("nearest", models.TextField(blank=True)),
                ("count", models.PositiveIntegerField(default=1)),
                ("basis", models.CharField(max_length=64)),
                ("first_seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("last_seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("comment", models.CharField(blank=True, max_length=400)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                        related_name="flags",
                        to="patients.episode",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flags",
                        to="patients.patient",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FlagChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("what", models.CharField(max_length=40)),
                ("comment", models.CharField(blank=True, max_length=400)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "flag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="monitoring.flag",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.CharField(max_length=8)),
                ("title", models.TextField()),
                ("reached_on", models.DateField(blank=True, null=True)),
                ("sustained_on", models.DateField(blank=True, null=True)),
                ("lost_on", models.DateField(blank=True, null=True)),
                ("note", models.TextField(blank=True)),
                ("noted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                        related_name="milestones",
                        to="patients.episode",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="milestones",
                        to="patients.patient",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Retest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.CharField(max_length=160)),
                ("analytes", models.JSONField()),
                ("earliest_on", models.DateField()),
                ("target_on", models.DateField()),
                ("latest_on", models.DateField()),
                ("anchor_kind", models.CharField(max_length=20)),
                ("anchor_on", models.DateField()),
                ("reason", models.TextField()),
                ("source", models.TextField()),
                ("rule_version", models.CharField(max_length=40)),
                ("satisfied_by", models.UUIDField(blank=True, null=True)),
                ("satisfied_on", models.DateField(blank=True, null=True)),
                ("waived_at", models.DateTimeField(blank=True, null=True)),
                ("waive_reason", models.CharField(blank=True, max_length=200)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
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
                        related_name="retests",
                        to="patients.episode",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retests",
                        to="patients.patient",
                    ),
                ),
                (
                    "waived_by",
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
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["clinic", "severity", "first_seen_at"],
                name="open_flags_of_a_clinic",
            ),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(fields=["clinic", "patient", "state"], name="flags_of_a_patient"),
        ),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["open", "acknowledged"])),
                fields=("clinic", "episode", "cause"),
                name="one_standing_flag_per_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acknowledged_at", None), ("acknowledged_by", None)),
                    models.Q(("acknowledged_at__isnull", False), ("acknowledged_by__isnull", False)),
                    _connector="OR",
                ),
                name="an_acknowledgement_has_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state__in", ["open", "acknowledged"])),
                    models.Q(("ended_at__isnull", False), ("state__in", ["resolved", "superseded"])),
                    _connector="OR",
                ),
                name="an_ended_flag_has_a_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.UniqueConstraint(
                fields=("clinic", "episode", "key"), name="one_row_per_milestone"
            ),
        ),
        migrations.AddIndex(
            model_name="retest",
            index=models.Index(
                condition=models.Q(("satisfied_by", None), ("waived_at", None), ("withdrawn_at", None)),
                fields=["clinic", "target_on"],
                name="waiting_retests",
            ),
        ),
        migrations.AddConstraint(
            model_name="retest",
            constraint=models.UniqueConstraint(
                fields=("clinic", "episode", "key"), name="one_retest_per_window"
            ),
        ),
        migrations.AddConstraint(
            model_name="retest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("earliest_on__lte", models.F("target_on")), ("target_on__lte", models.F("latest_on"))
                ),
                name="a_window_runs_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="retest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("waived_at", None), ("waived_by", None)),
                    models.Q(
                        ("waived_at__isnull", False),
                        ("waived_by__isnull", False),
                        models.Q(("waive_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_waiver_has_a_person_and_a_reason",
            ),
        ),
        RowSecurity("monitoring_evaluation"),
        RowSecurity("monitoring_flag"),
        RowSecurity("monitoring_flagchange"),
        RowSecurity("monitoring_retest"),
        RowSecurity("monitoring_milestone"),
    ]
