"""What every page's frame needs: where this person may go, in the order of his work."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import CARE_TEAM, Role


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    label: str
    url: str
    icon: str
    active: bool


CARE = [("Worklist", "worklist", "list-check"), ("Patients", "patients", "users")]
ROADS = {
    Role.CLINICIAN: CARE,
    Role.STAFF: CARE,
    Role.ADMIN: [
        ("Clinic", "clinic_settings", "settings"),
        ("Members", "members", "users"),
        ("Programs", "tokens", "key"),
    ],
    Role.PATIENT: [("My recovery", "my_recovery", "chart-line"), ("My results", "my_results", "flask")],
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The page's frame: `nav`, `clinic_name`, `search_url`. Makes no query, so it also serves error pages."""
    user = getattr(request, "user", None)
    standing = getattr(user, "standing", None)
    if standing is None:
        return {"nav": [], "clinic_name": "", "search_url": ""}
    roads = [(label, reverse(name), icon) for label, name, icon in ROADS[standing.role]]
    # /my/results/ lies below /my/ too: only the nearest road is the one that the reader is on.
    here = max((url for _, url, _ in roads if request.path.startswith(url)), key=len, default="")
    return {
        "nav": [Place(label, url, icon, url == here) for label, url, icon in roads],
        "clinic_name": standing.clinic_name,
        "search_url": reverse("patients") if standing.role in CARE_TEAM else "",
    }
