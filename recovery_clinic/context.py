"""What every page's frame needs: where this person may go, in the order of his work."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.models import CARE_TEAM, Role
from patients.presenters import emergencies_held_by
from workspace.presenters.emergencies import waiting_count


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    label: str
    url: str
    icon: str
    active: bool
    waiting: Any = 0


CARE = [
    ("Worklist", "worklist", "list-check"),
    ("Patients", "patients", "users"),
    ("Protocols", "protocols", "clipboard-list"),
]
ROADS = {
    Role.CLINICIAN: [*CARE, ("Rulebook", "dry_runs", "adjustments-horizontal")],
    Role.STAFF: CARE,
    Role.ADMIN: [
        ("Clinic", "clinic_settings", "settings"),
        ("Members", "members", "users"),
        ("Cut-offs", "cut_offs", "adjustments-horizontal"),
        ("Programs", "tokens", "key"),
        ("Restricted", "emergencies", "shield-lock"),
        ("Unfinished", "unfinished", "hourglass"),
    ],
    Role.PATIENT: [("My recovery", "my_recovery", "chart-line"), ("My results", "my_results", "flask")],
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The page's frame: `nav`, `clinic_name`, `search_url`. Asks nothing until a template reads `waiting`."""
    user = getattr(request, "user", None)
    standing = getattr(user, "standing", None)
    if standing is None:
        return {"nav": [], "clinic_name": "", "search_url": ""}
    roads = [(label, reverse(name), icon) for label, name, icon in ROADS[standing.role]]
    # /my/results/ lies below /my/ too: only the nearest road is the one that the reader is on.
    here = max((url for _, url, _ in roads if request.path.startswith(url)), key=len, default="")
    return {
        "nav": [
            Place(label, url, icon, url == here, _waiting(request) if url == reverse("emergencies") else 0)
            for label, url, icon in roads
        ],
        "clinic_name": standing.clinic_name,
        "search_url": reverse("patients") if standing.role in CARE_TEAM else "",
    }


def provider(request: HttpRequest) -> dict[str, str]:
    """What the log-in page calls the organisation's account; empty where there is none."""
    return {"provider_name": settings.OIDC_NAME if settings.OIDC_ISSUER else ""}


def emergencies(request: HttpRequest) -> dict[str, Any]:
    """The emergency accesses that this person holds now, for the banner that stands on every page.

    Asked for only where a template reads them, and never after a view has raised: the connection may then
    be of no use, and the page that says so must not fail as well.
    """
    standing = getattr(getattr(request, "user", None), "standing", None)
    if standing is None or standing.role not in CARE_TEAM or getattr(request, "view_raised", False):
        return {"emergencies": []}
    return {"emergencies": SimpleLazyObject(lambda: emergencies_held_by(request.user))}


def _waiting(request: HttpRequest) -> Any:
    """How much waits for the admin's review, asked for when it is shown."""
    if getattr(request, "view_raised", False):
        return 0
    return SimpleLazyObject(lambda: waiting_count(request.user))
