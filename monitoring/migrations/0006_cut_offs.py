"""A clinic's own cut-offs, whose rows are only added; the new column has a constant default: no rewrite."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from accounts.tenancy import RowSecurity

# After the row, so that the wall between clinics speaks first.
KEEP = """
CREATE FUNCTION monitoring_keep_cut_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a decision about a cut-off stays' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_cut_off_stays AFTER UPDATE OR DELETE ON monitoring_cutoff
    FOR EACH ROW EXECUTE FUNCTION monitoring_keep_cut_off();
"""
LET_GO = """
DROP TRIGGER a_cut_off_stays ON monitoring_cutoff;
DROP FUNCTION monitoring_keep_cut_off();
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0005_dry_runs")]

    operations = [
        migrations.AddField(
            model_name="evaluation",
            name="cut_offs",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="CutOff",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=60)),
                ("value", models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True)),
                ("typed", models.CharField(blank=True, max_length=20)),
                ("reason", models.CharField(max_length=200)),
                ("set_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "number"), name="one_cut_off_for_each_number"),
                    models.CheckConstraint(
                        condition=models.Q(("value", None), ("value__gt", 0), _connector="OR"),
                        name="a_cut_off_is_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="a_cut_off_has_a_reason"
                    ),
                ],
            },
        ),
        RowSecurity("monitoring_cutoff"),
        migrations.RunSQL(KEEP, LET_GO),
    ]
