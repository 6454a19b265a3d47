"""API tokens, behind the wall between clinics; whoever shows one finds its row alone."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from accounts.tenancy import OWN_ROWS, RowSecurity

# Before a clinic is known, a program must find the token whose secret it has.
SHOWN_BY_ITS_OWNER = "digest = nullif(current_setting('app.token_digest', true), '')"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_invitation"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=80)),
                ("may_read", models.BooleanField()),
                ("may_write", models.BooleanField()),
                ("hint", models.CharField(max_length=12)),
                ("digest", models.CharField(max_length=64)),
                ("entry_key", models.UUIDField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_tokens",
                        to="accounts.membership",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["digest"], name="tokens_by_digest")],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "digest"), name="one_token_per_secret"),
                    models.UniqueConstraint(fields=("clinic", "entry_key"), name="one_token_per_entry"),
                    models.CheckConstraint(
                        condition=models.Q(("may_read", True), ("may_write", True), _connector="OR"),
                        name="a_token_may_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at", None), ("revoked_by", None)),
                            models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_revocation_has_a_person",
                    ),
                ],
            },
        ),
        RowSecurity("accounts_apitoken", f"{OWN_ROWS} or {SHOWN_BY_ITS_OWNER}"),
    ]
