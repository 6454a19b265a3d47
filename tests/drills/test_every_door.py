"""D1, every-door: every route, by every method, from everybody, for the records of two clinics.

A foreign record is answered as one that nobody has, byte for byte; no answer holds a word of another clinic;
nothing of it changes; each refusal is written down; and the walk visits every route that there is.
"""

import io
import uuid

import pytest
import weasyprint
from django.http import FileResponse, HttpResponse
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import include, path, register_converter, reverse

from accounts.models import Role
from accounts.permissions import care_team_required
from audit.models import Event
from tests import builders
from tests.drills.figures import told
from tests.drills.visitors import GROUPS, a_house, half_in, members, patients
from tests.drills.walking import Walk, passes, theirs
from tests.house.doors import ANYONE, DOORS, THEIRS, our_ways, ways
from tests.house.everything import CANARY

OTHER_METHODS = ("head", "put", "patch", "delete", "options")
BODIES = {"json": "application/json", "multipart": MULTIPART_CONTENT}


@pytest.fixture
def houses(ada, clinic, mallory):
    here = a_house("A", clinic, ada)
    there = a_house("B", builders.acting(mallory).memberships.get().clinic, mallory)
    return {"A": here, "B": there}


def their_ways():
    ours = {way.name for way in our_ways()}
    return [way for way in ways() if way.name not in ours]


def round_of(walk, visitor, among):
    """One visitor at every door, by GET and with its valid form, for what each clinic has.

    The short walk leaves out what another of its visitors shows: nobody fills in a form who may (D2 does),
    whoever is not in asks for one clinic, those of B ask for A's records alone, and of the forms each
    visitor sends every third, and one visitor of each group goes to django-allauth's doors.
    """
    client, home = visitor.enter(), walk.houses[visitor.house or "A"]
    for place, way in enumerate(among):
        for house in houses_for(walk, visitor, way, home):
            walk.knock(visitor, client, way, house, "get")
            is_his_turn = walk.is_full or (place + sum(map(ord, visitor.name))) % 3 == 0
            takes_forms = "POST" in DOORS[way.name].methods and is_his_turn
            if walk.is_full or (takes_forms and not passes(visitor, way, house, "post")):
                walk.knock(visitor, client, way, house, "post")
            if takes_forms and not way.arguments and passes(visitor, way, house, "post"):
                [foreign] = [each for each in walk.houses.values() if each is not home]
                walk.misdirect(visitor, way, foreign)
    if walk.is_full or not walk.visited >= THEIRS.keys():
        theirs(walk, visitor, their_ways(), home, ("get", "post"))


def houses_for(walk, visitor, way, home):
    """Whose records this visitor asks for at this door."""
    if not way.arguments or not (visitor.house or walk.is_full):
        return [home]
    if visitor.house == "B" and not walk.is_full:
        return [walk.houses["A"]]
    return list(walk.houses.values())


def refusals_of(walk, visitor):
    """How many of his refusals are on record."""
    builders.act_for_clinic(walk.houses[visitor.house or "A"].clinic)
    return Event.objects.filter(actor_id=visitor.person.id, action="accounts.access.refused").count()


def visit(walk, visitor, how):
    """A visit, and what has to hold after it."""
    before, denied = unused(walk.state()), walk.counted["denials"]
    written = refusals_of(walk, visitor) if visitor.is_known else 0
    with visitor.under():
        how(walk, visitor)
    if unused(walk.state()) != before:
        walk.complaints.append(f"{visitor.name} has changed a record")
    if visitor.is_known and refusals_of(walk, visitor) - written != walk.counted["denials"] - denied:
        walk.complaints.append(f"not every refusal of {visitor.name} is written down")


def unused(state):
    """Without the tokens, which say when they were last used; a form is judged where it is sent."""
    return {house: {**tables, "accounts.ApiToken": ""} for house, tables in state.items()}


