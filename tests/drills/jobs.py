"""`python -m tests.drills.jobs SEED`: a hundred jobs in an order of the seed's, some of them poisoned.

A job is an evaluation of a record or a PDF of a document. The record number of a poisoned one says what it
does to whoever works at it; tests/drills/faulty.py sees to that.
"""

import json
import os
import random
import sys
import uuid
from collections import defaultdict
from datetime import date

import django

KILLS, FAILS = "KILLS", "FAILS"
EVALUATIONS, DOCUMENTS = "episodes", "documents"
POISONED = {kind: f"poisoned_{kind}" for kind in (EVALUATIONS, DOCUMENTS)}
HEALTHY = {EVALUATIONS: 66, DOCUMENTS: 28}
# Two of each kind raise, and one of each kills the process that works at it.
POISONS = [FAILS, FAILS, KILLS]
# The part of the other jobs that is asked for among the first, with those that kill.
SOON = 0.2
JOBS = sum(HEALTHY.values()) + 2 * len(POISONS)


def ordered(seed: int) -> list[tuple[str, str]]:
    """Kind and poison of each job, in the order in which they are asked for."""
    jobs = [(kind, "") for kind, count in HEALTHY.items() for _ in range(count)]
    jobs += [(kind, poison) for kind in HEALTHY for poison in POISONS]
    chosen = random.Random(seed)
    chosen.shuffle(jobs)
    # Three tries of what kills take longest, for each death has to be noticed first: they begin soon.
    jobs.sort(key=lambda job: job[1] != KILLS and chosen.random() > SOON)
    return jobs


def main(seed: int) -> dict[str, str | list[str]]:
    """Asks for the jobs by the product's actions, each committed; returns the clinician and the ids."""
    from accounts.tenancy import in_clinic
    from documents.actions import request_document
    from documents.models import DocumentKind
    from tests import builders

    clinic = builders.a_clinic()
    ada = builders.a_person(f"ada{os.getpid()}", clinic=clinic, role="clinician")
    made = defaultdict(list)
    for number, (kind, poison) in enumerate(ordered(seed)):
        with in_clinic(clinic.id):
            patient = builders.a_patient(ada, mrn=f"{poison or 'F'}-{number}")
            if kind == EVALUATIONS:
                job = builders.an_episode(patient, by=ada)
                builders.a_panel(patient, by=ada, on=date(2026, 3, 2), TT="842", HCT="54.6")
            else:
                kind_of_document = DocumentKind.LAB_PREPARATION
                job = request_document(patient, kind_of_document, by=ada, entry_key=uuid.uuid4())
        made[POISONED[kind] if poison else kind].append(str(job.id))
    return {"clinician": ada.email, **made}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recovery_clinic.settings")
    django.setup()
    print(json.dumps(main(int(sys.argv[1]))))
