"""`python -m tests.drills.nudge`: asks the worker for its sweep, as beat does each minute."""

import json
import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()
    from recovery_clinic import celery_app

    celery_app.send_task("monitoring.sweep")
    print(json.dumps("asked"))
