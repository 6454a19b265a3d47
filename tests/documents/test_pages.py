"""The pages: asking, watching, reading, taking the PDF, and who may not."""

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from documents import printing, tasks
from documents.models import Document, DocumentKind
from patients.actions import mark_changed
from tests import builders


@pytest.fixture
def document(patient, course, ask):
    return ask(patient)


@pytest.fixture
def ready(document):
    tasks.render(str(document.clinic_id), str(document.id))
    document.refresh_from_db()
    return document


def ask_page(client, whose, **changes):
    form = {"kind": "clomiphene", "patient": str(whose.id), "entry_key": str(uuid.uuid4()), **changes}
    return client.post(reverse("document_request", args=[whose.id]), form)


def at(name, document):
    return reverse(name, args=[document.id])


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_the_care_team_asks_and_watches(client, patient, course, who, request):
    client.force_login(request.getfixturevalue(who))
    answer = ask_page(client, patient)
    document = Document.objects.get()
    assert answer.status_code == 302
    assert answer.url == at("document", document)
    page = client.get(answer.url)
    assert page.status_code == 200
    html = page.content.decode()
    assert "Waiting for its turn" in html
    assert "<progress" in html
    assert 'hx-trigger="every 1s"' in html
    assert "25 mg every other day" in html
    assert "Daniel Okafor" in html


def test_a_second_click_makes_no_second_document(client, ada, patient, course):
    client.force_login(ada)
    key = str(uuid.uuid4())
    first, second = (ask_page(client, patient, entry_key=key) for _ in range(2))
    assert first.url == second.url
    assert Document.objects.count() == 1


def test_no_course_is_said_and_the_choice_is_kept(client, ada, patient):
    client.force_login(ada)
    answer = ask_page(client, patient)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "no active course of clomiphene" in html
    assert 'role="alert"' in html
    assert '<option value="clomiphene" selected>' in html
    assert Document.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "horoscope"}, "found “horoscope”"),
        ({"kind": ""}, "nothing was chosen"),
    ],
)
def test_a_form_with_a_fault_is_answered_with_what_is_wrong(client, ada, patient, course, changes, message):
    client.force_login(ada)
    answer = ask_page(client, patient, **changes)
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert Document.objects.count() == 0


def test_a_form_drawn_for_another_patient_is_refused(client, ada, patient, course):
    other = builders.a_patient(ada)
    client.force_login(ada)
    assert ask_page(client, patient, patient=str(other.id)).status_code == 409
    assert ask_page(client, patient, patient="").status_code == 409
    assert Document.objects.count() == 0


def test_the_status_is_silent_until_it_changes(client, ada, document):
    client.force_login(ada)
    url = at("document_status", document)
    assert client.get(url, {"seen": "waiting"}).status_code == 204
    assert client.get(url, {"seen": "rendering"}).status_code == 200
    tasks.render(str(document.clinic_id), str(document.id))
    html = client.get(url, {"seen": "waiting"}).content.decode()
    assert at("document_pdf", document) in html
    assert "every 1s" not in html


def test_the_status_shows_nothing_of_the_patient(client, ada, document):
    client.force_login(ada)
    html = client.get(at("document_status", document)).content.decode()
    for word in ("Okafor", "H00417", "lomiphene", "25 mg"):
        assert word not in html


def test_a_failure_says_why_and_can_be_tried_again(client, ada, document, monkeypatch):
    def refuse(html):
        raise printing.TooLarge("The document has 51 pages; 50 can be printed.")

    monkeypatch.setattr(printing, "render", refuse)
    tasks.render(str(document.clinic_id), str(document.id))
    monkeypatch.undo()
    client.force_login(ada)
    html = client.get(at("document_status", document), {"seen": "waiting"}).content.decode()
    assert "51 pages" in html
    assert "csrfmiddlewaretoken" in html
    document.refresh_from_db()
    assert client.post(at("document_retry", document)).url == at("document", document)
    document.refresh_from_db()
    assert (document.attempts, document.error) == (0, "")


