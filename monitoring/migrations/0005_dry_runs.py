"""Dry runs of a draft of the rulebook, behind the wall like every row of a clinic."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from accounts.tenancy import RowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_reset_requests"),
        ("monitoring", "0004_one_step_per_flag_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="DryRun",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("title", models.CharField(max_length=120)),
                ("changes", models.JSONField()),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("rulebook_version", models.CharField(blank=True, max_length=40)),
                ("rulebook_digest", models.CharField(blank=True, max_length=64)),
                ("episodes", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("last_episode", models.UUIDField(blank=True, null=True)),
                ("found", models.JSONField(blank=True, default=dict)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("moved_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
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
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at", None)),
                        fields=["clinic", "asked_at"],
                        name="dry_runs_under_way",
                    )
                ],
            },
        ),
        RowSecurity("monitoring_dryrun"),
    ]
