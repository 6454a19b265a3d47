"""Two clinics that hold everything, and everybody who may come to their doors."""

import json
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from django.test import Client, override_settings
from django.test.client import ClientHandler
from django.urls import reverse

from accounts.actions import end_membership, issue_token, revoke_token
from accounts.models import Person, Role
from documents import tasks as documents
from documents.actions import request_document
from documents.models import Document, DocumentKind
from patients.actions import give_portal_access
from tests import builders
from tests.house.doors import Way
from tests.house.everything import Everything, everything_of
from tests.proof import a_second_factor, proven

CANARY_OF = {"A": "CNRY-A", "B": "CNRY-B"}
EVERY_CANARY = tuple(CANARY_OF.values())


@dataclass(frozen=True)
class House:
    """A clinic, its clinician, and one of everything that it holds."""

    letter: str
    clinic: Any
    clinician: Person
    made: Everything


@dataclass
class Visitor:
    """Somebody at the door: who he is, where he stands, and the words that nothing may tell him.

    `role` is None for whoever stands in no clinic. `may_enter` is False where a login or a second factor is
    still missing: no page of ours is his then. A program shows a token's `secret` and has its `scopes`;
    no page knows it.
    """

    name: str
    person: Person | None = None
    house: str = ""
    role: Role | None = None
    hidden: tuple[str, ...] = EVERY_CANARY
    is_known: bool = True
    may_enter: bool = True
    secret: str = ""
    scopes: frozenset[str] = frozenset({"read", "write"})
    settings: dict[str, Any] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)
    # One for all his browsers: it reads the middleware and every static file's name.
    handler: ClientHandler = field(default_factory=lambda: ClientHandler(enforce_csrf_checks=False))

    def enter(self) -> Client:
        """A browser with a session of his own, as it was when he came."""
        shown = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        client = Client(raise_request_exception=False, headers=shown)
        client.handler = self.handler
        if self.session:
            session = client.session
            session.update(self.session)
            session.save()
        return client

    def under(self) -> override_settings:
        """The settings under which he comes."""
        return override_settings(**self.settings)

    def at(self, way: Way) -> "Visitor":
        """Who he is at this door: a program is nobody where a page is asked for."""
        return replace(self, is_known=False, may_enter=False) if self.secret and not way.is_api else self


def a_house(letter: str, clinic: Any, clinician: Person) -> House:
    """A clinic with one of everything, its canary in every text, and a PDF that was really rendered."""
    builders.acting(clinician)
    made = everything_of(clinician, CANARY_OF[letter])
    asked = request_document(made.patient, DocumentKind.CLOMIPHENE, by=clinician, entry_key=uuid.uuid4())
    documents.render_document(asked.id, clinic_id=asked.clinic_id)
    builders.acting(clinician)
    document = Document.objects.get(pk=asked.id)
    assert document.pdf, document.error
    return House(letter, clinic, clinician, replace(made, document=document))


def members(here: House, there: House) -> list[Visitor]:
    """Clinician, staff and admin of both clinics."""
    return [*_members(here), *_members(there)]


def patients(here: House, there: House) -> list[Visitor]:
    """The man whose record it is, another patient of his clinic, and one of the other clinic."""
    return [
        _patient("owner", here, here.made.patient, hidden=_kept_from_the_owner(here)),
        _patient("fellow", here, None),
        _patient("foreign patient", there, there.made.patient, hidden=_kept_from_the_owner(there)),
    ]


def half_in(here: House, there: House) -> list[Visitor]:
    """Whoever is not in yet, or no longer."""
    return [
        Visitor("nobody", is_known=False, may_enter=False),
        _gone(here),
        _stands_nowhere(here),
        _disabled(here),
        _pending(here),
        _without_second_factor(here),
    ]


def programs(here: House, there: House) -> list[Visitor]:
    """With a token of either clinic, with one that may only read, and with one that was revoked."""
    return [
        _program("program A", here),
        _program("program B", there),
        _program("reading program A", here, may_write=False),
        _program("revoked program A", here, is_revoked=True),
    ]


GROUPS = {"members": members, "patients": patients, "half in": half_in, "programs": programs}


