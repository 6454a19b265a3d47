"""Clinical notes: behind the wall between clinics, and locked once they are signed."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from accounts.tenancy import RowSecurity

REFUSE_CHANGE = """
CREATE FUNCTION patients_refuse_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signed note is locked: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$
"""
# After the row, so that the wall between clinics has its say first.
SIGNED_IS_LOCKED = """
CREATE TRIGGER a_signed_note_is_locked AFTER UPDATE OR DELETE ON patients_note
FOR EACH ROW WHEN (OLD.signed_at IS NOT NULL) EXECUTE FUNCTION patients_refuse_note_change()
"""
ADDED_IS_LOCKED = """
CREATE TRIGGER an_addendum_is_locked AFTER UPDATE OR DELETE ON patients_addendum
FOR EACH ROW EXECUTE FUNCTION patients_refuse_note_change()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("patients", "0003_emergency_access_is_tagged"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("text", models.TextField(max_length=20000)),
                ("html", models.TextField()),
                ("clinicians_only", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("entry_key", models.UUIDField()),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("saved_at", models.DateTimeField(auto_now=True)),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
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
                        related_name="notes",
                        to="patients.patient",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Addendum",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("text", models.TextField(max_length=20000)),
                ("html", models.TextField()),
                ("reason", models.CharField(max_length=200)),
                ("entry_key", models.UUIDField()),
                ("added_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "added_by",
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
                (
                    "note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="addenda",
                        to="patients.note",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "addenda",
            },
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["clinic", "patient", "-signed_at"], name="notes_of_a_patient"),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                condition=models.Q(("signed_at", None)),
                fields=["clinic", "written_by", "started_at"],
                name="notes_to_sign",
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.UniqueConstraint(fields=("clinic", "entry_key"), name="one_note_per_entry"),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.UniqueConstraint(
                condition=models.Q(("signed_at", None)),
                fields=("clinic", "patient", "written_by"),
                name="one_draft_note_per_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_at", None), ("signed_by", None)),
                    models.Q(("signed_at__isnull", False), ("signed_by", models.F("written_by"))),
                    _connector="OR",
                ),
                name="a_note_is_signed_by_its_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="addendum",
            constraint=models.UniqueConstraint(fields=("clinic", "entry_key"), name="one_addendum_per_entry"),
        ),
        migrations.AddConstraint(
            model_name="addendum",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="an_addendum_has_a_reason"
            ),
        ),
        RowSecurity("patients_note"),
        RowSecurity("patients_addendum"),
        migrations.RunSQL(
            [REFUSE_CHANGE, SIGNED_IS_LOCKED, ADDED_IS_LOCKED],
            "DROP FUNCTION patients_refuse_note_change() CASCADE",
        ),
    ]
