"""Who saw a record: a tab for the care team, a report without the record for the admin."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tables import neutral
from audit.models import Event
from tests import builders
from tests.proof import proven

MANY = """
insert into audit_event (happened_at, clinic_id, actor_id, actor_role, action, code, object_kind, object_id,
    patient_id, details)
select now() - n * interval '1 minute', %s, %s, 'clinician', %s, 'R', 'patients.patient', %s, %s, '{}'
from generate_series(1, %s) n
"""


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada, family_name="Canary", allergies="penicillin")


@pytest.fixture
def clinician(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def dana(ada, clinic):
    return builders.a_person("dana", clinic=clinic, role="admin")


def many(patient, by, rows, action="labs.panel.viewed"):
    with connection.cursor() as cursor:
        cursor.execute(
            MANY,
            [patient.clinic_id, by.id, action, str(patient.id), patient.id, rows],
        )


def test_the_tab_says_who_did_what_and_when(clinician, patient, ada):
    shown = clinician.get(reverse("chart_access", args=[patient.id])).content.decode()
    for words in ("Ada", "Patient registered", "Chart access viewed", "Created", "Looked", "127.0.0.1"):
        assert words in shown


def test_another_patients_events_are_not_in_it(clinician, patient, ada):
    other = builders.a_patient(ada)
    many(other, ada, 1, "labs.secret.viewed")
    assert "Secret viewed" not in clinician.get(reverse("chart_access", args=[patient.id])).content.decode()


def test_a_period_is_whole_days_of_the_clinics_zone(clinician, patient, ada):
    url = reverse("chart_access", args=[patient.id])
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    answer = clinician.get(url, {"since": today.isoformat(), "until": today.isoformat()})
    assert answer.context["page"].total >= 2
    answer = clinician.get(url, {"since": yesterday.isoformat(), "until": yesterday.isoformat()})
    assert "Nobody in this period" in answer.content.decode()


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [("2026-03-02", "2026-03-01", "before From"), ("02/03/2026", "2026-03-01", "02/03/2026")],
)
def test_a_period_that_cannot_be_is_said_and_kept(clinician, patient, since, until, said):
    answer = clinician.get(reverse("chart_access", args=[patient.id]), {"since": since, "until": until})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_columns_sort_both_ways(clinician, patient, ada, ben):
    many(patient, ben, 1)
    url = reverse("chart_access", args=[patient.id])
    names = [row.who for row in clinician.get(url, {"sort": "who"}).context["page"].rows]
    assert names == sorted(names)
    assert names[-1] == "Ben"
    turned = [row.who for row in clinician.get(url, {"sort": "-who"}).context["page"].rows]
    assert turned[0] == "Ben"
    assert clinician.get(url, {"sort": "details"}).status_code == 200


def test_pages_hold_every_event_once(clinician, patient, ada):
    many(patient, ada, 119)
    url = reverse("chart_access", args=[patient.id])
    seen = []
    for number in (1, 2, 3):
        page = clinician.get(url, {"sort": "when", "page": number}).context["page"]
        seen += [row.event.id for row in page.rows]
    assert len(seen) == len(set(seen)) >= 120
    assert clinician.get(url, {"page": "99999"}).context["page"].next_url == ""


def test_queries_do_not_grow_with_the_events(clinician, patient, ada):
    url = reverse("chart_access", args=[patient.id])
    clinician.get(url)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            clinician.get(url)
        return len(queries)

    few = asked()
    builders.acting(ada)
    many(patient, ada, 40)
    assert asked() == few


def test_a_long_history_is_paged_and_sorted_every_way(clinician, patient, ada):
    many(patient, ada, 1_000)
    url = reverse("chart_access", args=[patient.id])
    days = {
        "since": (timezone.localdate() - timedelta(days=120)).isoformat(),
        "until": timezone.localdate().isoformat(),
    }
    for sort in ("-when", "who", "what"):
        page = clinician.get(url, {**days, "sort": sort}).context["page"]
        assert page.total > 1_000


def test_the_admin_finds_a_record_by_its_number_and_sees_nothing_of_it(client, patient, dana):
    client.force_login(dana)
    search = client.post(reverse("access_search"), {"mrn": patient.mrn.lower()})
    assert search.url == reverse("access_report", args=[patient.id])
    shown = client.get(search.url).content.decode()
    assert "Patient registered" in shown
    assert patient.mrn in shown
    for hidden in ("penicillin", "1988"):
        assert hidden not in shown


def test_a_number_that_nobody_has_is_said_and_kept(client, dana):
    client.force_login(dana)
    answer = client.post(reverse("access_search"), {"mrn": "H99999"})
    assert answer.status_code == 422
    assert answer.content.decode().count("H99999") >= 2


def test_the_file_holds_every_event_and_no_formula(client, patient, dana, ada):
    ada.full_name = "=HYPERLINK(0)"
    ada.save()
    proven(client, dana)
    answer = client.get(reverse("access_report_csv", args=[patient.id]))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    header, *rows = csv.reader(io.StringIO(answer.content.decode()))
    assert header[1] == "Who"
    assert "'=HYPERLINK(0)" in [row[1] for row in rows]
    assert "Canary" not in answer.content.decode()


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1"])
def test_a_formula_is_neutralised(cell):
    assert neutral(cell) == f"'{cell}"
    assert neutral("127.0.0.1") == "127.0.0.1"


@pytest.mark.parametrize(
    ("name", "action"),
    [("access_report", "viewed"), ("access_report_csv", "exported")],
)
def test_the_report_itself_is_in_the_record(client, patient, dana, name, action):
    proven(client, dana)
    client.get(reverse(name, args=[patient.id]))
    builders.acting(dana)
    row = Event.objects.get(action=f"workspace.access_report.{action}")
    assert (row.actor_id, row.patient_id, row.purpose) == (dana.id, patient.id, "HOPERAT")
