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
LINKS_ADD_ONLY = ADD_ONLY.replace("audit_event", "audit_link")
LINKS_NEVER_EMPTIED = NEVER_EMPTIED.replace("audit_event", "audit_link")
# Each value with its length before it, so that no two events spell alike; audit.verifying does the same.
SEAL = """
CREATE FUNCTION audit_sealed(e audit_event, chain uuid, sequence bigint, previous bytea) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(
        string_agg(coalesce(octet_length(value) || ':' || value, '-'), '' ORDER BY nth), 'UTF8'))
    FROM unnest(ARRAY[
        chain::text, sequence::text, encode(previous, 'hex'),
        e.id::text, ((extract(epoch FROM e.happened_at) * 1000000)::bigint)::text, e.clinic_id::text,
        e.actor_id::text, e.actor_role, e.action, e.code, e.object_kind, e.object_id, e.patient_id::text,
        e.outcome::text, host(e.source), e.request_id, e.purpose, e.details::text
    ]) WITH ORDINALITY AS field(value, nth)
$$
"""
# As the owner, because the app itself may not write links: it cannot forge one.
CHAIN = """
CREATE FUNCTION audit_chain_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    its_chain uuid := coalesce(NEW.clinic_id, '00000000-0000-0000-0000-000000000000');
    place bigint;
    previous bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit ' || its_chain::text, 0));
    SELECT l.sequence, l.hash INTO place, previous FROM audit_link l
    WHERE l.chain = its_chain ORDER BY l.sequence DESC LIMIT 1;
    place := coalesce(place, 0) + 1;
    previous := coalesce(previous, '');
    INSERT INTO audit_link (event_id, chain, sequence, previous_hash, hash)
    VALUES (NEW.id, its_chain, place, previous, audit_sealed(NEW, its_chain, place, previous));
    RETURN NULL;
END $$
"""
# At commit: the lock is the last one that a transaction takes, and it is held for that moment only.
CHAINED_AT_COMMIT = """
CREATE CONSTRAINT TRIGGER events_are_chained AFTER INSERT ON audit_event
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain_event()
"""
REVOKE_CHANGE = """
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'recovery_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON audit_event FROM recovery_app;
        REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_link FROM recovery_app;
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
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("C", "Created"),
                            ("R", "Looked"),
                            ("U", "Changed"),
                            ("D", "Deleted"),
                            ("E", "Executed"),
                        ],
                        db_default="E",
                        max_length=1,
                    ),
                ),
                ("object_kind", models.CharField(max_length=64)),
                ("object_id", models.CharField(max_length=64)),
                ("patient_id", models.UUIDField(null=True)),
                (
                    "outcome",
                    models.PositiveSmallIntegerField(choices=[(0, "Done"), (8, "Refused")], db_default=0),
                ),
                ("source", models.GenericIPAddressField(null=True)),
                ("request_id", models.CharField(db_default="", max_length=64)),
                (
                    "purpose",
                    models.CharField(
                        choices=[("TREATMENT", "Treatment"), ("HOPERAT", "Running the clinic")],
                        db_default="TREATMENT",
                        max_length=16,
                    ),
                ),
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
        migrations.CreateModel(
            name="Link",
            fields=[
                ("event_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("chain", models.UUIDField()),
                ("sequence", models.BigIntegerField()),
                ("previous_hash", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "sequence"), name="one_event_per_place")
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
                LINKS_ADD_ONLY,
                LINKS_NEVER_EMPTIED,
                SEAL,
                CHAIN,
                CHAINED_AT_COMMIT,
                REVOKE_CHANGE,
            ],
            reverse_sql=[
                "DROP FUNCTION audit_chain_event() CASCADE",
                "DROP FUNCTION audit_sealed(audit_event, uuid, bigint, bytea)",
                "DROP FUNCTION audit_refuse_change() CASCADE",
            ],
        ),
    ]
