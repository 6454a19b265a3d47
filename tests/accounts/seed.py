"""`python -m tests.accounts.seed`: a clinic with people who can log in, by the product's actions."""

import json
import os

import django

NAMES = ("ada", "ben", "bea", "bob")


def main() -> dict[str, str]:
    """Returns each person's e-mail address, and what bea's authenticator app holds."""
    from tests import builders
    from tests.proof import a_second_factor

    clinic = builders.a_clinic()
    people = {name: builders.a_person(name, clinic=clinic, role="clinician") for name in NAMES}
    return {name: person.email for name, person in people.items()} | {
        "secret": a_second_factor(people["bea"])
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()
    print(json.dumps(main()))
