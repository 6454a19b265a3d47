"""The number that each change of a second factor raises; PostgreSQL adds it without rewriting the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_sent_forms")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="factors_version",
            field=models.PositiveIntegerField(db_default=0, default=0),
        )
    ]
