"""Reviewing a panel and letting the patient see it."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from labs.actions.panels import Overtaken
from labs.actions.storing import note
from labs.models import Panel


@transaction.atomic
def review_panel(panel: Panel, *, by: Person, comment: str = "") -> Panel:
    """Say that a clinician has read this panel. Reviewing twice keeps the first review.

    Raises Overtaken where a newer version has replaced it.
    """
    changed = (
        Panel.objects.current()
        .filter(pk=panel.pk, reviewed_at=None)
        .update(reviewed_at=timezone.now(), reviewed_by=by, review_comment=comment)
    )
    return _as_stored(panel, action="labs.panel.reviewed", changed=bool(changed), by=by)


@transaction.atomic
def release_panel(panel: Panel, *, by: Person, comment: str = "") -> Panel:
    """Let the patient see this panel, with the clinician's comment. Releasing twice keeps the first.

    Whoever releases a panel has read it: one that nobody reviewed is reviewed by the same deed. Raises
    Overtaken where a newer version has replaced it.
    """
    review_panel(panel, by=by)
    changed = (
        Panel.objects.current()
        .filter(pk=panel.pk, released_at=None)
        .update(released_at=timezone.now(), released_by=by, release_comment=comment)
    )
    return _as_stored(panel, action="labs.panel.released", changed=bool(changed), by=by)


def _as_stored(panel: Panel, *, action: str, changed: bool, by: Person) -> Panel:
    panel.refresh_from_db()
    if changed:
        note(action, panel, by=by)
    elif panel.superseded_at is not None:
        raise Overtaken(panel)
    return panel
