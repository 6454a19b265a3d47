"""`python -m tests.journeys.seed`: a clinic with men to care for, by the product's actions."""

import json
import os
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import django

ZONE = "Europe/London"


def today() -> date:
    """The day in the clinic, wherever the test runs."""
    return datetime.now(ZoneInfo(ZONE)).date()


def main() -> dict[str, object]:
    """Returns the e-mail of everybody who can log in, and the address of each man's chart."""
    from accounts.tenancy import in_clinic
    from patients.models import Goal
    from tests import builders

    clinic = builders.a_clinic(time_zone=ZONE)
    ada = builders.a_person("ada", clinic=clinic, role="clinician")
    ben = builders.a_person("ben", clinic=clinic, role="staff")
    dora = builders.a_person("dora", clinic=clinic, role="clinician")
    with in_clinic(clinic.id):
        builders.acting(ada)
        builders.a_laboratory(ada)
        cal = builders.a_portal_patient("cal", clinic=clinic, by=ada)
        men = {
            "cal": cal.patient,
            "dan": builders.a_patient(ada, given_name="Dan", family_name="Hollis"),
            "eli": builders.a_patient(ada, given_name="Eli", family_name="Marsh"),
            "fin": builders.a_patient(ada, given_name="Fin", family_name="Kerr"),
            "hal": builders.a_patient(ada, given_name="Hal", family_name="Quinn", mrn="J0005"),
            "ivo": builders.a_patient(ada, given_name="Ivo", family_name="Lange", mrn="J0006"),
        }
        for man in men.values():
            builders.an_episode(man, by=ada, stopped=today() - timedelta(days=140), goal=Goal.BOTH)
    people = {"ada": ada.email, "ben": ben.email, "cal": cal.email, "dora": dora.email}
    return {"people": people, "charts": {name: f"/patients/{man.id}/" for name, man in men.items()}}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()
    print(json.dumps(main()))
