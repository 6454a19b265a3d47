"""The first tables of labs, each behind the wall between clinics."""

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
            name="Laboratory",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=120)),
                ("note", models.CharField(blank=True, max_length=200)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "laboratories",
            },
        ),
        migrations.CreateModel(
            name="LaboratoryInterval",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("analyte", models.CharField(max_length=12)),
                ("low", models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ("high", models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                ("unit", models.CharField(max_length=24)),
                ("method", models.CharField(blank=True, max_length=80)),
                ("source", models.CharField(max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
                ("effective_on", models.DateField()),
                ("replaced_at", models.DateTimeField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "laboratory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intervals",
                        to="labs.laboratory",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Panel",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(choices=[("blood", "Blood"), ("semen", "Semen")], max_length=8)),
                ("collected_at", models.DateTimeField()),
                ("collected_zone", models.CharField(max_length=64)),
                ("collected_on", models.DateField()),
                (
                    "fasting",
                    models.CharField(
                        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known")],
                        default="unknown",
                        max_length=8,
                    ),
                ),
                (
                    "acutely_ill",
                    models.CharField(
                        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known")],
                        default="unknown",
                        max_length=8,
                    ),
                ),
                ("before_testosterone", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=400)),
                ("version", models.PositiveIntegerField(default=1)),
                ("amendment_reason", models.CharField(blank=True, max_length=200)),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                ("entry_key", models.UUIDField()),
                ("finalised_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("record_version", models.PositiveIntegerField(default=0)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("review_comment", models.CharField(blank=True, max_length=400)),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                ("release_comment", models.TextField(blank=True, max_length=1000)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "finalised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "laboratory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labs.laboratory"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="panels",
                        to="patients.patient",
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="labs.panel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("analyte", models.CharField(max_length=12)),
                ("reported_text", models.CharField(max_length=24)),
                ("reported_unit", models.CharField(max_length=24)),
                ("comparator", models.CharField(max_length=2)),
                ("value", models.DecimalField(decimal_places=4, max_digits=12)),
                ("canonical_value", models.DecimalField(decimal_places=10, max_digits=30)),
                ("canonical_unit", models.CharField(max_length=24)),
                (
                    "place",
                    models.CharField(
                        choices=[
                            ("below", "Below"),
                            ("within", "Within"),
                            ("above", "Above"),
                            ("unknown", "Cannot be placed"),
                            ("no_interval", "No range for this"),
                        ],
                        max_length=12,
                    ),
                ),
                ("place_reason", models.TextField(blank=True)),
                ("interval_id", models.CharField(blank=True, max_length=64)),
                ("interval_version", models.CharField(blank=True, max_length=24)),
                ("interval_low", models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True)),
                (
                    "interval_high",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=14, null=True),
                ),
                ("interval_unit", models.CharField(blank=True, max_length=24)),
                ("interval_text", models.CharField(blank=True, max_length=80)),
                ("interval_source", models.TextField(blank=True)),
                ("interval_is_laboratorys", models.BooleanField(default=False)),
                ("method", models.CharField(blank=True, max_length=80)),
                ("confirmed", models.JSONField(blank=True, default=list)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "panel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="results", to="labs.panel"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SemenAnalysis",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "abstinence_days",
                    models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True),
                ),
                (
                    "collection_complete",
                    models.CharField(
                        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known")],
                        default="unknown",
                        max_length=8,
                    ),
                ),
                ("minutes_to_analysis", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "sperm_seen",
                    models.CharField(
                        choices=[
                            ("counted", "Counted"),
                            ("none", "None seen, also after centrifugation"),
                            ("after_centrifugation", "Seen only after centrifugation"),
                        ],
                        max_length=24,
                    ),
                ),
                ("who_edition", models.PositiveSmallIntegerField(default=6)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "panel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="semen", to="labs.panel"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="EntryDraft",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(choices=[("blood", "Blood"), ("semen", "Semen")], max_length=8)),
                ("typed", models.JSONField(default=dict)),
                ("saved_at", models.DateTimeField(auto_now=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
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
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="patients.patient"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "patient", "author", "kind"), name="one_draft_per_author"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="laboratory",
            constraint=models.UniqueConstraint(fields=("clinic", "name"), name="one_laboratory_per_name"),
        ),
        migrations.AddConstraint(
            model_name="laboratoryinterval",
            constraint=models.UniqueConstraint(
                fields=("clinic", "laboratory", "analyte", "version"),
                name="one_interval_per_analyte_and_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="laboratoryinterval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at", None)),
                fields=("clinic", "laboratory", "analyte"),
                name="one_interval_in_force_per_analyte",
            ),
        ),
        migrations.AddConstraint(
            model_name="laboratoryinterval",
            constraint=models.CheckConstraint(
                condition=models.Q(("low__isnull", False), ("high__isnull", False), _connector="OR"),
                name="an_interval_has_a_limit",
            ),
        ),
        migrations.AddIndex(
            model_name="panel",
            index=models.Index(fields=["clinic", "patient", "-collected_at"], name="panels_of_a_patient"),
        ),
        migrations.AddIndex(
            model_name="panel",
            index=models.Index(fields=["laboratory", "-finalised_at"], name="panels_of_a_laboratory"),
        ),
        migrations.AddIndex(
            model_name="panel",
            index=models.Index(
                condition=models.Q(("reviewed_at", None), ("superseded_at", None)),
                fields=["clinic", "collected_at"],
                name="panels_to_review",
            ),
        ),
        migrations.AddConstraint(
            model_name="panel",
            constraint=models.UniqueConstraint(fields=("clinic", "entry_key"), name="one_panel_per_entry"),
        ),
        migrations.AddConstraint(
            model_name="panel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amendment_reason", ""), ("supersedes", None), ("version", 1)),
                    models.Q(
                        ("supersedes__isnull", False),
                        ("version__gt", 1),
                        models.Q(("amendment_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="an_amendment_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="panel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reviewed_at", None), ("reviewed_by", None)),
                    models.Q(("reviewed_at__isnull", False), ("reviewed_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_review_has_a_reviewer",
            ),
        ),
        migrations.AddConstraint(
            model_name="panel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at", None), ("released_by", None)),
                    models.Q(("released_at__isnull", False), ("released_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_release_has_a_releaser",
            ),
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(fields=["clinic", "analyte"], name="results_by_analyte"),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.UniqueConstraint(fields=("panel", "analyte"), name="one_result_per_analyte"),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.CheckConstraint(
                condition=models.Q(("comparator__in", ["=", "<", "<=", ">", ">="])),
                name="a_comparator_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("place__in", ["below", "within", "above"]), _negated=True),
                    models.Q(("interval_id", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_placed_result_names_its_interval",
            ),
        ),
        RowSecurity("labs_laboratory"),
        RowSecurity("labs_laboratoryinterval"),
        RowSecurity("labs_panel"),
        RowSecurity("labs_semenanalysis"),
        RowSecurity("labs_result"),
        RowSecurity("labs_entrydraft"),
    ]
