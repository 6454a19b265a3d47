"""Workers say by which rulebook they judge, and each step of a flag says which version it made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0002_waiting_retests_by_episode")]

    operations = [
        migrations.AddField(
            model_name="flagchange",
            name="version",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="heartbeat",
            name="rulebook_digest",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddField(
            model_name="heartbeat",
            name="rulebook_version",
            field=models.CharField(blank=True, db_default="", max_length=40),
        ),
        migrations.AlterField(
            model_name="heartbeat",
            name="name",
            field=models.CharField(max_length=120, primary_key=True, serialize=False),
        ),
    ]