def test_the_pdf_comes_under_a_neutral_name_and_is_not_stored(client, ben, ready):
    client.force_login(ben)
    answer = client.get(at("document_pdf", ready))
    assert answer.content == bytes(ready.pdf)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="document-{ready.code}.pdf"'
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_taking_it_is_in_the_audit_record(client, ben, ready):
    client.force_login(ben)
    client.get(at("document_pdf", ready))
    event = Event.objects.get(action="documents.pdf.viewed")
    assert (event.actor_id, event.object_id, event.patient_id) == (ben.id, str(ready.id), ready.patient_id)
    assert "Okafor" not in json.dumps(event.details)


def test_looking_is_in_the_audit_record(client, ben, document):
    client.force_login(ben)
    client.get(at("document", document))
    client.get(reverse("document_list", args=[document.patient_id]))
    for action in ("documents.document.viewed", "documents.list.viewed"):
        assert Event.objects.filter(action=action, patient_id=document.patient_id).count() == 1


def test_before_it_is_ready_the_pdf_leads_to_its_page(client, ada, document):
    client.force_login(ada)
    assert client.get(at("document_pdf", document)).url == at("document", document)
    assert not Event.objects.filter(action="documents.pdf.viewed").exists()


def test_a_copy_older_than_the_record_says_so(client, ada, ready, course):
    client.force_login(ada)
    assert "has changed since" not in client.get(at("document", ready)).content.decode()
    builders.acting(ada)
    mark_changed(course.episode)
    html = client.get(at("document", ready)).content.decode()
    assert "The record has changed since." in html
    assert f"version {ready.record_version + 1}" in html


def test_the_list_names_what_was_printed_newest_first(client, ada, ready, patient, ask):
    ask(patient, kind=DocumentKind.LAB_PREPARATION)
    client.force_login(ada)
    url = reverse("document_list", args=[patient.id])
    html = client.get(url).content.decode()
    rows = html[html.index("<tbody>") :]
    assert rows.index("Preparing for a blood test") < rows.index("Clomiphene handout")
    assert ready.code in html
    assert "<html" in html
    fragment = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'id="documents"' in fragment


def test_an_empty_list_says_what_to_do(client, ada, patient):
    client.force_login(ada)
    html = client.get(reverse("document_list", args=[patient.id])).content.decode()
    assert "Nothing was printed yet" in html


def urls_of(document):
    pages = ("document", "document_status", "document_pdf")
    patient = document.patient_id
    return [
        *(("get", at(name, document)) for name in pages),
        ("post", at("document_retry", document)),
        ("get", reverse("document_list", args=[patient])),
        ("post", reverse("document_request", args=[patient])),
    ]


@pytest.mark.parametrize("who", ["mallory", "cal"])
def test_a_stranger_and_a_patient_see_404(client, ready, who, request):
    person = request.getfixturevalue(who)
    client.force_login(person)
    keys = {"patient": str(ready.patient_id), "entry_key": str(uuid.uuid4())}
    for method, url in urls_of(ready):
        answer = getattr(client, method)(url, keys if method == "post" else {})
        assert answer.status_code == 404, url
        assert b"Okafor" not in answer.content


def test_nobody_is_sent_to_the_login(client, ready):
    for method, url in urls_of(ready):
        answer = getattr(client, method)(url)
        assert answer.status_code == 302, url
        assert reverse("account_login") in answer.url


def test_a_clinic_admin_may_not(client, ready, clinic):
    client.force_login(builders.a_person("dora", clinic=clinic, role="admin"))
    assert client.get(at("document_pdf", ready)).status_code == 403


def test_the_list_asks_the_database_as_often_for_one_as_for_ten(client, ada, ready, patient, ask):
    client.force_login(ada)
    url = reverse("document_list", args=[patient.id])
    # The first request of a session also writes when it began.
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    builders.acting(ada)
    for _ in range(9):
        ask(patient)
    with CaptureQueriesContext(connection) as ten:
        client.get(url)
    assert len(one) == len(ten)
    assert not any('"documents_document"."pdf"' in query["sql"] for query in ten.captured_queries)


def test_the_page_of_a_document_asks_the_database_a_fixed_number_of_times(
    client, ada, ready, django_assert_max_num_queries
):
    client.force_login(ada)
    client.get(at("document", ready))
    with django_assert_max_num_queries(12):
        client.get(at("document", ready))
