"""The walk from door to door: ask, and complain of whatever is not as the table says."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import is_valid_path, reverse

from accounts.models import Role
from tests import builders
from tests.drills.reading import found_in, masked, with_other_ids, words_of
from tests.drills.visitors import House, Visitor
from tests.house.deeds import DEEDS, arguments_of, sent
from tests.house.doors import ANYONE, DOORS, THEIRS, Door, Way
from tests.house.everything import fingerprint

# What django-allauth's addresses ask for: keys that were mailed or registered, and nobody has these.
THEIR_KEYS = {"key": "no-such-key", "uidb36": "1", "pk": "1"}
DONE = {200, 201, 204, 302}
# What a form of one's own is answered from a colleague, whom the role lets in: an emergency access is his who
# asked for it, a draft his who typed it.
ONES_OWN = {"emergency_end": {404}, "panel_draft_discard": {409}}


@dataclass
class Walk:
    """What was asked, what was visited, and what there is to complain of."""

    houses: Mapping[str, House]
    is_full: bool = False
    complaints: list[str] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)
    _forms: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _addresses: dict[tuple[str, str], str] = field(default_factory=dict)

    def address_of(self, way: Way, house: House) -> str:
        """Where this way leads to what this house has, looked up once."""
        if (way.name, house.letter) not in self._addresses:
            wanted = [name for name in way.arguments if name not in THEIR_KEYS]
            builders.acting(house.clinician)
            named = {**THEIR_KEYS, **arguments_of(way.route.name, wanted, house.made)}
            self._addresses[way.name, house.letter] = way.to(named)
        return self._addresses[way.name, house.letter]

    def form_of(self, way: Way, house: House) -> dict[str, Any]:
        """What would be valid there, as it is sent, filled in once; a route that takes none gets nothing."""
        name = way.route.name or ""
        if (name, house.letter) not in self._forms:
            builders.acting(house.clinician)
            form = DEEDS[name](house.made, house.clinician) if name in DEEDS else {}
            self._forms[name, house.letter] = sent(name, form)
        return self._forms[name, house.letter]

    def ask(self, visitor: Visitor, client: Client, way: Way, method: str, url: str, **sent: Any) -> Any:
        """One request; says what was wrong with its answer whoever asked."""
        answer = getattr(client, method)(url, **sent)
        self.visited.add(way.name)
        self.counted["requests"] += 1
        if visitor.at(way).is_known and answer.status_code in (403, 404) and not self._is_elsewhere(answer):
            self.counted["denials"] += 1
        if leaked := found_in(words_of(answer), visitor.hidden):
            self.complain(visitor, way, method, f"shows {', '.join(leaked)}")
        if answer.status_code >= 500 and not self._may_be_down(way, answer):
            self.complain(visitor, way, method, f"answers {answer.status_code}")
        return answer

    def complain(self, visitor: Visitor, way: Way, method: str, what: str) -> None:
        self.complaints.append(f"{method} {way.name} {what} to {visitor.name}")

    @staticmethod
    def _may_be_down(way: Way, answer: Any) -> bool:
        return way.name.startswith("health_") and answer.status_code == 503

    @staticmethod
    def _is_elsewhere(answer: Any) -> bool:
        """There is no door at this address, so nobody was refused at one."""
        return not is_valid_path(answer.request["PATH_INFO"])

    def knock(self, visitor: Visitor, client: Client, way: Way, house: House, method: str) -> None:
        """Ask for this house's record, with its valid form where something is sent, and judge the answer."""
        door = DOORS.get(way.name)
        if door is None:
            self.complain(visitor, way, method, "is not in the table")
            self.ask(visitor, client, way, method, self.address_of(way, house))
            return
        url = self.address_of(way, house)
        form = self.form_of(way, house) if method == "post" else {}
        if passes(visitor, way, house, method):
            self._pass(visitor, way, method, url, form)
            return
        answer = self.ask(visitor, client, way, method, url, **form)
        is_closed = method.upper() not in door.methods.split() and answer.status_code == 405
        if not (is_closed or is_refused(answer, visitor, way, method)):
            self.complain(visitor, way, method, f"answers {answer.status_code}")
        other = with_other_ids(url, str(uuid.uuid4()))
        # Where the role alone refuses, no record is looked for; the full walk compares there too.
        is_by_role = answer.status_code == 403
        if other != url and (self.is_full or (method == "get" and not is_by_role)):
            twin = self.ask(visitor, client, way, method, other, **form)
            self.counted["compared with a missing record"] += 1
            if masked(twin) != masked(answer):
                self.complain(visitor, way, method, "answers otherwise for a record that nobody has")

    def _pass(self, visitor: Visitor, way: Way, method: str, url: str, form: dict[str, Any]) -> None:
        """Whoever may pass does, and nothing of the other clinic changes; then it is as if he had not."""
        self.counted["passed"] += 1
        denials = self.counted["denials"]
        with transaction.atomic():
            before = self.state(visitor.house) if form else None
            # A browser of its own: what it has to say about this deed is no news of the next door.
            answer = self.ask(visitor, visitor.enter(), way, method, url, **form)
            if answer.status_code not in self._accepted_of(visitor, way, method):
                self.complain(visitor, way, method, f"answers {answer.status_code}, though he may")
            if before is not None:
                if self.state(visitor.house) != before:
                    self.complain(visitor, way, method, "changes a foreign row")
                self._undo(denials)

    def _accepted_of(self, visitor: Visitor, way: Way, method: str) -> set[int]:
        """What may be answered to him; what is one person's own is not there for a colleague."""
        usual = accepted(DOORS[way.name], method)
        is_his = visitor.house and visitor.person == self.houses[visitor.house].clinician
        return usual if is_his or method != "post" else usual | ONES_OWN.get(way.name, set())

    def misdirect(self, visitor: Visitor, way: Way, foreign: House) -> None:
        """At a door that is his own, send a form that names what the other clinic has."""
        self.counted["forms with foreign ids"] += 1
        denials = self.counted["denials"]
        with transaction.atomic():
            before = self.state(visitor.house)
            self.ask(visitor, visitor.enter(), way, "post", way.address, **self.form_of(way, foreign))
            if self.state(visitor.house) != before:
                self.complain(visitor, way, "post", "changes a foreign row")
            self._undo(denials)

    def _undo(self, denials: int) -> None:
        """Take back what was done, and with it what was written down of its refusal."""
        transaction.set_rollback(True)
        self.counted["denials"] = denials

    def state(self, without: str = "") -> dict[str, dict[str, str]]:
        """A digest of every table of each clinic but this one."""
        found = {}
        for letter, house in self.houses.items():
            if letter != without:
                builders.act_for_clinic(house.clinic)
                found[letter] = fingerprint(house.clinic.id)
        return found

    def query(self, visitor: Visitor, client: Client, way: Way, house: House, foreign: House) -> None:
        """Name foreign records in the query string, by every word that such a query might have."""
        asked = {**foreign_ids(foreign), "q": "given", "format": "json", "page": "1"}
        answer = self.ask(visitor, client, way, "get", self.address_of(way, house), data=asked)
        self.counted["foreign ids in query strings"] += len(asked)
        is_answered = answer.status_code in {*DONE, 400, 401, 403, 404, 405, 422}
        if not (is_answered or self._may_be_down(way, answer)):
            self.complain(visitor, way, "get", f"answers {answer.status_code} to a query")


