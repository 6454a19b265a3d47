"""`python -m tests.drills.hound`: a clinic whose every text holds the canary, committed."""

import json
import os

import django


def main() -> dict[str, str]:
    """Returns who can log in, one man of the clinic, and one of another clinic."""
    from accounts.tenancy import in_clinic
    from tests import builders
    from tests.house.everything import everything_of

    clinic, elsewhere = builders.a_clinic(), builders.a_clinic("Elsewhere Clinic")
    ada = builders.a_person("ada", clinic=clinic, role="clinician")
    mallory = builders.a_person("mallory", clinic=elsewhere, role="clinician")
    with in_clinic(clinic.id):
        builders.acting(ada)
        made = everything_of(ada)
    with in_clinic(elsewhere.id):
        builders.acting(mallory)
        stranger = builders.a_patient(mallory)
    return {"clinician": ada.email, "patient": str(made.patient.id), "stranger": str(stranger.id)}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()
    print(json.dumps(main()))
