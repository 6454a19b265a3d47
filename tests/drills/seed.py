"""`python -m tests.drills.seed COUNT`: men with a panel that raises a flag, by the product's actions."""

import json
import os
import sys
from datetime import date

import django


def main(count: int) -> dict[str, str | list[str]]:
    """Records the panels, each committed; returns the clinician's e-mail and the ids of what was made."""
    from accounts.tenancy import in_clinic
    from tests import builders

    clinic = builders.a_clinic()
    ada = builders.a_person(f"ada{os.getpid()}", clinic=clinic, role="clinician")
    patients, episodes = [], []
    for number in range(count):
        with in_clinic(clinic.id):
            patient = builders.a_patient(ada, mrn=f"F{os.getpid()}-{number}")
            episode = builders.an_episode(patient, by=ada)
            builders.a_panel(patient, by=ada, on=date(2026, 3, 2), TT="842", HCT="54.6")
            patients.append(str(patient.id))
            episodes.append(str(episode.id))
    return {"clinician": ada.email, "patients": patients, "episodes": episodes}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()
    print(json.dumps(main(int(sys.argv[1]))))
