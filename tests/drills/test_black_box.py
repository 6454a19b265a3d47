"""D5, black box: every look and deed is written down beyond forging, and no glass breaks unseen."""

import ast
import os
import re
from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse

from accounts.models import Role
from accounts.permissions import care_team_required
from audit.models import Event, Purpose
from audit.tasks import anchor
from audit.verifying import verify
from patients import actions
from patients.models import EmergencyAccess, Patient
from patients.models.restricting import LONGEST
from recovery_clinic.roles import OWNER, role_url
from tests import builders
from tests.audit.own_database import ADD, own_database, together
from tests.audit.tampering import CLINIC, REFUSED_TO_THE_PRODUCT, TAMPERINGS
from tests.drills import looks
from tests.drills.figures import told
from tests.house.deeds import DEEDS, address, sent
from tests.house.doors import CARE, DOORS, Door, our_routes
from tests.house.everything import fingerprint
from tests.house.source import APPS, ROOT
from tests.proof import proven
from workspace.presenters.access import SORTS
from workspace.presenters.emergencies import emergencies_of, events_under

EVENTS = 10_000
# Drafts: the typing of one person, seen by him alone. No row says that he typed, until it becomes a record.
OWN_TYPING = {"labs.EntryDraft", "patients.Note"}
BANNER = "Emergency access: Given CNRY-A"


@care_team_required
def forgets(request, patient_id):
    """A page that somebody wrote who forgot `note_look`."""
    return HttpResponse(Patient.objects.visible_to(request.user).get(pk=patient_id).mrn)


urlpatterns = [
    path("planted/<uuid:patient_id>/", forgets, name="forgets"),
    path("", include("recovery_clinic.urls")),
]


@pytest.fixture
def made(made, ada):
    """Everything of one man, and another man of the same clinic of whom no page of his may speak."""
    builders.a_patient(ada, mrn="OTHER-1", given_name="Otto", family_name="Elsewhere")
    return made


@pytest.fixture
def people(ada, cal, clinic):
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    builders.acting(ada)
    builders.an_episode(cal.patient, by=ada)
    return {Role.CLINICIAN: ada, Role.ADMIN: amy, Role.PATIENT: cal}


def test_every_marked_route_leaves_a_whole_row_for_each_patient_it_shows(made, people, ada):
    routes = looks.marked()
    found = looks.walk(made, people, ada, routes)
    assert found.wrong == []
    assert {route.name for route in routes} == {name for name, door in DOORS.items() if door.shows_patient}
    assert found.shown >= len(routes) / 2
    told(
        "D5",
        "looks",
        routes=len(routes),
        requests=found.requests,
        patients_shown=found.shown,
        rows=found.rows,
        shown_without_a_row=0,
    )


@pytest.mark.planted
def test_a_view_that_forgets_to_note_its_look_is_caught(made, people, ada, settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    monkeypatch.setitem(DOORS, "forgets", Door(CARE, of="patients.Patient", shows_patient=True))
    found = looks.walk(made, people, ada, looks.marked(["forgets"]))
    assert found.wrong == ["get forgets: shows 1 patients without a row"]


@pytest.mark.planted
def test_a_row_without_its_source_is_caught(made, people, ada, monkeypatch):
    monkeypatch.setattr("audit.actions.address", lambda: None)
    found = looks.walk(made, people, ada, looks.marked(["chart"]))
    assert "get chart: a row without source" in found.wrong


def test_without_the_audit_nothing_is_shown_and_nothing_is_written(made, people, ada, clinic, worker_id):
    """The product's right to add rows is taken away while it runs, at the database itself."""
    clients = {role: proven(Client(raise_request_exception=False), each) for role, each in people.items()}
    asked, served, wrote = 0, [], []
    builders.acting(ada)
    forms = {name: form(made, ada) for name, form in DEEDS.items()}
    before = fingerprint(clinic.id)
    with without_the_right_to_add():
        for route in our_routes():
            door = DOORS[route.name]
            for role in door.audience & set(clients):
                for method in door.methods.split():
                    told_so = sent(route.name, forms[route.name]) if method == "POST" else {}
                    answer = getattr(clients[role], method.lower())(address(route, made), **told_so)
                    asked += 1
                    page = answer.content.decode(errors="replace")
                    if made.patient.full_name in page or made.patient.mrn in page:
                        served.append(f"{method} {route.name}")
    builders.acting(ada)
    after = fingerprint(clinic.id)
    wrote += [label for label in after if after[label] != before[label]]
    assert (served, set(wrote) - OWN_TYPING) == ([], set())
    told(
        "D5",
        "audit down",
        requests=asked,
        showed_a_patient=0,
        tables_written=0,
        drafts_kept=len(OWN_TYPING & set(wrote)),
    )


@contextmanager
def without_the_right_to_add():
    """For the length of the block the product may not insert an event."""
    url = role_url(os.environ["TEST_ADMIN_DSN"], OWNER, connection.settings_dict["NAME"])
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("revoke insert on audit_event from recovery_app")
        try:
            yield
        finally:
            owner.execute("grant insert on audit_event to recovery_app")


@pytest.fixture(scope="module")
def shared(django_db_setup, django_db_blocker, worker_id):
    with django_db_blocker.unblock(), own_database(worker_id, "box") as database:
        yield database


@pytest.fixture
def database(shared, settings, tmp_path):
    """Ten events of one clinic, whose head is anchored."""
    settings.AUDIT_ANCHOR = str(tmp_path / "anchors" / "audit.jsonl")
    shared.tamper(CLINIC, "delete from audit_event", "delete from audit_link")
    shared.add(CLINIC, 10)
    assert anchor() == 1
    return shared


def verdict():
    """What the command says of a record that was tampered with."""
    err = StringIO()
    with pytest.raises(CommandError, match="tampered with"):
        call_command("verify_audit", stdout=StringIO(), stderr=err)
    return err.getvalue()


@pytest.mark.planted
@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found(database, name):
    statements, found = TAMPERINGS[name]
    database.tamper(CLINIC, *statements)
    if name.startswith("unanchored"):
        assert verify(CLINIC, []).breaks == []
    assert found in verdict()
    told("D5", "tampering", kinds=len(TAMPERINGS), undetected=0)


def test_the_product_can_change_nothing_of_it(database):
    refused = 0
    for statement in REFUSED_TO_THE_PRODUCT:
        with database.connect(clinic=CLINIC) as app:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)
            refused += 1
    told("D5", "the product's role", statements=refused, let_through=0)


