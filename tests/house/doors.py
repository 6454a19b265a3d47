"""The table of doors: every route with its audience and the records of the clinic that it shows."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Role
from documents import actions as documents
from documents.models import DocumentKind
from labs.models import PanelKind
from monitoring import actions as monitoring
from monitoring.models import Evaluation, Flag, Retest
from tests import builders

CARE = frozenset({Role.CLINICIAN, Role.STAFF})
CLINICIAN = frozenset({Role.CLINICIAN})
ADMIN = frozenset({Role.ADMIN})
PATIENT = frozenset({Role.PATIENT})
ANYONE: frozenset[Role] = frozenset()
CANARY = "CNRY-A"


@dataclass(frozen=True)
class Door:
    """A route: who may pass, the methods it takes, and how its address is made from a clinic's records."""

    audience: frozenset[Role]
    arguments: Callable[[Any], list[Any]] = lambda made: []
    methods: str = "GET"


def patient(made: Any) -> list[Any]:
    return [made.patient.id]


def entry(made: Any) -> list[Any]:
    return [made.patient.id, PanelKind.BLOOD]


def of(name: str) -> Callable[[Any], list[Any]]:
    return lambda made: [getattr(made, name).id]


DOORS = {
    "health_live": Door(ANYONE),
    "health_ready": Door(ANYONE),
    "health_behind": Door(ANYONE),
    "home": Door(ANYONE),
    "worklist": Door(CARE),
    "worklist_rows": Door(CARE),
    "patients": Door(CARE),
    "chart": Door(CARE, patient),
    "chart_flags": Door(CARE, patient),
    "chart_labs": Door(CARE, patient),
    "chart_treatment": Door(CARE, patient),
    "chart_timeline": Door(CARE, patient),
    "chart_documents": Door(CARE, patient),
    "chart_access": Door(CARE, patient),
    "clinic_settings": Door(ADMIN),
    "access_search": Door(ADMIN, methods="GET POST"),
    "access_report": Door(ADMIN, patient),
    "access_report_csv": Door(ADMIN, patient),
    "patient_register": Door(CARE, methods="GET POST"),
    "episode_open": Door(CARE, patient, "GET POST"),
    "episode_last_dose": Door(CARE, patient, "GET POST"),
    "observe": Door(CARE, patient, "GET POST"),
    "panel_new": Door(CARE, entry, "GET POST"),
    "panel_check": Door(CARE, entry, "POST"),
    "panel_draft": Door(CARE, entry, "POST"),
    "panel_draft_discard": Door(CARE, entry, "POST"),
    "panel": Door(CARE, of("panel")),
    "panel_amend": Door(CARE, of("panel"), "GET POST"),
    "panel_review": Door(CLINICIAN, of("panel"), "POST"),
    "panel_release": Door(CLINICIAN, of("panel"), "POST"),
    "course_start": Door(CLINICIAN, patient, "GET POST"),
    "dose_check": Door(CLINICIAN, patient, "POST"),
    "dose_adjust": Door(CLINICIAN, of("course"), "GET POST"),
    "course_stop": Door(CLINICIAN, of("course"), "GET POST"),
    "course_hold": Door(CLINICIAN, of("course"), "GET POST"),
    "course_resume": Door(CLINICIAN, of("course"), "GET POST"),
    "flag": Door(CARE, of("flag")),
    "flag_acknowledge": Door(CLINICIAN, of("flag"), "POST"),
    "retest_waive": Door(CLINICIAN, of("retest"), "GET POST"),
    "evaluation_retry": Door(CLINICIAN, of("evaluation"), "POST"),
    "recovery_chart": Door(CARE, patient),
    "recovery_chart_svg": Door(CARE, patient),
    "document_request": Door(CARE, patient, "POST"),
    "document_list": Door(CARE, patient),
    "document": Door(CARE, of("document")),
    "document_status": Door(CARE, of("document")),
    "document_retry": Door(CARE, of("document"), "POST"),
    "document_pdf": Door(CARE, of("document")),
    "my_recovery": Door(PATIENT),
    "my_results": Door(PATIENT),
    "my_chart_svg": Door(PATIENT),
}
# django-allauth's own pages show nobody but the person who is logged in.
ACCOUNT_PAGES = ("account_", "mfa_")


def routes(resolver: Any = None) -> Iterator[URLPattern]:
    """Every route below a resolver, through all includes, named or not."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from routes(each)
        else:
            yield each


@dataclass
class Made:
    """One of everything that a clinic can have, with a canary in each text."""

    patient: Any
    panel: Any
    course: Any
    flag: Any
    retest: Any
    evaluation: Any
    document: Any


def a_full_record(by: Any) -> Made:
    """A patient of `by`'s clinic with a panel, course, flag, retest, evaluation and document."""
    subject = builders.a_patient(by, given_name=CANARY, family_name=CANARY, allergies=CANARY)
    episode = builders.an_episode(subject, by=by)
    course = builders.a_course(episode, by=by, reason=CANARY, override_reason=CANARY)
    panel = builders.a_panel(subject, by=by, on=date(2026, 3, 2), HCT="54.6", TT="410", LH="<0.1")
    monitoring.evaluate_episode(episode.id, clinic_id=episode.clinic_id)
    document = documents.request_document(subject, DocumentKind.CLOMIPHENE, by=by, entry_key=uuid.uuid4())
    return Made(
        patient=subject,
        panel=panel,
        course=course,
        flag=Flag.objects.filter(episode=episode).first(),
        retest=Retest.objects.waiting().filter(episode=episode).first(),
        evaluation=Evaluation.objects.get(episode=episode),
        document=document,
    )
