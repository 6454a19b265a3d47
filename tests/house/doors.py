"""The table of doors: every route with its audience, its methods and the kind of record that it names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from accounts.models import Role

CARE = frozenset({Role.CLINICIAN, Role.STAFF})
CLINICIAN = frozenset({Role.CLINICIAN})
ADMIN = frozenset({Role.ADMIN})
MEMBERS = CARE | ADMIN
PATIENT = frozenset({Role.PATIENT})
MEMBER = CARE | ADMIN
KEEPER = CLINICIAN | ADMIN
ANYONE: frozenset[Role] = frozenset()
# Whoever is logged in, also where he stands in no clinic.
EVERYBODY = frozenset(Role)


@dataclass(frozen=True)
class Door:
    """A route: who may pass, the methods it takes, and what it is about.

    `of` is the model whose record the address names; nothing where it names none. `shows_patient` says that
    an answer to somebody who may pass can show something of a patient, also the one that refuses a form.
    """

    audience: frozenset[Role]
    methods: str = "GET"
    of: str = ""
    shows_patient: bool = False


DOORS = {
    "health_live": Door(ANYONE),
    "health_ready": Door(ANYONE),
    "health_behind": Door(ANYONE),
    "unfinished": Door(MEMBERS),
    "home": Door(ANYONE),
    "clinic_choose": Door(EVERYBODY, "GET POST"),
    "worklist": Door(CARE, shows_patient=True),
    "worklist_rows": Door(CARE, shows_patient=True),
    "patients": Door(CARE, shows_patient=True),
    "chart": Door(CARE, of="patients.Patient", shows_patient=True),
    "chart_flags": Door(CARE, of="patients.Patient", shows_patient=True),
    "chart_labs": Door(CARE, of="patients.Patient", shows_patient=True),
    "chart_treatment": Door(CARE, of="patients.Patient", shows_patient=True),
    "chart_timeline": Door(CARE, of="patients.Patient", shows_patient=True),
    "chart_documents": Door(CARE, of="patients.Patient", shows_patient=True),
    "chart_notes": Door(CARE, of="patients.Patient", shows_patient=True),
    "chart_access": Door(CARE, of="patients.Patient", shows_patient=True),
    "clinic_settings": Door(ADMIN),
    "members": Door(ADMIN),
    "member": Door(ADMIN, of="accounts.Membership"),
    "invitation_new": Door(ADMIN, "GET POST"),
    "invitation_resend": Door(ADMIN, "POST", of="accounts.Invitation"),
    "invitation_withdraw": Door(ADMIN, "POST", of="accounts.Invitation"),
    "oidc_leave": Door(ANYONE, "POST"),
    "oidc_back": Door(ANYONE),
    "join_link": Door(ANYONE),
    "join": Door(ANYONE, "GET POST"),
    "portal_join": Door(ANYONE, "GET POST"),
    "portal_access": Door(CARE, of="patients.Patient", shows_patient=True),
    "portal_invite": Door(CARE, "POST", of="patients.Patient", shows_patient=True),
    "portal_resend": Door(CARE, "POST", of="patients.Patient", shows_patient=True),
    "portal_withdraw": Door(CARE, "POST", of="patients.Patient", shows_patient=True),
    "member_role": Door(ADMIN, "POST", of="accounts.Membership"),
    "member_end": Door(ADMIN, "POST", of="accounts.Membership"),
    "access_search": Door(ADMIN, "GET POST"),
    "access_report": Door(ADMIN, of="patients.Patient", shows_patient=True),
    "access_report_csv": Door(ADMIN, of="patients.Patient", shows_patient=True),
    "tokens": Door(ADMIN),
    "token_create": Door(ADMIN, "POST"),
    "token_revoke": Door(ADMIN, "POST", of="accounts.ApiToken"),
    "emergencies": Door(ADMIN, shows_patient=True),
    "emergency": Door(ADMIN, "GET POST", of="patients.EmergencyAccess", shows_patient=True),
    "emergency_notice": Door(ADMIN, "POST", of="patients.EmergencyAccess"),
    "emergency_open": Door(CARE, "GET POST", of="patients.Patient"),
    "emergency_end": Door(MEMBER, "POST", of="patients.EmergencyAccess"),
    "restriction": Door(KEEPER, of="patients.Patient", shows_patient=True),
    "restriction_place": Door(KEEPER, "POST", of="patients.Patient", shows_patient=True),
    "restriction_carers": Door(KEEPER, "POST", of="patients.Restriction", shows_patient=True),
    "restriction_lift": Door(KEEPER, "POST", of="patients.Restriction", shows_patient=True),
    "patient_register": Door(CARE, "GET POST", shows_patient=True),
    "episode_open": Door(CARE, "GET POST", of="patients.Patient", shows_patient=True),
    "episode_last_dose": Door(CARE, "GET POST", of="patients.Patient", shows_patient=True),
    "observe": Door(CARE, "GET POST", of="patients.Patient", shows_patient=True),
    "note_new": Door(CARE, "GET POST", of="patients.Patient", shows_patient=True),
    "note_sign": Door(CARE, "GET POST", of="patients.Patient", shows_patient=True),
    "note_discard": Door(CARE, "POST", of="patients.Patient", shows_patient=True),
    "note": Door(CARE, "GET POST", of="patients.Note", shows_patient=True),
    "panel_new": Door(CARE, "GET POST", of="patients.Patient", shows_patient=True),
    "panel_check": Door(CARE, "POST", of="patients.Patient", shows_patient=True),
    "panel_draft": Door(CARE, "POST", of="patients.Patient", shows_patient=True),
    "panel_draft_discard": Door(CARE, "POST", of="patients.Patient", shows_patient=True),
    "panel": Door(CARE, of="labs.Panel", shows_patient=True),
    "panel_amend": Door(CARE, "GET POST", of="labs.Panel", shows_patient=True),
    "panel_review": Door(CLINICIAN, "POST", of="labs.Panel", shows_patient=True),
    "panel_release": Door(CLINICIAN, "POST", of="labs.Panel", shows_patient=True),
    "course_start": Door(CLINICIAN, "GET POST", of="patients.Patient", shows_patient=True),
    "protocols": Door(CARE),
    "protocol_shipped": Door(CARE),
    "protocol_version": Door(CARE, of="protocols.ProtocolVersion"),
    "protocol_copy_shipped": Door(CLINICIAN, "POST"),
    "protocol_copy": Door(CLINICIAN, "POST", of="protocols.ProtocolVersion"),
    "protocol_edit": Door(CLINICIAN, "GET POST", of="protocols.ProtocolVersion"),
    "protocol_move": Door(CLINICIAN, "POST", of="protocols.ProtocolVersion"),
    "protocol_review": Door(CLINICIAN, "GET POST", of="protocols.ProtocolVersion"),
    "protocol_choose": Door(CLINICIAN, of="patients.Patient", shows_patient=True),
    "protocol_start": Door(CLINICIAN, "GET POST", of="patients.Patient", shows_patient=True),
    "dose_check": Door(CLINICIAN, "POST", of="patients.Patient", shows_patient=True),
    "dose_adjust": Door(CLINICIAN, "GET POST", of="protocols.Course", shows_patient=True),
    "course_stop": Door(CLINICIAN, "GET POST", of="protocols.Course", shows_patient=True),
    "course_hold": Door(CLINICIAN, "GET POST", of="protocols.Course", shows_patient=True),
    "course_resume": Door(CLINICIAN, "GET POST", of="protocols.Course", shows_patient=True),
    "flag": Door(CARE, of="monitoring.Flag", shows_patient=True),
    "flag_acknowledge": Door(CLINICIAN, "POST", of="monitoring.Flag", shows_patient=True),
    "retest_waive": Door(CLINICIAN, "GET POST", of="monitoring.Retest", shows_patient=True),
    "evaluation_retry": Door(MEMBERS, "POST", of="patients.Episode"),
    "cut_offs": Door(KEEPER, "GET POST"),
    "dry_runs": Door(CLINICIAN, "GET POST"),
    "dry_run": Door(CLINICIAN, of="monitoring.DryRun", shows_patient=True),
    "dry_run_status": Door(CLINICIAN, of="monitoring.DryRun"),
    "dry_run_retry": Door(MEMBERS, "POST", of="monitoring.DryRun"),
    "recovery_chart": Door(CARE, of="patients.Patient", shows_patient=True),
    "recovery_chart_svg": Door(CARE, of="patients.Patient", shows_patient=True),
    "document_request": Door(CARE, "POST", of="patients.Patient", shows_patient=True),
    "document_list": Door(CARE, of="patients.Patient", shows_patient=True),
    "document": Door(CARE, of="documents.Document", shows_patient=True),
    "document_status": Door(CARE, of="documents.Document"),
    "document_retry": Door(MEMBERS, "POST", of="documents.Document"),
    "document_pdf": Door(CARE, of="documents.Document", shows_patient=True),
    "api_patients": Door(CARE, shows_patient=True),
    "api_patient_search": Door(CARE, "POST", shows_patient=True),
    "api_patient": Door(CARE, of="patients.Patient", shows_patient=True),
    "api_laboratories": Door(CARE),
    "api_panels": Door(CARE, "GET POST", of="patients.Patient", shows_patient=True),
    "api_panel": Door(CARE, of="labs.Panel", shows_patient=True),
    "api_panel_amend": Door(CARE, "POST", of="labs.Panel", shows_patient=True),
    "api_flags": Door(CARE, of="patients.Patient", shows_patient=True),
    "api_retests": Door(CARE, of="patients.Patient", shows_patient=True),
    "api_schema": Door(MEMBER),
    "my_recovery": Door(PATIENT, shows_patient=True),
    "my_results": Door(PATIENT, shows_patient=True),
    "my_chart_svg": Door(PATIENT, shows_patient=True),
}
# django-allauth's routes, which show and change nothing but the person who is logged in, or who proves to be.
THEIRS = {
    "account_login": Door(ANYONE, "GET POST"),
    "account_logout": Door(EVERYBODY, "GET POST"),
    "account_inactive": Door(ANYONE, "GET POST"),
    "account_signup": Door(ANYONE, "GET POST"),
    "account_reauthenticate": Door(EVERYBODY, "GET POST"),
    "account_email": Door(EVERYBODY, "GET POST"),
    "account_email_verification_sent": Door(ANYONE, "GET POST"),
    "account_change_password": Door(EVERYBODY, "GET POST"),
    "account_set_password": Door(EVERYBODY, "GET POST"),
    "account_reset_password": Door(ANYONE, "GET POST"),
    "account_confirm_login_code": Door(ANYONE, "GET POST"),
    "account_confirm_email": Door(ANYONE, "GET POST"),
    "account_reset_password_from_key_done": Door(ANYONE, "GET POST"),
    "account_reset_password_from_key": Door(ANYONE, "GET POST"),
    "account_reset_password_done": Door(ANYONE, "GET POST"),
    "mfa_list_webauthn": Door(EVERYBODY, "GET POST"),
    "mfa_add_webauthn": Door(EVERYBODY, "GET POST"),
    "mfa_reauthenticate_webauthn": Door(EVERYBODY, "GET POST"),
    "mfa_edit_webauthn": Door(EVERYBODY, "GET POST"),
    "mfa_remove_webauthn": Door(EVERYBODY, "GET POST"),
    "mfa_index": Door(EVERYBODY, "GET POST"),
    "mfa_authenticate": Door(ANYONE, "GET POST"),
    "mfa_reauthenticate": Door(EVERYBODY, "GET POST"),
    "mfa_activate_totp": Door(EVERYBODY, "GET POST"),
    "mfa_deactivate_totp": Door(EVERYBODY, "GET POST"),
    "mfa_view_recovery_codes": Door(EVERYBODY, "GET POST"),
    "mfa_generate_recovery_codes": Door(EVERYBODY, "GET POST"),
    "mfa_download_recovery_codes": Door(EVERYBODY, "GET POST"),
}


def routes(resolver: Any = None) -> Iterator[URLPattern]:
    """Every route below a resolver, through all includes, named or not."""
    return (way.route for way in ways(resolver))


@dataclass(frozen=True)
class Way:
    """A route with its whole address, as the includes above it add up: "/panels/%(panel_id)s/"."""

    route: URLPattern
    address: str
    converters: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name, or what stands for one where it has none."""
        return self.route.name or f"unnamed: {self.address}"

    def to(self, arguments: Mapping[str, object]) -> str:
        """The address of what these arguments name; each is spelled as its converter spells it."""
        spelled = {
            key: self.converters[key].to_url(value) if key in self.converters else str(value)
            for key, value in arguments.items()
        }
        return self.address % spelled

    @property
    def is_api(self) -> bool:
        """Whether a program asks there."""
        return self.name.startswith("api_")

    @property
    def arguments(self) -> list[str]:
        """The names of what the address asks for."""
        return re.findall(r"%\((\w+)\)s", self.address)


def ways(
    resolver: Any = None, above: str = "/", converters: Mapping[str, Any] | None = None
) -> Iterator[Way]:
    """Every way below a resolver; nothing is skipped."""
    for each in (resolver or get_resolver()).url_patterns:
        [(part, _), *_] = normalize(each.pattern.regex.pattern.removeprefix("^"))
        known = {**(converters or {}), **each.pattern.converters}
        if isinstance(each, URLResolver):
            yield from ways(each, above + part, known)
        else:
            yield Way(each, above + part, known)


def our_ways() -> list[Way]:
    """All but django-allauth's, told by whose code answers: those show only the person who is logged in."""
    return [way for way in ways() if not way.route.callback.__module__.startswith("allauth.")]


def our_routes() -> list[URLPattern]:
    """The routes of our ways."""
    return [way.route for way in our_ways()]