@pytest.mark.nightly
def test_32_writers_do_not_fork_the_chain(database):
    def write(index):
        with database.connect(clinic=CLINIC) as app:
            for _ in range(20):
                app.execute(ADD, [CLINIC, 1])

    together(32, write)
    read = verify(CLINIC, [])
    assert (read.events, read.breaks) == (650, [])
    told("D5", "writers", writers=32, rows=640, breaks=len(read.breaks))


NOTES = re.compile(r"^_?(note|record)(_|$)")
BULK = {"update", "bulk_create", "bulk_update", "delete", "execute"}
# Functions that write rows in bulk and leave no event of their own, each with the reason.
DECLARED = {
    "accounts/actions/sending.py:let_go": "the keys of sent forms; nothing of a record",
    "accounts/actions/sending.py:forget_sent_forms": "the keys of sent forms; nothing of a record",
    "accounts/actions/resets.py:forget_resets": "who asked for a new password a day ago; nothing of a record",
    "monitoring/actions/heartbeats.py:forget_sign": "when a worker was last heard of; nothing of a record",
    "monitoring/actions/dry_runs.py:advance_dry_run": "how far a dry run is; it changes nothing of a record",
    "accounts/actions/sessions.py:forget_sessions": "sessions that have ended; nothing of a record",
    "accounts/actions/tokens.py:open_with_token": "when a program was last heard of; nothing of a record",
    "accounts/actions/invitations.py:note_told": "the tries of a mail; nothing of a record",
    "accounts/actions/invitations.py:note_untold": "the tries of a mail; nothing of a record",
    "labs/actions/drafts.py:discard_draft": "one's own typing, which nobody else ever sees",
    "labs/actions/storing.py:store": "part of recording and of amending a panel, which note it",
    "patients/actions/patients.py:mark_changed": "part of the deed that changed something, which notes it",
    "patients/actions/emergencies.py:begin_notice": "the tries of a mail; nothing of a record",
    "patients/actions/emergencies.py:end_notice": "the tries of a mail; nothing of a record",
}


def bulk_writes_without_a_row(text, path):
    """Public functions of a module of actions that write in bulk, where no note is taken in this module."""
    functions = {each.name: each for each in ast.parse(text).body if isinstance(each, ast.FunctionDef)}

    def called(name):
        calls = [node.func for node in ast.walk(functions[name]) if isinstance(node, ast.Call)]
        return {getattr(call, "attr", getattr(call, "id", "")) for call in calls}

    def is_noted(name):
        names = called(name)
        names |= {deeper for each in names & set(functions) - {name} for deeper in called(each)}
        return any(NOTES.search(each) for each in names)

    writers = [name for name in functions if not name.startswith("_") and called(name) & BULK]
    return [f"{path}:{name}" for name in writers if not is_noted(name)]


def test_every_bulk_write_leaves_its_row_or_is_declared():
    files = [file for app in APPS for file in sorted((ROOT / app).rglob("*.py")) if "actions" in str(file)]
    found = set()
    for file in files:
        name = file.relative_to(ROOT).as_posix()
        found |= (
            set() if name.startswith("audit/") else set(bulk_writes_without_a_row(file.read_text(), name))
        )
    assert found == set(DECLARED)
    told("D5", "bulk writes", modules=len(files), declared=len(DECLARED), unnoted=0)