def every_way_to_ask(walk, visitor, among):
    """Other methods, bodies and spellings of an address, for what the other clinic has; else one in turn."""
    client = visitor.enter()
    for place, way in enumerate(among):
        for house in walk.houses.values():
            if house.letter == visitor.house or not DOORS[way.name].of:
                continue
            url = walk.address_of(way, house)
            for method in OTHER_METHODS if walk.is_full else [OTHER_METHODS[place % len(OTHER_METHODS)]]:
                answer = walk.ask(
                    visitor, client, way, method, url, headers={"X-HTTP-Method-Override": "GET"}
                )
                refused_somehow(walk, visitor, way, method, answer)
            for kind, content_type in (
                list(BODIES.items()) if walk.is_full else [list(BODIES.items())[place % 2]]
            ):
                sent = {"patient": str(house.made.patient.id)}
                if kind == "multipart" and not way.is_api:
                    sent = walk.form_of(way, house)["data"]
                answer = walk.ask(visitor, client, way, "post", url, data=sent, content_type=content_type)
                refused_somehow(walk, visitor, way, f"post {kind}", answer)
            spellings = [f"{url}?format=json", url.rstrip("/"), f"{url.rstrip('/')}/", f"{url}?_method=GET"]
            for spelled in spellings if walk.is_full else [spellings[place % len(spellings)]]:
                answer = walk.ask(visitor, client, way, "get", spelled)
                refused_somehow(walk, visitor, way, f"get {spelled.removeprefix(url)}", answer)


def refused_somehow(walk, visitor, way, method, answer):
    """Never done, and never shown: which of the refusals it is, the walk above says."""
    if answer.status_code not in {301, 302, 400, 401, 403, 404, 405, 415, 422, 428, 429}:
        walk.complain(visitor, way, method, f"answers {answer.status_code}")


@pytest.mark.parametrize("group", GROUPS)
def test_every_door_answers_everybody_as_the_table_says(houses, group):
    walk, everybody = Walk(houses), GROUPS[group](*houses.values())
    for visitor in everybody:
        visit(walk, visitor, lambda walk, visitor: round_of(walk, visitor, our_ways()))
    assert walk.complaints == []
    assert walk.visited == {*DOORS, *THEIRS} == {way.name for way in ways()}
    told("D1", f"every-door, {group}", routes=len(walk.visited), visitors=len(everybody), **walk.counted)


def test_no_other_way_of_asking_gets_past(houses):
    """As a clinician of elsewhere, whose role every view lets in."""
    walk = Walk(houses)
    [mallory] = [each for each in members(*houses.values()) if each.name == "clinician B"]
    visit(walk, mallory, lambda walk, visitor: every_way_to_ask(walk, visitor, our_ways()))
    assert walk.complaints == []
    told("D1", "other ways of asking", methods=len(OTHER_METHODS), bodies=len(BODIES), **walk.counted)


def test_a_foreign_id_in_a_query_string_finds_nothing(houses):
    """On every page that somebody may see, by every word by which a query could name a record."""
    walk = Walk(houses)
    for visitor in [members(*houses.values())[0], patients(*houses.values())[0]]:
        client, home = visitor.enter(), walk.houses[visitor.house]
        [foreign] = [house for house in houses.values() if house is not home]
        for way in our_ways():
            if passes(visitor, way, home):
                walk.query(visitor, client, way, home, foreign)
    assert walk.complaints == []
    told("D1", "query strings", **walk.counted)


def test_whoever_is_refused_is_told_what_helps_him(houses):
    """A fragment leaves its page, lest the login be swapped into a chart; a colleague hears whose it is."""
    walk, nobody = Walk(houses), Client()
    [staff] = [each for each in members(*houses.values()) if each.name == "staff A"]
    client, told_so = staff.enter(), 0
    for way in our_ways():
        url, audience = walk.address_of(way, houses["A"]), DOORS[way.name].audience
        for method in ("get", "post") if audience != ANYONE and not way.is_api else ():
            answer = getattr(nobody, method)(url, headers={"HX-Request": "true"})
            assert (way.name, answer.status_code) == (way.name, 401)
            assert answer.headers["HX-Redirect"].startswith(reverse("account_login"))
        if audience == {Role.CLINICIAN}:
            page, told_so = client.get(url).content.decode(), told_so + 1
            assert "This page is for: Clinician." in page, way.name
            assert 'href="/"' in page
    assert told_so > 5


