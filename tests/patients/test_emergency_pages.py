"""Breaking the glass in pages: found by all that names one man, asked for, shown loudly, and reviewed."""

import uuid

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from audit.models import Event, Purpose
from patients import actions, tasks
from patients.models import EmergencyAccess, Patient
from patients.models.restricting import LONGEST, LONGEST_TRY, MOST_ATTEMPTS
from recovery_clinic.celery import app
from tests import builders
from tests.proof import proven
from workspace.presenters.emergencies import emergencies_of

BANNER = "Emergency access: Piet Zander, MRN Z1"


@pytest.fixture
def amy(ada, clinic):
    return builders.a_person("amy", clinic=clinic, role="admin")


@pytest.fixture
def patient(ada):
    found = builders.a_patient(ada, given_name="Piet", family_name="Zander", mrn="Z1")
    builders.an_episode(found, by=ada)
    builders.a_restriction(found, by=ada)
    return found


@pytest.fixture
def ask(patient):
    return reverse("emergency_open", args=[patient.id])


def filled(**more):
    return {
        "whose": "Z1",
        "reason": "emergency",
        "explanation": "He collapsed.",
        "entry_key": uuid.uuid4(),
        **more,
    }


def body(answer):
    return answer.content.decode()


def test_the_search_says_only_that_there_is_one(client, patient, ben):
    client.force_login(ben)
    assert "Nobody matches" in body(client.get("/patients/", {"q": "Zander"}))
    page = body(client.get("/patients/", {"q": "z1"}))
    assert "Restricted record" in page
    assert "Piet" not in page
    assert "1988" not in page
    found = Event.objects.get(action="workspace.restricted_record.viewed")
    assert (found.actor_id, found.patient_id) == (ben.id, patient.id)


def test_registering_him_again_says_that_he_may_be_here(client, patient, ben):
    client.force_login(ben)
    form = {"given_name": "Piet", "family_name": "Zander", "date_of_birth": "1988-05-17", "mrn": "Z2"}
    form["entry_key"] = str(uuid.uuid4())
    page = body(client.post(reverse("patient_register"), form))
    assert "A restricted record has this name and date of birth" in page
    assert "Z1" not in page


def test_the_page_that_asks_names_nobody(client, patient, ben, ask):
    client.force_login(ben)
    page = body(client.get(ask))
    assert "Zander" not in page
    assert "Z1" not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"whose": "Z2"}, "does not name this record"),
        ({"whose": "Piet Zander"}, "does not name this record"),
        ({"reason": ""}, "Why now"),
        ({"explanation": "  "}, "What happened"),
    ],
)
def test_without_a_reason_or_the_right_man_it_stays_closed(client, patient, ben, ask, wrong, said):
    answer = proven(client, ben).post(ask, filled(**wrong))
    assert answer.status_code == 422
    assert said in body(answer)
    assert not EmergencyAccess.objects.exists()


def test_it_asks_anew_who_it_is(client, patient, ben, ask):
    answer = proven(client, ben, minutes_ago=6).post(ask, filled())
    assert answer.status_code == 302
    assert "reauthenticate" in answer.url
    assert not EmergencyAccess.objects.exists()
    assert proven(client, ben, minutes_ago=4).post(ask, filled()).url == f"/patients/{patient.id}/"


def test_a_second_click_is_the_same_access(client, patient, ben, ask):
    form = filled()
    for _ in range(2):
        assert proven(client, ben).post(ask, form).status_code == 302
    assert EmergencyAccess.objects.count() == 1


@pytest.fixture
def inside(client, patient, ben, ask):
    proven(client, ben).post(ask, filled())
    return client


PAGES = ["chart", "chart_labs", "chart_treatment", "chart_timeline", "chart_documents", "chart_access"]


