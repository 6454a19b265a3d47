"""`python -m tests.drills.fuzz_seed`: a clinic to be fuzzed, and a token for each of its principals."""

import json
import os
import uuid
from typing import Any

import django

SCOPES = {
    "clinician": {"may_read": True, "may_write": True},
    "staff": {"may_read": True, "may_write": True},
    "reader": {"may_read": True, "may_write": False},
    "admin": {"may_read": True, "may_write": True},
}


def main() -> dict[str, Any]:
    """Records one of everything; returns the tokens by principal, and the ids that addresses can name."""
    from accounts.actions import issue_token
    from accounts.models import Membership
    from accounts.tenancy import in_clinic
    from tests import builders
    from tests.house.everything import everything_of

    clinic = builders.a_clinic("Fuzzed Clinic")
    ada = builders.a_person("ada", clinic=clinic, role="clinician")
    roles = {"clinician": "clinician", "staff": "staff", "reader": "staff", "admin": "admin"}
    tokens = {}
    with in_clinic(clinic.id):
        made = everything_of(ada)
        for principal, role in roles.items():
            person = builders.a_person(f"{principal}1", clinic=clinic, role=role)
            membership = Membership.objects.get(person=person, clinic=clinic)
            given = {"name": principal, "days": 1, "entry_key": uuid.uuid4(), "by": ada}
            _, tokens[principal] = issue_token(membership, **SCOPES[principal], **given)
    ids = {"patient_id": made.patient.id, "panel_id": made.panel.id, "laboratory": made.laboratory.id}
    return {"tokens": tokens, **{name: str(value) for name, value in ids.items()}}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()
    print(json.dumps(main()))