# What somebody builds who forgets both the decorator and the one door; the walk has to find each of them.
class ShortId:
    """A converter of its own: an id without its hyphens."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value):
        return uuid.UUID(value)

    def to_url(self, value):
        return value.hex


def leaky(request, patient_id):
    return HttpResponse(f"nobody asked who you are: {CANARY}")


@care_team_required
def leaky_by_query(request):
    """Reads by an id of the query string, and past the wall too, as raw SQL of another connection might."""
    return HttpResponse(CANARY if "patient_id" in request.GET else "nothing was asked for")


@care_team_required
def leaky_pdf(request, document_id):
    """The letters of a PDF are compressed, so that its bytes say nothing."""
    pdf = weasyprint.HTML(string=f"<p>{CANARY}").write_pdf()
    assert CANARY.encode() not in pdf
    return FileResponse(io.BytesIO(pdf), content_type="application/pdf")


@care_team_required
def guarded(request):
    return HttpResponse("guarded")


register_converter(ShortId, "shortid")
deep = [path("deep/", include([path("<shortid:patient_id>/", leaky, name="leaky")]))]
planted = [
    *deep,
    path("query/", leaky_by_query, name="leaky_by_query"),
    path("<uuid:document_id>/pdf", leaky_pdf, name="leaky_pdf"),
    path("unnamed/", guarded),
]
urlpatterns = [path("planted/", include(planted)), path("", include("recovery_clinic.urls"))]


@pytest.mark.planted
def test_the_walk_finds_what_was_planted(houses, settings):
    settings.ROOT_URLCONF = __name__
    walk = Walk(houses)
    [mallory] = [each for each in members(*houses.values()) if each.name == "clinician B"]
    among = [way for way in our_ways() if way.address.startswith("/planted/")]
    visit(walk, mallory, lambda walk, visitor: planted_round(walk, visitor, among))
    assert set(walk.complaints) == {
        "get leaky is not in the table to clinician B",
        "get leaky shows CNRY-A to clinician B",
        "get leaky_by_query is not in the table to clinician B",
        "get leaky_by_query shows CNRY-A to clinician B",
        "get leaky_pdf is not in the table to clinician B",
        "get leaky_pdf shows CNRY-A to clinician B",
        "get unnamed: /planted/unnamed/ is not in the table to clinician B",
    }
    assert walk.visited == {way.name for way in among}


def planted_round(walk, visitor, among):
    client = visitor.enter()
    for way in among:
        walk.knock(visitor, client, way, walk.houses["A"], "get")
        walk.query(visitor, client, way, walk.houses["B"], walk.houses["A"])


@pytest.mark.planted
def test_a_view_without_its_decorator_is_found(houses, monkeypatch):
    """And one that looks a record up without asking who may see it: the wall alone stands then, and holds."""
    walk = Walk(houses)
    [way] = [way for way in our_ways() if way.name == "chart"]
    monkeypatch.setattr(way.route, "callback", lambda request, patient_id: HttpResponse(status=200))
    for visitor in half_in(*houses.values())[:2]:
        visit(
            walk, visitor, lambda walk, visitor: walk.knock(visitor, visitor.enter(), way, houses["A"], "get")
        )
    assert walk.complaints == ["get chart answers 200 to nobody", "get chart answers 200 to gone"]


@pytest.mark.planted
def test_a_refusal_that_nobody_writes_down_is_found(houses, settings):
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "Denial" not in each]
    walk = Walk(houses)
    fellow = patients(*houses.values())[1]
    visit(walk, fellow, lambda walk, visitor: round_of(walk, visitor, our_ways()[:12]))
    assert walk.complaints == ["not every refusal of fellow is written down"]


@pytest.mark.nightly
@pytest.mark.parametrize("group", GROUPS)
def test_the_full_product_of_routes_methods_bodies_and_visitors(houses, group):
    walk, everybody = Walk(houses, is_full=True), GROUPS[group](*houses.values())
    for visitor in everybody:
        visit(walk, visitor, lambda walk, visitor: round_of(walk, visitor, our_ways()))
        visit(walk, visitor, lambda walk, visitor: every_way_to_ask(walk, visitor, our_ways()))
    assert walk.complaints == []
    assert walk.visited == {*DOORS, *THEIRS}
    told("D1", f"full product, {group}", routes=len(walk.visited), visitors=len(everybody), **walk.counted)
