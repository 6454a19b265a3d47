"""Every form of the product, sent without its key, with an old version, twice, and twice with other words."""

import re
import uuid

import pytest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path, resolve

from accounts.models import Role
from accounts.permissions import care_team_required
from accounts.unsaved import DRAWN_ON
from patients import actions as patients
from patients.models import Patient
from tests import builders
from tests.house.deeds import DEEDS, address
from tests.house.doors import DOORS, our_routes
from tests.house.everything import fingerprint
from tests.house.sending import NOT_LOST, NOTHING_TYPED, SENT, STORES_NOTHING, Sent
from tests.proof import proven

pytestmark = pytest.mark.usefixtures("everything")

# Typed into every form, for it must come back wherever the form is refused.
TYPED = "typed by hand, CNRY-TYPED"
# Of these no two people can be in each other's way.
KEYED = sorted(name for name, sent in SENT.items() if sent.key)
VERSIONED = sorted(name for name, sent in SENT.items() if sent.version)


@care_team_required
def careless(request, patient_id):
    """What somebody writes who has heard of neither key nor version."""
    patient = Patient.objects.visible_to(request.user).get(pk=patient_id)
    patients.note_condition(patient, kind=request.POST.get("kind", "vte"), by=request.user)
    return redirect("chart", patient_id)


urlpatterns = [
    path("planted/<uuid:patient_id>/", careless, name="careless"),
    path("", include("recovery_clinic.urls")),
]


class Post:
    """One form as it would be valid, sent by whoever may, with what was changed in between counted."""

    def __init__(self, name, made, ada, clinic):
        role = DOORS[name].audience if name in DOORS else {Role.CLINICIAN}
        self.by = ada if Role.CLINICIAN in role else builders.a_person("amy", clinic=clinic, role="admin")
        self.ada, self.clinic = ada, clinic
        [route] = [route for route in our_routes() if route.name == name]
        builders.acting(ada)
        form = DEEDS[name](made, ada) if name in DEEDS else {"patient": made.patient.id}
        # A page of its own kind shows again what its boxes can hold; all others show whatever came.
        self.box = next((name for name in ("note", "text") if name in form), "remark")
        form[self.box] = TYPED
        self.url, self.form = address(route, made), form
        self.client = Client()
        proven(self.client, self.by)

    def send(self, **changes) -> HttpResponse:
        form = {name: text for name, text in {**self.form, **changes}.items() if text is not None}
        return self.client.post(self.url, form)

    def state(self):
        """What the clinic's tables say, forms that were sent left out."""
        builders.acting(self.ada)
        found = fingerprint(self.clinic.id)
        del found["accounts.SentForm"]
        return found


def faults(name: str, sent: Sent, post: Post) -> list[str]:
    """What is wrong with how a form is sent: empty where it keeps to what the table says of it."""
    found: list[str] = []
    before = post.state()

    def refused(what, status, **changes):
        answer = post.send(**changes)
        if answer.status_code != status:
            found.append(f"{name} {what} answers {answer.status_code}")
        elif sent.has_words and TYPED not in answer.content.decode():
            found.append(f"{name} {what} loses what was typed")
        if post.state() != before:
            found.append(f"{name} {what} changes the record")

    if sent.version:
        refused("without a version", 428, **{sent.version: None})
        refused("with an old version", 409, **{sent.version: "0"})
    if not sent.key:
        return found
    refused("without a key", 428, entry_key=None)
    refused("with a broken key", 428, entry_key="x")
    first = post.send()
    if first.status_code != 302:
        found.append(f"{name} answers {first.status_code} when it is sent well")
    before = post.state()
    again = post.send()
    if (again.status_code, again.headers.get("Location")) != (302, first.headers.get("Location")):
        found.append(f"{name} sent twice has two answers")
    if post.state() != before:
        found.append(f"{name} sent twice has two effects")
    refused("with a used key and other words", 422, **{post.box: f"{TYPED}, changed"})
    return found


