"""Somebody who works in several clinics sees one of them at a time, and takes nothing along."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import admit, end_membership
from accounts.models import Membership, Role
from patients.models import Patient
from tests import builders
from tests.proof import proven


@pytest.fixture
def north(db):
    return builders.a_clinic("Northern Clinic", time_zone="UTC")


@pytest.fixture
def both(ada, clinic, north):
    """Bea works at Harbour Clinic as staff and at Northern Clinic as clinician."""
    bea = builders.a_person("bea", clinic=clinic, role="staff")
    admit(north, email=bea.email, full_name="", role=Role.CLINICIAN, by=None, password=None)
    return bea


@pytest.fixture
def records(ada, both, north):
    """One patient in each clinic."""
    builders.acting(ada)
    here = builders.a_patient(ada, family_name="Harbourman")
    noel = builders.acting(builders.a_person("noel", clinic=north, role="clinician"))
    there = builders.a_patient(noel, family_name="Northman")
    return here, there


def choose(client, clinic):
    return client.post(reverse("clinic_choose"), {"clinic": clinic.id})


def lists(client):
    page = client.get(reverse("patients")).content.decode()
    return [name for name in ("Harbourman", "Northman") if name in page]


def test_after_the_log_in_the_clinic_is_asked(client, both, clinic, north):
    client.force_login(both)
    assert client.get(reverse("home")).url == reverse("clinic_choose")
    page = client.get(reverse("clinic_choose")).content.decode()
    assert page.index("Harbour Clinic (staff)") < page.index("Northern Clinic (clinician)")
    choose(client, north)
    assert client.get(reverse("home")).url == reverse("worklist")


def test_with_one_clinic_nothing_is_asked_and_nothing_offered(client, ada):
    client.force_login(ada)
    assert client.get(reverse("home")).url == reverse("worklist")
    assert reverse("clinic_choose") not in client.get(reverse("worklist")).content.decode()


def test_the_menu_leads_there(client, both):
    client.force_login(both)
    assert reverse("clinic_choose") in client.get(reverse("worklist")).content.decode()


def test_pages_show_the_chosen_clinic_alone(client, both, clinic, north, records):
    here, there = records
    client.force_login(both)
    for chosen, seen, own, foreign in ((north, "Northman", there, here), (clinic, "Harbourman", here, there)):
        choose(client, chosen)
        assert lists(client) == [seen]
        assert client.get(reverse("chart", args=[own.id])).status_code == 200
        assert client.get(reverse("chart", args=[foreign.id])).status_code == 404


def test_the_role_is_that_of_the_chosen_clinic(client, both, clinic, north, records):
    here, there = records
    client.force_login(both)
    choose(client, north)
    assert client.get(reverse("course_start", args=[there.id])).status_code == 200
    choose(client, clinic)
    assert client.get(reverse("course_start", args=[here.id])).status_code == 403


def test_a_clinic_that_is_not_his_cannot_be_chosen(client, ada, north):
    client.force_login(ada)
    for wanted in (north.id, "", "x"):
        assert client.post(reverse("clinic_choose"), {"clinic": wanted}).status_code == 404
    assert client.get(reverse("worklist")).status_code == 200


def test_a_membership_that_ended_falls_back_to_the_other(client, both, clinic, north, records):
    client.force_login(both)
    choose(client, north)
    builders.act_for_clinic(north)
    end_membership(Membership.objects.get(person=both, clinic=north), by=both)
    assert client.get(reverse("patients")).url == reverse("home")
    assert client.get(reverse("home")).url == reverse("worklist")
    assert lists(client) == ["Harbourman"]


def test_where_every_membership_ended_there_is_nothing(client, both, clinic, north):
    client.force_login(both)
    choose(client, north)
    for each in (clinic, north):
        builders.act_for_clinic(each)
        end_membership(Membership.objects.get(person=both, clinic=each), by=both)
    assert client.get(reverse("worklist")).status_code == 404
    assert client.get(reverse("clinic_choose")).status_code == 404


def test_a_choice_of_a_clinic_that_he_never_stood_in_is_asked_anew(client, both):
    client.force_login(both)
    session = client.session
    session["clinic"] = str(uuid.uuid4())
    session.save()
    assert client.get(reverse("worklist")).url == reverse("home")
    assert client.get(reverse("home")).url == reverse("clinic_choose")


class TestNothingIsTakenAlong:
    @pytest.fixture
    def strict(self, both, clinic):
        """A browser whose forms carry their token, at Harbour Clinic."""
        browser = proven(Client(enforce_csrf_checks=True), both)
        self.post(browser, "clinic_choose", clinic=clinic.id)
        return browser

    def token(self, browser, name):
        page = browser.get(reverse(name)).content.decode()
        return re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page).group(1)

    def post(self, browser, name, *, token="", **form):
        token = token or self.token(browser, name)
        return browser.post(reverse(name), {"csrfmiddlewaretoken": token, **form})

    def registration(self, browser, **more):
        form = {"family_name": "Newman", "given_name": "Al", "date_of_birth": "1990-01-02", "mrn": "N1"}
        form["entry_key"] = str(uuid.uuid4())
        return self.post(browser, "patient_register", **form, **more)

    def test_a_form_that_was_drawn_in_one_clinic_is_not_carried_out_in_another(self, strict, north, both):
        drawn = self.token(strict, "patient_register")
        self.post(strict, "clinic_choose", clinic=north.id)
        assert self.registration(strict, token=drawn).status_code == 403
        builders.act_for_clinic(north)
        assert not Patient.objects.exists()
        assert self.registration(strict).status_code == 302

    def test_nor_where_the_first_membership_ended_meanwhile(self, strict, clinic, north, both):
        drawn = self.token(strict, "patient_register")
        builders.act_for_clinic(clinic)
        end_membership(Membership.objects.get(person=both, clinic=clinic), by=both)
        assert self.registration(strict, token=drawn).status_code == 404
        assert strict.get(reverse("home")).url == reverse("worklist")
        assert self.registration(strict, token=drawn).status_code == 403
        builders.act_for_clinic(north)
        assert not Patient.objects.exists()

    def test_what_was_to_be_said_in_one_clinic_is_not_said_in_another(self, strict, north):
        assert self.registration(strict).status_code == 302
        self.post(strict, "clinic_choose", token=self.token_of_cookie(strict), clinic=north.id)
        assert "Newman" not in strict.get(reverse("worklist")).content.decode()

    def token_of_cookie(self, browser):
        """The secret itself, so that no page has to be drawn, which would say what is to be said."""
        return browser.cookies["csrf"].value
