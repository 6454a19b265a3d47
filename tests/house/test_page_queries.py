"""Each page that lists something asks the database as often for twelve rows as for one."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import actions as accounts
from accounts.models import Role
from documents import actions as documents
from documents.models import DocumentKind
from labs import actions as labs
from monitoring import actions as monitoring
from patients import actions as patients
from protocols import actions as protocols
from tests import builders
from tests.house.everything import days_ago

MANY = 12


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada)


@pytest.fixture
def episode(patient, ada):
    return builders.an_episode(patient, by=ada, stopped=days_ago(300))


def judge(episode):
    monitoring.evaluate_episode(episode.id, clinic_id=episode.clinic_id)


def a_man_who_waits(ada, number):
    """A patient with flags of every severity, results to review, retests overdue and a running course."""
    builders.acting(ada)
    patient = builders.a_patient(ada, given_name=f"Number{number}", mrn=f"Q{number:03d}")
    episode = builders.an_episode(patient, by=ada, stopped=days_ago(200))
    builders.a_course(episode, by=ada, starts_on=days_ago(150), override_reason="discussed")
    builders.a_panel(patient, by=ada, on=days_ago(100), TT="150", LH="0.3", FSH="0.3", HCT="54.6")
    judge(episode)
    return patient


def more_of_everything(ada, patient, episode, number):
    """One more panel, sample, course with its changes, note, document and judgement of the same man."""
    builders.acting(ada)
    day = days_ago(200 - 7 * number)
    blood = builders.a_panel(patient, by=ada, on=day, TT="410", LH="4.8", FSH="4.0", HCT="52.4")
    builders.a_semen_analysis(patient, by=ada, on=day + timedelta(days=1))
    labs.release_panel(blood, by=ada, comment="as hoped")
    course = builders.a_course(
        episode,
        by=ada,
        drug="fsh",
        dose=builders.a_dose("75", "three_times_weekly", "IU"),
        starts_on=day,
        override_reason="discussed",
    )
    protocols.stop_course(
        course, on=day + timedelta(days=2), reason="done", by=ada, read_version=course.version
    )
    patients.note_condition(patient, kind=f"condition_{number}", by=ada)
    patients.observe(patient, observations={"symptom:headache": None}, on=day, by=ada)
    documents.request_document(patient, DocumentKind.LAB_PREPARATION, by=ada, entry_key=uuid.uuid4())
    judge(episode)


def amended(panel, ada, text):
    builders.acting(ada)
    return labs.amend_panel(
        panel,
        by=ada,
        reason="typed wrongly",
        read_version=panel.version,
        laboratory=panel.laboratory,
        collection=builders.collection(panel.collected_on),
        entered=[builders.entered("TT", text)],
        entry_key=uuid.uuid4(),
        confirmed=True,
    )


def drawn(person, url):
    """How often a page asks, and how much it shows. The first visit fills what a process keeps."""
    client = Client()
    client.force_login(person)
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    assert answer.status_code == 200
    return [query["sql"] for query in asked], len(answer.content)


def assert_constant(one, many):
    (few_queries, little), (more_queries, much) = one, many
    assert much > little, "The page shows no more rows than before, so it proves nothing."
    grown = [query for query in more_queries if query not in few_queries]
    assert len(more_queries) == len(few_queries), f"Asked more often with more rows: {grown[:3]}"


@pytest.mark.parametrize("name", ["worklist", "worklist_rows", "patients", "api_patients"])
def test_the_clinics_lists(ada, name):
    a_man_who_waits(ada, 0)
    one = drawn(ada, reverse(name))
    for number in range(1, MANY):
        a_man_who_waits(ada, number)
    assert_constant(one, drawn(ada, reverse(name)))


CHART = [
    "chart",
    "chart_flags",
    "chart_labs",
    "chart_treatment",
    "chart_timeline",
    "chart_documents",
    "chart_access",
    "document_list",
    "recovery_chart",
    "api_panels",
    "api_flags",
    "api_retests",
]


def test_the_charts_pages(ada, patient, episode):
    pages = {name: reverse(name, args=[patient.id]) for name in CHART}
    builders.a_course(episode, by=ada, starts_on=days_ago(250), override_reason="discussed")
    more_of_everything(ada, patient, episode, 0)
    one = {name: drawn(ada, url) for name, url in pages.items()}
    for number in range(1, MANY):
        more_of_everything(ada, patient, episode, number)
    many = {name: drawn(ada, url) for name, url in pages.items()}
    assert {name: len(asked) for name, (asked, _) in many.items()} == {
        name: len(asked) for name, (asked, _) in one.items()
    }
    # The documents tab fetches its list from a page of its own, and a known state of findings stays one.
    grows = set(CHART) - {"chart_documents", "chart_flags"}
    assert {name for name in grows if many[name][1] <= one[name][1]} == set()


def test_a_panels_versions(ada, patient):
    panel = builders.a_panel(patient, by=ada, on=days_ago(10), TT="400")
    panel = amended(panel, ada, "401")
    one = drawn(ada, reverse("panel", args=[panel.id]))
    for number in range(2, MANY):
        panel = amended(panel, ada, f"4{number:02d}")
    assert_constant(one, drawn(ada, reverse("panel", args=[panel.id])))


@pytest.mark.parametrize("name", ["my_recovery", "my_results"])
def test_the_patients_own_pages(ada, cal, name):
    builders.acting(ada)
    episode = builders.an_episode(cal.patient, by=ada, stopped=days_ago(300))
    builders.a_course(episode, by=ada, starts_on=days_ago(250), override_reason="discussed")
    more_of_everything(ada, cal.patient, episode, 0)
    one = drawn(cal, reverse(name))
    for number in range(1, MANY):
        more_of_everything(ada, cal.patient, episode, number)
    assert_constant(one, drawn(cal, reverse(name)))


def more_of_the_clinic(ada, clinic, number):
    builders.acting(ada)
    laboratory = builders.a_laboratory(ada, name=f"Laboratory {number}")
    for analyte in ("TT", "LH"):
        limits = labs.Limits(
            builders.Decimal(1), builders.Decimal(900), builders.UNITS[analyte], "printed on the report"
        )
        labs.set_interval(laboratory, analyte=analyte, limits=limits, by=ada)
    builders.a_person(f"person{number}", clinic=clinic, role="staff")
    builders.a_portal_patient(f"man{number}", clinic=clinic, by=ada)


def test_the_clinics_settings(ada, clinic):
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    more_of_the_clinic(ada, clinic, 0)
    one = drawn(amy, reverse("clinic_settings"))
    for number in range(1, MANY):
        more_of_the_clinic(ada, clinic, number)
    assert_constant(one, drawn(amy, reverse("clinic_settings")))


def test_the_clinics_members(ada, clinic):
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    accounts.invite(email="zero@mail.example", role=Role.STAFF, by=amy)
    one = drawn(amy, reverse("members"))
    for number in range(1, MANY):
        builders.a_person(f"person{number}", clinic=clinic, role="staff")
        builders.acting(amy)
        accounts.invite(email=f"{number}@mail.example", role=Role.STAFF, by=amy)
    assert_constant(one, drawn(amy, reverse("members")))


def test_the_clinics_tokens_and_laboratories(ada, clinic):
    amy = builders.a_person("amy", clinic=clinic, role="admin")

    def another(number):
        builders.acting(ada)
        builders.a_laboratory(ada, name=f"Laboratory {number}")
        membership = builders.a_person(f"person{number}", clinic=clinic, role="staff").memberships.get()
        given = {"name": f"program {number}", "may_read": True, "may_write": False, "days": 30}
        accounts.issue_token(membership, **given, entry_key=uuid.uuid4(), by=amy)

    another(0)
    one = drawn(amy, reverse("tokens")), drawn(ada, reverse("api_laboratories"))
    for number in range(1, MANY):
        another(number)
    many = drawn(amy, reverse("tokens")), drawn(ada, reverse("api_laboratories"))
    assert_constant(one[0], many[0])
    assert_constant(one[1], many[1])


def test_the_admins_access_report(ada, clinic, patient):
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    builders.acting(ada)
    client = Client()
    url = reverse("access_report", args=[patient.id])
    one = drawn(amy, url)
    for number in range(1, MANY):
        builders.acting(ada)
        client.force_login(builders.a_person(f"reader{number}", clinic=clinic, role="staff"))
        client.get(reverse("chart", args=[patient.id]))
    assert_constant(one, drawn(amy, url))


def one_more_emergency(ada, ben):
    """A record restricted to ada, to which ben had emergency access; it waits for review."""
    builders.acting(ada)
    patient = builders.a_patient(ada)
    builders.a_restriction(patient, by=ada)
    builders.a_broken_glass(patient, by=ben)


def test_the_admins_queue(ada, ben, clinic):
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    one_more_emergency(ada, ben)
    one = drawn(amy, reverse("emergencies"))
    for _ in range(1, MANY):
        one_more_emergency(ada, ben)
    assert_constant(one, drawn(amy, reverse("emergencies")))


def test_one_emergency_access(ada, ben, clinic):
    amy = builders.a_person("amy", clinic=clinic, role="admin")
    patient = builders.a_patient(ada)
    builders.a_restriction(patient, by=ada)
    access = builders.a_broken_glass(patient, by=ben)
    one = drawn(amy, reverse("emergency", args=[access.id]))
    for number in range(1, MANY):
        patients.note_look(patient, by=ben, page=f"page{number}")
    assert_constant(one, drawn(amy, reverse("emergency", args=[access.id])))


def test_who_sees_a_record(ada, clinic, patient):
    one = drawn(ada, reverse("restriction", args=[patient.id]))
    for number in range(1, MANY):
        builders.a_person(f"carer{number}", clinic=clinic, role="staff")
    assert_constant(one, drawn(ada, reverse("restriction", args=[patient.id])))


def test_a_query_for_each_row_is_seen(ada, patient):
    """The assertion itself, with a page that asks once more for its second row."""
    with pytest.raises(AssertionError, match="more often"):
        assert_constant((["select 1"], 10), (["select 1", "select 2"], 20))
    with pytest.raises(AssertionError, match="proves nothing"):
        assert_constant((["select 1"], 10), (["select 1"], 10))
