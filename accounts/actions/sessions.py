"""Sessions: forgotten once nobody can use them, and with them whatever waited in them too long."""

import time
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

# In a session: forms that were sent after it had ended, each with the second since when it waits.
UNSAVED = "unsaved"
KEPT_FOR = 60 * 60


def is_old(at: int) -> bool:
    """Whether what waits since then has waited long enough; also where the clock was set back."""
    return not 0 <= time.time() - at <= KEPT_FOR


def forget_sessions() -> int:
    """Delete the sessions that have expired, and forms that are old from the others; returns how many rows.

    A session that is written at the same moment is left for the next time.
    """
    count = Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
    for row in Session.objects.iterator():
        found = row.get_decoded()
        left = _without_old(found)
        if left != found:
            as_it_was = Session.objects.filter(pk=row.pk, session_data=row.session_data)
            count += as_it_was.update(session_data=Session.objects.encode(left))
    return count


def _without_old(session: dict[str, Any]) -> dict[str, Any]:
    kept = {page: form for page, form in session.get(UNSAVED, {}).items() if not is_old(form["at"])}
    rest = {name: value for name, value in session.items() if name != UNSAVED}
    return {**rest, UNSAVED: kept} if kept else rest