def test_every_page_of_his_wears_the_banner_and_others_do_not_name_him(inside, patient, ada, ben):
    others = builders.a_patient(ada)
    own = [reverse(name, args=[patient.id]) for name in PAGES]
    own += [reverse("panel_new", args=[patient.id, "blood"]), reverse("observe", args=[patient.id])]
    for url in own:
        page = body(inside.get(url))
        assert BANNER in page, url
        assert "60</span> min" in page, url
    for url in (reverse("worklist"), reverse("chart", args=[others.id])):
        page = body(inside.get(url))
        assert "You hold emergency access to a restricted record" in page
        assert BANNER not in page


def test_ending_it_closes_the_record_at_once(inside, patient, ben):
    access = EmergencyAccess.objects.get()
    assert inside.get(f"/patients/{patient.id}/").status_code == 200
    inside.post(reverse("emergency_end", args=[access.id]))
    assert inside.get(f"/patients/{patient.id}/").status_code == 404
    assert "mergency access to" not in body(inside.get(reverse("worklist")))


def test_it_ends_by_itself(inside, patient):
    EmergencyAccess.objects.update(began_at=Now() - 2 * LONGEST, ends_at=Now() - LONGEST)
    assert inside.get(f"/patients/{patient.id}/").status_code == 404


def test_whatever_was_opened_is_in_the_queue_and_is_reviewed(inside, patient, ben, amy, ada):
    for name in PAGES:
        inside.get(reverse(name, args=[patient.id]))
    access = EmergencyAccess.objects.get()
    inside.post(reverse("emergency_end", args=[access.id]))
    admin = Client()
    admin.force_login(amy)
    queue = body(admin.get(reverse("emergencies")))
    assert "Ben" in queue
    assert '<span class="count">1<span class="visually-hidden"> to review</span></span>' in queue
    page = body(admin.get(reverse("emergency", args=[access.id])))
    assert "He collapsed." in page
    builders.acting(amy)
    his = Event.objects.filter(actor_id=ben.id, patient_id=patient.id)
    assert set(his.values_list("purpose", flat=True)) == {Purpose.EMERGENCY}
    [row] = emergencies_of(amy).to_review
    assert row.events == his.count() >= len(PAGES) + 2
    form = {"comment": "Called Ben: it was right.", "version": 1}
    assert admin.post(reverse("emergency", args=[access.id]), form).status_code == 302
    overtaken = admin.post(reverse("emergency", args=[access.id]), form)
    assert overtaken.status_code == 409
    assert "Called Ben" in body(overtaken)
    assert "to review</span>" not in body(admin.get(reverse("emergencies")))


def test_a_review_needs_a_comment_and_the_end(inside, amy):
    access = EmergencyAccess.objects.get()
    admin = Client()
    admin.force_login(amy)
    url = reverse("emergency", args=[access.id])
    assert admin.post(url, {"comment": "", "version": 1}).status_code == 422
    assert admin.post(url, {"comment": "x"}).status_code == 422
    assert admin.post(url, {"comment": "x", "version": 1}).status_code == 409


def test_a_clinician_restricts_names_and_lifts(client, ada, ben):
    patient = builders.a_patient(ada)
    proven(client, ada)
    page = reverse("restriction", args=[patient.id])
    place = reverse("restriction_place", args=[patient.id])
    assert "Not restricted" in body(client.get(page))
    assert client.post(place, {"reason": "other", "carers": [ada.id]}).status_code == 422
    assert client.post(place, {"reason": "wish", "carers": [ben.id]}).status_code == 422
    assert client.post(place, {"reason": "wish", "carers": [ada.id]}).url == page
    restriction = actions.restriction_of(patient)
    carers = reverse("restriction_carers", args=[restriction.id])
    assert client.post(carers, {"carers": [ada.id, ben.id], "version": 1}).status_code == 302
    assert client.post(carers, {"carers": [ada.id], "version": 1}).status_code == 409
    assert client.post(carers, {"carers": [ada.id]}).status_code == 422
    assert Patient.objects.visible_to(ben).filter(pk=patient.pk).exists()
    lift = reverse("restriction_lift", args=[restriction.id])
    assert client.post(lift, {"lift_reason": "he left", "version": 2}).status_code == 302
    assert "Not restricted" in body(client.get(page))


