"""A purpose more; the database itself knows no list of them, so this changes nothing in it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("TREATMENT", "Treatment"),
                    ("HOPERAT", "Running the clinic"),
                    ("BTG", "Emergency access"),
                ],
                db_default="TREATMENT",
                max_length=16,
            ),
        ),
    ]
