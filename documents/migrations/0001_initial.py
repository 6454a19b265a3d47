"""The first tables of documents, each behind the wall between clinics."""

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
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("clomiphene", "Clomiphene handout"),
                            ("lab_preparation", "Preparing for a blood test"),
                        ],
                        max_length=24,
                    ),
                ),
                ("inputs", models.JSONField()),
                ("record_version", models.PositiveIntegerField()),
                ("content_hash", models.CharField(max_length=64)),
                ("code", models.CharField(max_length=11)),
                ("requested_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("entry_key", models.UUIDField()),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("rendered_at", models.DateTimeField(blank=True, null=True)),
                ("pdf", models.BinaryField(blank=True, null=True)),
                ("pages", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=300)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="patients.patient",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["clinic", "patient", "-requested_at"], name="documents_of_a_patient"
                    ),
                    models.Index(
                        condition=models.Q(("rendered_at", None)),
                        fields=["clinic", "attempts", "requested_at"],
                        name="documents_not_rendered",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "entry_key"), name="one_document_per_request"),
                    models.UniqueConstraint(fields=("clinic", "code"), name="one_document_per_code"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("pages", None), ("pdf", None), ("rendered_at", None)),
                            models.Q(
                                ("pages__gt", 0), ("pdf__isnull", False), ("rendered_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="a_rendered_document_has_its_bytes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("content_hash__regex", "^[0-9a-f]{64}$")),
                        name="a_document_has_the_hash_of_its_inputs",
                    ),
                ],
            },
        ),
        RowSecurity("documents_document"),
    ]
