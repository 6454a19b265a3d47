"""A judgement that is stored twice is refused: each version of a flag has one step. Built without a lock."""

from django.db import migrations, models

NAME = "one_step_per_flag_version"
BUILD = f"CREATE UNIQUE INDEX CONCURRENTLY {NAME} ON monitoring_flagchange (clinic_id, flag_id, version)"
USE = f"ALTER TABLE monitoring_flagchange ADD CONSTRAINT {NAME} UNIQUE USING INDEX {NAME}"
DROP = f"ALTER TABLE monitoring_flagchange DROP CONSTRAINT {NAME}"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("monitoring", "0003_signs_of_workers")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(BUILD, f"DROP INDEX IF EXISTS {NAME}"),
                migrations.RunSQL(USE, DROP),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="flagchange",
                    constraint=models.UniqueConstraint(fields=("clinic", "flag", "version"), name=NAME),
                ),
            ],
        )
    ]
