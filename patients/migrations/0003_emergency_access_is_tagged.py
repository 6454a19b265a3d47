"""The database marks what is done on a record during an emergency access, whoever writes the event."""

from django.db import migrations

# A page that was being made when the access ended was still shown: hence the minute.
TAG = """
CREATE FUNCTION patients_tag_emergency_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM public.patients_emergencyaccess a
        WHERE a.person_id = NEW.actor_id AND a.patient_id = NEW.patient_id AND a.clinic_id = NEW.clinic_id
        AND a.ends_at > statement_timestamp() - interval '1 minute'
    ) THEN
        NEW.purpose := 'BTG';
    END IF;
    RETURN NEW;
END $$
"""
TAGGED = """
CREATE TRIGGER emergency_access_is_tagged BEFORE INSERT ON audit_event FOR EACH ROW
WHEN (NEW.actor_id IS NOT NULL AND NEW.patient_id IS NOT NULL)
EXECUTE FUNCTION patients_tag_emergency_access()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_emergency_access_as_a_purpose"),
        ("patients", "0002_restrictions"),
    ]

    operations = [
        migrations.RunSQL(
            sql=[TAG, TAGGED], reverse_sql="DROP FUNCTION patients_tag_emergency_access() CASCADE"
        )
    ]
