"""`manage.py verify_audit`: was anything in the audit record changed, removed, put in or rewritten?"""

import time
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit import anchors
from audit.verifying import Verdict, chains, verify

SHOWN = 20


class Command(BaseCommand):
    """Reads every chain, or one; ends with an error where one is broken."""

    help = "Verify the hash chains of the audit record against themselves and their anchors."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--clinic", type=uuid.UUID, help="Only this clinic's chain.")

    def handle(self, *args: Any, clinic: uuid.UUID | None = None, **options: Any) -> None:
        try:
            anchored = anchors.read(Path(settings.AUDIT_ANCHOR))
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        # A chain that is gone from the database altogether is still in the anchors.
        wanted = {clinic} if clinic else {*chains(), *(each.chain for each in anchored)}
        verdicts = [self._told(chain, anchored) for chain in sorted(wanted, key=str)]
        breaks = sum(len(each.breaks) for each in verdicts)
        if breaks:
            raise CommandError(f"The audit record was tampered with: {breaks} breaks.")

    def _told(self, chain: uuid.UUID, anchored: list[anchors.Anchor]) -> Verdict:
        began = time.perf_counter()
        verdict = verify(chain, anchored)
        seconds = time.perf_counter() - began
        self.stdout.write(
            f"{chain}: {verdict.events} events in {seconds:.1f} s, {len(verdict.breaks)} breaks"
        )
        for each in verdict.breaks[:SHOWN]:
            self.stderr.write(f"  {each.sequence}: {each.what}")
        return verdict
