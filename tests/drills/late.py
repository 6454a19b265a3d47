"""A form that is sent after its sender's session has ended, and what became of what he had typed."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from accounts.unsaved import ASKED, DRAWN_ON
from tests import builders
from tests.house.deeds import DEEDS, STORES_NOTHING, address
from tests.house.doors import DOORS, our_routes
from tests.house.everything import Everything, fingerprint
from tests.house.sending import SENT
from tests.proof import proven

TYPED = "typed by hand, CNRY-TYPED"
BOXES = "words explanation lift_reason comment note text reason allergies dose name".split()
# Their boxes hold a day, a number, a choice or an address, and no words.
WITHOUT_WORDS = set(
    "episode_last_dose observe member_role invitation_new portal_invite restriction_carers".split()
)
CHECK_IT = "You were logged out before this was saved. Check it and save it."


def end(client: Client) -> None:
    """As if its person had touched nothing for longer than he may."""
    session = client.session
    session["session_began"] = session["session_seen"] = int(time.time()) - 16 * 60
    session.save()


def log_in(client: Client, person: Any) -> HttpResponse:
    return client.post(reverse("account_login"), {"login": person.email, "password": builders.PASSWORD})


def filled(name: str, made: Everything, by: Any) -> dict[str, Any]:
    """The form of a route as it would be valid, with TYPED in its box for words, if it has one."""
    form = dict(DEEDS[name](made, by))
    if name in {"panel_review", "panel_release"}:
        form[f"{name.removeprefix('panel_')}-comment"] = TYPED
    elif name not in WITHOUT_WORDS:
        form[next((box for box in BOXES if box in form), "allergies")] = TYPED
    return form


@dataclass
class Late:
    """One form of a route, drawn for `by`, whose session ended before it was sent."""

    name: str
    made: Everything
    ada: Any
    by: Any

    def __post_init__(self) -> None:
        builders.acting(self.ada)
        self.form = filled(self.name, self.made, self.ada)
        [route] = [route for route in our_routes() if route.name == self.name]
        self.url = address(route, self.made)
        self.client = proven(Client(), self.by)
        self.client.get(reverse("home"))
        end(self.client)

    def send(self, **headers: str) -> HttpResponse:
        return self.client.post(self.url, self.form, headers=headers)

    def state(self) -> dict[str, Any]:
        builders.acting(self.ada)
        return fingerprint(self.made.patient.clinic_id)

    def faults(self, *, htmx: bool) -> list[str]:
        """What was lost, or saved by itself, or saved twice: empty where all is well. Undone afterwards."""
        with transaction.atomic():
            found = [*self._lost(htmx=htmx), *self._not_once()]
            transaction.set_rollback(True)
        return found

    def _lost(self, *, htmx: bool) -> list[str]:
        before = self.state()
        refused = self.send(**({"HX-Request": "true"} if htmx else {}))
        if refused.status_code != (401 if htmx else 302) or refused.content:
            return [f"{self.name} answers {refused.status_code}"]
        self.page = log_in(self.client, self.by).url
        if not self.page.endswith(f"{ASKED}=1"):
            return [f"{self.name} is lost"]
        answer = self.client.get(self.page)
        html = answer.content.decode()
        found = [] if self.state() == before else [f"{self.name} is saved by itself"]
        if answer.status_code != 200 or CHECK_IT not in html:
            found.append(f"{self.name} is not shown")
        in_its_box = html.partition("</details>")[2]
        carried = [self.form[each] for each in self._carried()]
        words = [] if self.name in WITHOUT_WORDS else [TYPED]
        found += [f"{self.name} loses {text}" for text in [*words, *carried] if str(text) not in in_its_box]
        return found

    def _carried(self) -> list[str]:
        sent = SENT[self.name]
        return [
            each
            for each in ("entry_key", sent.version)
            if each in self.form and (each == sent.version or sent.key)
        ]

    def _not_once(self) -> list[str]:
        """From the page that came back, and then from the tab that stayed open."""
        if self.name in STORES_NOTHING or not hasattr(self, "page"):
            return []
        found = []
        before = self.state()
        proven(self.client, self.by)
        if self.send().status_code not in {200, 302} or (after := self.state()) == before:
            return [f"{self.name} cannot be saved"]
        self.send()
        if SENT[self.name].key and self.state() != after:
            found.append(f"{self.name} is saved twice")
        if CHECK_IT in self.client.get(self.page).content.decode():
            found.append(f"{self.name} is kept after its use")
        return found


def all_late(
    made: Everything,
    ada: Any,
    amy: Any,
    *,
    names: Iterable[str] = DRAWN_ON,
    htmx: Iterable[bool] = (False, True),
) -> tuple[list[str], int]:
    """The faults of forms that are sent late, as a page sends them and as HTMX does; and how many were."""
    found: list[str] = []
    asked = 0
    for name in sorted(names):
        by = ada if Role.CLINICIAN in DOORS[name].audience else amy
        for by_htmx in htmx:
            found += Late(name, made, ada, by).faults(htmx=by_htmx)
            asked += 1
    return found, asked