@pytest.mark.planted
def test_a_bulk_write_that_nobody_notes_is_caught():
    planted = "def hide(panel, *, by):\n    Panel.objects.filter(pk=panel.pk).update(note='')\n"
    assert bulk_writes_without_a_row(planted, "labs/actions.py") == ["labs/actions.py:hide"]


@pytest.mark.parametrize("rows", [200, pytest.param(EVENTS, marks=pytest.mark.nightly)])
def test_the_access_report_of_many_rows_asks_as_often_as_of_one(ada, clinic, rows):
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    builders.acting(ada)
    patient = builders.a_patient(ada)
    url = reverse("access_report", args=[patient.id])
    client = proven(Client(), amy)
    one = asked_for(client, url)
    builders.acting(ada)
    with connection.cursor() as cursor:
        # All of them are sealed by one statement when the test ends.
        cursor.execute("set local statement_timeout = '5min'")
        cursor.execute(MANY, [clinic.id, ada.id, patient.id, rows])
    told_of = {}
    for sort in (*SORTS, *(f"-{name}" for name in SORTS)):
        told_of[sort] = asked_for(client, f"{url}?sort={sort}")
    assert set(told_of.values()) == {one}
    assert len(client.get(f"{reverse('access_report_csv', args=[patient.id])}").content.splitlines()) > rows
    told("D5", "access report", rows=rows, orders=len(told_of), queries=one)


MANY = """
insert into audit_event
(clinic_id, actor_id, patient_id, actor_role, action, code, object_kind, object_id, details)
select %s, %s, %s, 'clinician', 'test.row.viewed', 'R', 'patients.patient', n::text, '{}'
from generate_series(1, %s) n
"""


def asked_for(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.fixture
def broken(made, ada, ben):
    """The record with everything in it, restricted to ada; ben has broken its glass."""
    builders.a_restriction(made.patient, by=ada)
    return builders.a_broken_glass(made.patient, by=ben, explanation="he collapsed")


def doors_of(made):
    """Every page of the care team that shows this one man, by its address."""
    looked = [route for route in looks.marked() if DOORS[route.name].audience >= CARE]
    return {
        route.name: address(route, made)
        for route in looked
        if "GET" in DOORS[route.name].methods.split()
        and route.pattern.converters
        and looks.subject_of(route, made) == made.patient
    }


def untagged(access):
    """Rows of this person on this patient from within the access that are not marked as such."""
    under = Event.objects.filter(actor_id=access.person_id, patient_id=access.patient_id)
    within = under.filter(happened_at__gte=access.began_at, happened_at__lt=access.ends_at)
    return list(within.exclude(purpose=Purpose.EMERGENCY))


def test_of_a_broken_glass_every_access_is_marked_shown_and_queued(made, broken, ben, ada, clinic):
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    client, doors = proven(Client(), ben), doors_of(made)
    without_banner, shown = [], 0
    for name, url in doors.items():
        answer = client.get(url)
        shown += answer.status_code == 200
        page = answer.content.decode(errors="replace")
        if "<main" in page and (answer.status_code != 200 or BANNER not in page):
            without_banner.append(name)
    builders.acting(amy)
    his = Event.objects.filter(actor_id=ben.id, patient_id=made.patient.id)
    assert (untagged(broken), without_banner) == ([], [])
    assert his.filter(code="R").count() >= shown > len(doors) - 3
    assert events_under(broken, amy).count() == his.count()
    assert broken in [row.access for row in emergencies_of(amy).to_review]
    assert broken.ends_at - broken.began_at <= LONGEST
    EmergencyAccess.objects.update(began_at=Now() - 2 * LONGEST, ends_at=Now() - LONGEST)
    still_open = [name for name, url in doors.items() if client.get(url).status_code != 404]
    assert still_open == []
    told(
        "D5",
        "broken glass",
        pages=len(doors),
        rows=his.count(),
        marked=his.count(),
        queued=1,
        open_after_its_end=0,
    )


@pytest.mark.planted
def test_an_access_that_is_not_marked_is_caught(shared):
    """The same question, in a database whose trigger somebody switched off."""
    with transaction.atomic():
        clinic = builders.a_clinic("Lantern Clinic")
        eve = builders.acting(builders.a_person("eve", clinic=clinic, role="clinician"))
        fay = builders.acting(builders.a_person("fay", clinic=clinic, role="clinician"))
        patient = builders.a_patient(eve)
        builders.a_restriction(patient, by=eve)
        access = builders.a_broken_glass(patient, by=fay)
        actions.note_look(patient, by=fay, page="marked")
        assert untagged(access) == []
    shared.as_owner("alter table audit_event disable trigger emergency_access_is_tagged")
    with transaction.atomic():
        builders.acting(fay)
        actions.note_look(patient, by=fay, page="unmarked")
        assert [row.action for row in untagged(access)] == ["unmarked.viewed"]
    shared.as_owner("alter table audit_event enable trigger emergency_access_is_tagged")
