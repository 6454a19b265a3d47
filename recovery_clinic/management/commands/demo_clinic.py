"""`manage.py demo_clinic`: a living clinic for a first look, on a laptop only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Clinic
from recovery_clinic.demo.clinics import build
from recovery_clinic.demo.people import ELSEWHERE, HARBOUR_PEOPLE, PASSWORD


class Command(BaseCommand):
    """Builds both demo clinics, or prints how to log in to them."""

    help = "Build the demo clinics (development only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where a clinic exists")
        parser.add_argument("--logins", action="store_true", help="only print the demo logins")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError outside development: its password is known to everybody."""
        if not settings.DEVELOPMENT:
            raise CommandError(
                "The demo clinic has a password that everybody knows; set DEVELOPMENT=1 to want that."
            )
        if options["logins"]:
            self._print_logins()
        elif not Clinic.objects.exists():
            build()
        elif not options["if_empty"]:
            raise CommandError("There is a clinic already; the demo is built in an empty database only.")

    def _print_logins(self) -> None:
        for person in (*HARBOUR_PEOPLE, ELSEWHERE):
            place = "the other clinic" if person is ELSEWHERE else "Harbour Men's Health"
            self.stdout.write(f"  {person.role:<10} {person.email:<28} {PASSWORD}   ({place})")