def test_an_admin_restricts_what_he_does_not_see(client, ada, amy):
    patient = builders.a_patient(ada)
    place = reverse("restriction_place", args=[patient.id])
    assert proven(client, amy).post(place, {"reason": "wish", "carers": [ada.id]}).status_code == 302
    assert client.get(f"/patients/{patient.id}/").status_code == 403


def test_whoever_broke_the_glass_does_not_reach_the_page_that_lasts(client, patient, clinic):
    zoe = builders.a_person("zoe", clinic=clinic, role="clinician")
    builders.a_broken_glass(patient, by=zoe)
    client.force_login(zoe)
    assert client.get(reverse("restriction", args=[patient.id])).status_code == 403


def test_the_patient_sees_his_own_pages_as_before(client, ada, cal):
    builders.an_episode(cal.patient, by=ada)
    client.force_login(cal)
    before = client.get(reverse("my_recovery")).status_code
    builders.a_restriction(cal.patient, by=ada)
    client.force_login(cal)
    assert client.get(reverse("my_recovery")).status_code == before == 200


def test_the_admins_are_told_without_a_name(patient, ben, ada, amy):
    access = builders.a_broken_glass(patient, by=ben)
    assert tasks.tell(access.id, clinic_id=access.clinic_id)
    assert not tasks.tell(access.id, clinic_id=access.clinic_id)
    [sent] = mail.outbox
    assert sent.to == [amy.email]
    for word in ("Piet", "Zander", "Z1", "Ben", "collapsed"):
        assert word not in f"{sent.subject} {sent.body} {sent.extra_headers}"
    assert access.id.hex in sent.extra_headers["Message-ID"]


def test_a_lost_nudge_is_swept_within_the_minute(patient, ben, amy):
    builders.a_broken_glass(patient, by=ben)
    assert tasks.sweep_emergencies() == 1
    assert tasks.sweep_emergencies() == 0
    assert app.conf.beat_schedule["sweep-emergencies"]["schedule"] <= 60 - LONGEST_TRY.total_seconds()


def test_a_notice_that_fails_is_tried_three_times_and_then_waits_in_sight(
    client, patient, ben, amy, monkeypatch
):
    def refuses(*args):
        raise ConnectionRefusedError(f"{amy.email} is not here")

    access = builders.a_broken_glass(patient, by=ben)
    monkeypatch.setattr(EmailBackend, "send_messages", refuses)
    assert [tasks.sweep_emergencies() for _ in range(MOST_ATTEMPTS + 2)] == [0] * (MOST_ATTEMPTS + 2)
    builders.acting(amy)
    access.refresh_from_db()
    assert access.notice_attempts == MOST_ATTEMPTS
    assert access.notice_error == "ConnectionRefusedError while the mail was sent."
    client.force_login(amy)
    assert "could not be sent" in body(client.get(reverse("emergency", args=[access.id])))
    monkeypatch.undo()
    client.post(reverse("emergency_notice", args=[access.id]))
    assert tasks.sweep_emergencies() == 1


def test_a_notice_in_other_hands_is_left_to_them(patient, ben, amy):
    access = builders.a_broken_glass(patient, by=ben)
    assert actions.begin_notice(access.id)
    assert not tasks.tell(access.id, clinic_id=access.clinic_id)
    EmergencyAccess.objects.update(notice_started_at=Now() - 2 * LONGEST_TRY)
    assert tasks.tell(access.id, clinic_id=access.clinic_id)


def test_a_clinic_without_an_admin_says_so(patient, ben):
    access = builders.a_broken_glass(patient, by=ben)
    assert not tasks.tell(access.id, clinic_id=access.clinic_id)
    access.refresh_from_db()
    assert access.notice_error == "The clinic has no admin to tell."
