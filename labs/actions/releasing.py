"""Reviewing a panel and letting the patient see it."""

from django.db import transaction
from django.utils import timezone

from accounts.actions import Overtaken
from accounts.models import Person
from labs.actions.storing import note
from labs.models import Panel


@transaction.atomic
def review_panel(panel: Panel, *, by: Person, comment: str = "") -> Panel:
    """Say that a clinician has read this panel. Reviewing twice keeps the first review.

    Raises Overtaken where a newer version has replaced it, or somebody judged it since `panel` was read.
    """
    read = panel.judgement
    changed = (
        Panel.objects.current()
        .filter(pk=panel.pk, reviewed_at=None)
        .update(reviewed_at=timezone.now(), reviewed_by=by, review_comment=comment)
    )
    return _as_stored(panel, action="labs.panel.reviewed", changed=bool(changed), read=read, by=by)


@transaction.atomic
def release_panel(panel: Panel, *, by: Person, comment: str = "") -> Panel:
    """Let the patient see this panel, with the clinician's comment. Releasing twice keeps the first.

    Whoever releases a panel has read it: one that nobody reviewed is reviewed by the same deed. Raises
    Overtaken where a newer version has replaced it.
    """
    read = review_panel(panel, by=by).judgement
    changed = (
        Panel.objects.current()
        .filter(pk=panel.pk, released_at=None)
        .update(released_at=timezone.now(), released_by=by, release_comment=comment)
    )
    return _as_stored(panel, action="labs.panel.released", changed=bool(changed), read=read, by=by)


def _as_stored(panel: Panel, *, action: str, changed: bool, read: str, by: Person) -> Panel:
    panel.refresh_from_db()
    if changed:
        note(action, panel, by=by)
    elif panel.superseded_at is not None or panel.judgement != read:
        raise Overtaken(panel)
    return panel