def foreign_ids(house: House) -> dict[str, Any]:
    """Ids of this house's records under every name by which a query or a form could ask for them."""
    found: dict[str, Any] = {}
    for name, record in vars(house.made).items():
        found |= {name: record.id, f"{name}_id": record.id, f"{name}__id": record.id}
    ids = {"clinic": house.clinic.id, "clinic_id": house.clinic.id, "id": house.made.patient.id}
    return {**found, **ids, "after": house.made.patient.id, "ordering": "clinic_id", "sort": "clinic_id"}


def passes(visitor: Visitor, way: Way, house: House, method: str = "get") -> bool:
    """Whether the table lets him in: by his role, and to his own clinic's records."""
    door = DOORS[way.name]
    if door.audience == ANYONE:
        return True
    own = not door.of or visitor.house == house.letter
    may_enter = visitor.at(way).may_enter and reaches(visitor, way, method)
    return may_enter and visitor.role in door.audience and own


def reaches(visitor: Visitor, way: Way, method: str) -> bool:
    """Whether his token's scopes reach so far; whoever shows none is not bound by them."""
    if not way.is_api:
        return True
    usual = "read" if method == "get" else "write"
    return way.route.callback.cls.scopes.get(method.upper(), usual) in visitor.scopes


def accepted(door: Door, method: str) -> set[int]:
    """What may be answered to somebody who may pass; an open door asks for a link, or has no home for him."""
    if door.audience == ANYONE:
        return DONE | {404, 405, 410, 422, 503}
    return DONE if method.upper() in door.methods.split() else {405}


def is_refused(answer: Any, visitor: Visitor, way: Way, method: str) -> bool:
    """To the login for whoever is not in yet; 403 for a colleague whose role may not; else 404.

    A program is told 401, and to wait where it shows a token that opens nothing again and again.
    """
    door, visitor = DOORS[way.name], visitor.at(way)
    if way.is_api and not visitor.may_enter:
        accepted_here = {403} if visitor.is_known else {401, 429} if visitor.secret else {401}
        return answer.status_code in accepted_here
    if not visitor.may_enter:
        wanted = reverse("mfa_activate_totp" if visitor.is_known else "account_login")
        return answer.status_code == 302 and answer.url.startswith(wanted)
    is_member = visitor.role is not None and visitor.role != Role.PATIENT
    by_role = is_member and Role.PATIENT not in door.audience and visitor.role not in door.audience
    is_beyond = not reaches(visitor, way, method)
    return answer.status_code == (403 if by_role or is_beyond else 404)


def theirs(
    walk: Walk, visitor: Visitor, among: Iterable[Way], house: House, methods: tuple[str, ...]
) -> None:
    """django-allauth's doors, each from a fresh session: some of them end it, none speaks of a patient."""
    for way in among:
        if way.name not in THEIRS:
            walk.complain(visitor, way, "get", "is not in the table")
        for method in methods:
            walk.ask(visitor, visitor.enter(), way, method, walk.address_of(way, house))
