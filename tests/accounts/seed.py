"""`python -m tests.accounts.seed`: a clinic with people who can log in, by the product's actions."""

import json
import os

import django

NAMES = ("ada", "ben", "bea", "bob", "bix")


def main() -> dict[str, str]:
    """Returns each person's e-mail address."""
    from tests import builders

    clinic = builders.a_clinic()
    return {name: builders.a_person(name, clinic=clinic, role="clinician").email for name in NAMES}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()
    print(json.dumps(main()))