def _kept_from_the_owner(house: House) -> tuple[str, ...]:
    own = CANARY_OF[house.letter]
    return (*_others(house.letter), f"{own}-other", f"{own}-guarded", f"{own}-kept")


def _others(letter: str) -> tuple[str, ...]:
    return tuple(canary for each, canary in CANARY_OF.items() if each != letter)


def _entered(visitor: Visitor) -> Visitor:
    """With the session of somebody who logged in a moment ago."""
    client = proven(Client(), visitor.person)
    return replace(visitor, session=dict(client.session.items()))


def _members(house: House) -> list[Visitor]:
    builders.acting(house.clinician)
    people = {Role.CLINICIAN: house.clinician} | {
        role: builders.a_person(f"a-{role}", clinic=house.clinic, role=role)
        for role in (Role.STAFF, Role.ADMIN)
    }
    others = _others(house.letter)
    return [
        _entered(Visitor(f"{role} {house.letter}", person, house.letter, role, hidden))
        for role, person in people.items()
        # A restricted record is its carers' alone.
        for hidden in [(*others, f"{CANARY_OF[house.letter]}-guarded") if role == Role.STAFF else others]
    ]


def _patient(name: str, house: House, record: Any, hidden: tuple[str, ...] = EVERY_CANARY) -> Visitor:
    """Somebody with portal access to this record, or to one of his own that says nothing."""
    builders.acting(house.clinician)
    if record is None:
        person = builders.a_portal_patient(name, clinic=house.clinic, by=house.clinician)
        builders.an_episode(person.patient, by=house.clinician)
    else:
        person = builders.a_person(name.split()[0], clinic=house.clinic, role=Role.PATIENT)
        give_portal_access(record, person=person, by=house.clinician)
    return _entered(Visitor(name, person, house.letter, Role.PATIENT, hidden))


def _program(name: str, house: House, *, may_write: bool = True, is_revoked: bool = False) -> Visitor:
    builders.acting(house.clinician)
    token, secret = issue_token(
        house.clinician.memberships.get(clinic=house.clinic),
        name=name,
        may_read=True,
        may_write=may_write,
        days=30,
        entry_key=uuid.uuid4(),
        by=house.clinician,
    )
    visitor = Visitor(
        name, house.clinician, house.letter, Role.CLINICIAN, _others(house.letter), secret=secret
    )
    if is_revoked:
        revoke_token(token, by=house.clinician)
        return replace(visitor, hidden=EVERY_CANARY, is_known=False, may_enter=False)
    return replace(visitor, scopes=token.scopes)


def _gone(house: House) -> Visitor:
    builders.acting(house.clinician)
    person = builders.a_person("gone", clinic=house.clinic, role=Role.CLINICIAN)
    end_membership(person.memberships.get(), by=house.clinician)
    return _entered(Visitor("gone", person))


def _stands_nowhere(house: House) -> Visitor:
    return _entered(Visitor("stands nowhere", Person.objects.create_user("nowhere@x.example", full_name="N")))


def _disabled(house: House) -> Visitor:
    builders.acting(house.clinician)
    person = builders.a_person("disabled", clinic=house.clinic, role=Role.CLINICIAN)
    visitor = _entered(Visitor("disabled", person, is_known=False, may_enter=False))
    Person.objects.filter(pk=person.pk).update(is_active=False)
    return visitor


def _pending(house: House) -> Visitor:
    """His password was right; the code of his second factor is still to come."""
    builders.acting(house.clinician)
    person = builders.a_person("pending", clinic=house.clinic, role=Role.CLINICIAN)
    a_second_factor(person)
    client = Client()
    answer = client.post(reverse("account_login"), {"login": person.email, "password": builders.PASSWORD})
    assert answer.url.startswith(reverse("mfa_authenticate"))
    session = dict(client.session.items())
    assert str(person.pk) in json.dumps(session)
    return Visitor("pending", person, is_known=False, may_enter=False, session=session)


def _without_second_factor(house: House) -> Visitor:
    builders.acting(house.clinician)
    person = builders.a_person("bare", clinic=house.clinic, role=Role.CLINICIAN)
    visitor = Visitor("without second factor", person, house.letter, Role.CLINICIAN, may_enter=False)
    return replace(_entered(visitor), settings={"MFA_MANDATORY": True})
