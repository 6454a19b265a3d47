"""`python -m tests.journeys.end_sessions`: every session as if its person had gone away half an hour ago."""

import json
import os
import time

import django


def main() -> int:
    """Returns how many sessions of somebody were ended."""
    from django.contrib.auth import SESSION_KEY
    from django.contrib.sessions.models import Session

    from accounts.middleware import SEEN

    ended = 0
    for row in Session.objects.all():
        found = row.get_decoded()
        if SESSION_KEY in found:
            Session.objects.save(row.pk, {**found, SEEN: int(time.time()) - 30 * 60}, row.expire_date)
            ended += 1
    return ended


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()
    print(json.dumps(main()))
