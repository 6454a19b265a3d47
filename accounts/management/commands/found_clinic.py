"""Found a clinic and admit its first admin: what no page can do, because nobody is let in yet."""

import zoneinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from accounts import actions
from accounts.models import Clinic, Role


class Command(BaseCommand):
    """Refuses what is wrong before anything is stored."""

    help = (
        "Found a clinic and admit its first admin, who then sets a password by the link on the log-in page."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the clinic is called, on its letters too")
        parser.add_argument("--admin-email", required=True)
        parser.add_argument("--admin-name", required=True, help="first and last name")
        parser.add_argument("--time-zone", required=True, help="such as Europe/London")
        parser.add_argument("--address", default="")
        parser.add_argument("--phone", default="")

    def handle(self, *args: Any, **said: Any) -> None:
        self.refuse(said)
        with transaction.atomic():
            clinic = actions.found_clinic(
                said["name"], time_zone=said["time_zone"], address=said["address"], phone=said["phone"]
            )
            actions.admit(
                clinic,
                email=said["admin_email"],
                full_name=said["admin_name"],
                role=Role.ADMIN,
                by=None,
                password=None,
            )
        self.stdout.write(f"Founded: {clinic.name}, times in {clinic.time_zone}.")
        self.stdout.write(
            f"{said['admin_email']} is its admin, and sets a password by the link on the log-in page."
        )

    def refuse(self, said: dict[str, Any]) -> None:
        """Say what is wrong before anything is stored."""
        if said["time_zone"] not in zoneinfo.available_timezones():
            raise CommandError(
                f'--time-zone: found "{said["time_zone"]}". Accepted: a name such as Europe/London.'
            )
        try:
            validate_email(said["admin_email"])
        except ValidationError:
            raise CommandError(
                f'--admin-email: found "{said["admin_email"]}". Accepted: an e-mail address.'
            ) from None
        for name in ("name", "admin_name"):
            if not said[name].strip():
                raise CommandError(f"{name.replace('_', ' ')}: found nothing. Accepted: a name.")
        if Clinic.objects.filter(name__iexact=said["name"].strip()).exists():
            raise CommandError(
                f'A clinic called "{said["name"]}" exists already. Members are admitted on its pages.'
            )
