"""The table of doors: every route with its audience and the methods that it takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Role

CARE = frozenset({Role.CLINICIAN, Role.STAFF})
CLINICIAN = frozenset({Role.CLINICIAN})
ADMIN = frozenset({Role.ADMIN})
PATIENT = frozenset({Role.PATIENT})
ANYONE: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Door:
    """A route: who may pass and the methods it takes. Which records it needs, its pattern's names say."""

    audience: frozenset[Role]
    methods: str = "GET"


DOORS = {
    "health_live": Door(ANYONE),
    "health_ready": Door(ANYONE),
    "health_behind": Door(ANYONE),
    "home": Door(ANYONE),
    "worklist": Door(CARE),
    "worklist_rows": Door(CARE),
    "patients": Door(CARE),
    "chart": Door(CARE),
    "chart_flags": Door(CARE),
    "chart_labs": Door(CARE),
    "chart_treatment": Door(CARE),
    "chart_timeline": Door(CARE),
    "chart_documents": Door(CARE),
    "chart_access": Door(CARE),
    "clinic_settings": Door(ADMIN),
    "access_search": Door(ADMIN, "GET POST"),
    "access_report": Door(ADMIN),
    "access_report_csv": Door(ADMIN),
    "patient_register": Door(CARE, "GET POST"),
    "episode_open": Door(CARE, "GET POST"),
    "episode_last_dose": Door(CARE, "GET POST"),
    "observe": Door(CARE, "GET POST"),
    "panel_new": Door(CARE, "GET POST"),
    "panel_check": Door(CARE, "POST"),
    "panel_draft": Door(CARE, "POST"),
    "panel_draft_discard": Door(CARE, "POST"),
    "panel": Door(CARE),
    "panel_amend": Door(CARE, "GET POST"),
    "panel_review": Door(CLINICIAN, "POST"),
    "panel_release": Door(CLINICIAN, "POST"),
    "course_start": Door(CLINICIAN, "GET POST"),
    "dose_check": Door(CLINICIAN, "POST"),
    "dose_adjust": Door(CLINICIAN, "GET POST"),
    "course_stop": Door(CLINICIAN, "GET POST"),
    "course_hold": Door(CLINICIAN, "GET POST"),
    "course_resume": Door(CLINICIAN, "GET POST"),
    "flag": Door(CARE),
    "flag_acknowledge": Door(CLINICIAN, "POST"),
    "retest_waive": Door(CLINICIAN, "GET POST"),
    "evaluation_retry": Door(CLINICIAN, "POST"),
    "recovery_chart": Door(CARE),
    "recovery_chart_svg": Door(CARE),
    "document_request": Door(CARE, "POST"),
    "document_list": Door(CARE),
    "document": Door(CARE),
    "document_status": Door(CARE),
    "document_retry": Door(CARE, "POST"),
    "document_pdf": Door(CARE),
    "my_recovery": Door(PATIENT),
    "my_results": Door(PATIENT),
    "my_chart_svg": Door(PATIENT),
}


def routes(resolver: Any = None) -> Iterator[URLPattern]:
    """Every route below a resolver, through all includes, named or not."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from routes(each)
        else:
            yield each


def our_routes() -> list[URLPattern]:
    """All but django-allauth's, told by whose code answers: those show only the person who is logged in."""
    return [route for route in routes() if not route.callback.__module__.startswith("allauth.")]
