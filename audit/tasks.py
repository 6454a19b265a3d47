"""The chains' heads go outside the database every hour."""

from pathlib import Path

import structlog
from celery import shared_task
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit import anchors
from audit.models import Link

log = structlog.get_logger(__name__)
# Any number: two clocks would otherwise read the same file and add the same head twice.
ANCHORING = 7_367_227


@shared_task(name="audit.anchor")
def anchor() -> int:
    """Append the head of each chain that has grown; returns how many.

    A chain that no longer holds what was anchored of it is not anchored again, but cried out in the log.
    Safe to run twice, also at once: whoever comes second leaves it to the first.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [ANCHORING])
        (is_ours,) = cursor.fetchone()
        return _anchor(Path(settings.AUDIT_ANCHOR)) if is_ours else 0


def _anchor(file: Path) -> int:
    known = anchors.newest(anchors.read(file))
    grown = []
    for head in Link.objects.order_by("chain", "-sequence").distinct("chain"):
        last = known.get(head.chain)
        if last is not None and not _still_holds(last):
            log.critical("audit_chain_tampered_with", chain=str(head.chain), sequence=last.sequence)
        elif last is None or head.sequence > last.sequence:
            grown.append(anchors.Anchor(head.chain, head.sequence, bytes(head.hash).hex()))
    anchors.append(file, grown, at=timezone.now())
    return len(grown)


def _still_holds(last: anchors.Anchor) -> bool:
    link = Link.objects.filter(chain=last.chain, sequence=last.sequence).first()
    return link is not None and bytes(link.hash).hex() == last.hash