def test_every_form_says_how_it_is_sent():
    posts = {name for name, door in DOORS.items() if "POST" in door.methods}
    assert posts - set(SENT) == set(), "Add these to tests/house/sending.py: does the form create or change?"
    assert set(SENT) - posts == set(), "No route of this name takes a POST any more."
    assert all(sent.key or sent.version or sent.neither for sent in SENT.values())


def test_every_form_says_whether_its_words_are_kept_for_a_log_in():
    pages = {name for name in SENT if not name.startswith("api_")}
    named = [*DRAWN_ON, *NOTHING_TYPED, *NOT_LOST]
    assert sorted(named) == sorted(pages), (
        "Name the form's page in accounts/unsaved.py, or say it in sending.py"
    )
    assert [page for page in DRAWN_ON.values() if "GET" not in DOORS[page].methods] == []


def test_every_view_that_takes_a_key_is_guarded_in_the_same_way():
    guarded = {route.name for route in our_routes() if getattr(route.callback, "is_sent_once", False)}
    assert guarded == {name for name, sent in SENT.items() if sent.key}


@pytest.mark.parametrize("name", sorted({*KEYED, *VERSIONED}))
def test_a_form_is_sent_as_the_table_says(name, made, ada, clinic):
    assert faults(name, SENT[name], Post(name, made, ada, clinic)) == []


@pytest.mark.parametrize("name", sorted(name for name, sent in SENT.items() if sent == STORES_NOTHING))
def test_what_needs_neither_stores_nothing(name, made, ada, clinic):
    post = Post(name, made, ada, clinic)
    before = post.state()
    assert post.send().status_code in {200, 302}
    assert post.state() == before


def forms_on(html: str) -> list[tuple[str, dict[str, str]]]:
    """Each form of a page that is posted: where to, and the hidden boxes that it carries."""
    found = []
    for opening, inside in re.findall(r"<form([^>]*)>(.*?)</form>", html, re.DOTALL):
        if 'method="post"' in opening:
            action = re.search(r'action="([^"]*)"', opening)
            boxes = [tag for tag in re.findall(r"<input[^>]*>", inside) if 'type="hidden"' in tag]
            pairs = [re.search(r'name="([^"]*)"\s+value="([^"]*)"', tag) for tag in boxes]
            found.append((action[1] if action else "", {pair[1]: pair[2] for pair in pairs if pair}))
    return found


def test_every_form_that_is_drawn_carries_what_it_must(made, ada):
    """On every page of the care team that can be looked at, for the records of a full clinic."""
    client, drawn, missing = proven(Client(), ada), set(), []
    for route in our_routes():
        door = DOORS[route.name]
        if "GET" not in door.methods or Role.CLINICIAN not in door.audience:
            continue
        builders.acting(ada)
        url = address(route, made)
        answer = client.get(url)
        if "html" not in answer.headers.get("Content-Type", ""):
            continue
        for action, boxes in forms_on(answer.content.decode()):
            name = resolve(action or url).url_name
            if name not in SENT:
                continue
            drawn.add(name)
            must = (["entry_key"] if SENT[name].key else []) + [SENT[name].version or "csrfmiddlewaretoken"]
            missing += [f"{route.name}: the form of {name} lacks {box}" for box in must if not boxes.get(box)]
    assert missing == []
    assert len(drawn) >= 14


def test_a_key_of_somebody_else_shows_nothing_of_his(made, ada, ben, clinic):
    key = uuid.uuid4()
    post = Post("observe", made, ada, clinic)
    led = post.send(entry_key=key).headers["Location"]
    builders.acting(ben)
    client = Client()
    client.force_login(ben)
    answer = client.post(post.url, {**post.form, "entry_key": key})
    assert answer.status_code == 422
    assert f'btn btn-primary" href="{led}' not in answer.content.decode()


@pytest.mark.planted
def test_a_form_without_either_is_found(made, ada, clinic):
    with override_settings(ROOT_URLCONF=__name__):
        found = faults("careless", Sent(key=True, version="version"), Post("careless", made, ada, clinic))
    assert "careless without a version answers 302" in found
    assert "careless without a key changes the record" in found
    assert "careless sent twice has two effects" in found
    assert "careless with a used key and other words answers 302" in found
