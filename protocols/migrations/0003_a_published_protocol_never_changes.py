"""A published version of a protocol never changes; the database itself refuses it."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

# What a version is, and who wrote and reviewed it, stands from its publication on. Only its state may still
# become "retired", with the number by which a form tells that its sender had read the row before. After the
# row, so that the wall between clinics speaks first.
KEEP = """
CREATE FUNCTION protocols_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a published protocol is never deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT (OLD.state = 'published' AND NEW.state IN ('published', 'retired')
            AND to_jsonb(NEW) - 'state' - 'version' = to_jsonb(OLD) - 'state' - 'version')
    THEN
        RAISE EXCEPTION 'a published protocol never changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_published_protocol_never_changes AFTER UPDATE OR DELETE ON protocols_protocolversion
    FOR EACH ROW WHEN (OLD.state IN ('published', 'retired', 'discarded'))
    EXECUTE FUNCTION protocols_keep_published();

CREATE FUNCTION protocols_keep_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to a protocol stays' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_step_of_a_version_stays AFTER UPDATE OR DELETE ON protocols_versionstep
    FOR EACH ROW EXECUTE FUNCTION protocols_keep_step();
"""
LET_GO = """
DROP TRIGGER a_step_of_a_version_stays ON protocols_versionstep;
DROP FUNCTION protocols_keep_step();
DROP TRIGGER a_published_protocol_never_changes ON protocols_protocolversion;
DROP FUNCTION protocols_keep_published();
"""


class Migration(migrations.Migration):
    dependencies = [("protocols", "0002_clinic_protocols")]

    operations = [
        ValidateConstraint("course", "a_protocol_is_named_with_its_version"),
        migrations.RunSQL(KEEP, LET_GO),
    ]
