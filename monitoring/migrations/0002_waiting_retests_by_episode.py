"""An index for the question which episodes have no retest waiting; built without holding up writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("monitoring", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="retest",
            index=models.Index(
                fields=["clinic", "episode"],
                condition=models.Q(satisfied_by=None, waived_at=None, withdrawn_at=None),
                name="waiting_retests_of_an_episode",
            ),
        ),
    ]
