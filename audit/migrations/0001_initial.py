"""The first tables of audit, each behind the wall between clinics."""

import django.db.models.functions.datetime
from django.db import migrations, models

OWN_EVENTS = "clinic_id is null or clinic_id = nullif(current_setting('app.clinic_id', true), '')::uuid"
REFUSE_CHANGE = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are only added: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$
"""
ADD_ONLY = """
CREATE TRIGGER rows_are_only_added BEFORE UPDATE OR DELETE ON audit_event
FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()
"""
NEVER_EMPTIED = """
CREATE TRIGGER the_table_is_not_emptied BEFORE TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change()
"""
REVOKE_CHANGE = """
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'recovery_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON audit_event FROM recovery_app;
    END IF;
END $$
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("happened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("clinic_id", models.UUIDField(null=True)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_role", models.CharField(max_length=16)),
                ("action", models.CharField(max_length=64)),
                ("object_kind", models.CharField(max_length=64)),
                ("object_id", models.CharField(max_length=64)),
                ("patient_id", models.UUIDField(null=True)),
                ("details", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["clinic_id", "patient_id", "-happened_at"], name="events_of_a_patient"
                    ),
                    models.Index(fields=["clinic_id", "-happened_at"], name="events_of_a_clinic"),
                ],
            },
        ),
        migrations.RunSQL(
            sql=[
                "ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE audit_event FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY clinic_wall ON audit_event USING ({OWN_EVENTS}) WITH CHECK ({OWN_EVENTS})",
                REFUSE_CHANGE,
                ADD_ONLY,
                NEVER_EMPTIED,
                REVOKE_CHANGE,
            ],
            reverse_sql=["DROP FUNCTION audit_refuse_change() CASCADE"],
        ),
    ]
