"""Invitations: the mail, the link that works once, and who comes in by it."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions, tasks
from accounts.models import MOST_TRIES, Invitation, Membership, Person, Role
from audit.models import Event
from patients import actions as patients
from patients.models import Patient
from recovery_clinic.log import without_tokens
from tests import builders
from tests.post import PostOffice
from tests.proof import proven

CHOSEN = "a heron stands in reeds"
NEW = {"full_name": "Nia Adeyemi", "password1": CHOSEN, "password2": CHOSEN}


@pytest.fixture
def amy(ada, clinic):
    return builders.acting(builders.a_person("amy", clinic=clinic, role="admin"))


@pytest.fixture
def post(settings, free_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    settings.SITE_URL = "https://clinic.example"
    with PostOffice(free_port) as office:
        yield office


@pytest.fixture
def invited(amy):
    return actions.invite(email="Nia@mail.example", role=Role.CLINICIAN, by=amy)


@pytest.fixture
def patient(ada):
    builders.acting(ada)
    return builders.a_patient(ada, given_name="Daniel", family_name="Okafor")


def now(invitation):
    return Invitation.objects.get(pk=invitation.pk)


def tell(invitation):
    return tasks.tell(invitation.id, clinic_id=invitation.clinic_id)


def link_in(letter):
    [link] = re.findall(r"https://clinic\.example(/join/\S+)", letter.get_payload(decode=True).decode())
    return link


def opened(client, link):
    """The page that the link leads to, and its address."""
    answer = client.get(link, follow=True)
    return answer, answer.redirect_chain[-1][0]


def text_of(answer):
    return " ".join(answer.content.decode().split())


def without_nonce(answer):
    return re.sub(r'nonce="[^"]*"', "", text_of(answer))


def told(invitation):
    """The link as it would stand in the newest mail."""
    return reverse("join_link", args=[actions.token_of(now(invitation))])


class TestMail:
    def test_it_goes_out_by_smtp_once(self, invited, post):
        assert tell(invited) is True
        assert tell(invited) is False
        assert tasks.sweep() == 0
        [letter] = post.letters
        assert letter["To"] == "nia@mail.example"
        assert now(invited).told_at is not None
        assert letter["Message-ID"] == f"<invitation-{invited.id}-1@clinic.example>"

    def test_its_words_are_neutral(self, ada, patient, post):
        told = patients.invite_to_portal(patient, email="dan@mail.example", by=ada)
        tell(told.invitation)
        [letter] = post.letters
        body = re.sub(r"/join/\S+", "", letter.get_payload(decode=True).decode())
        said = f"{letter['Subject']} {body}"
        words = ("Harbour", "result", "test", "treat", "hormone", "dose")
        for word in (patient.family_name, patient.mrn, *words):
            assert word.lower() not in said.lower()

    def test_the_link_is_of_the_settings_and_not_of_the_request(self, client, amy, post):
        proven(client, amy)
        form = {"email": "nia@mail.example", "role": "staff"}
        client.post(reverse("invitation_new"), form, headers={"Host": "127.0.0.1:8000"})
        builders.acting(amy)
        tell(Invitation.objects.get())
        assert link_in(post.letters[0]).startswith("/join/")

    def test_what_a_lost_nudge_left_undone_the_sweep_sends(self, invited, post):
        assert tasks.sweep() == 1
        assert len(post.letters) == 1

    def test_a_refused_address_is_given_up_at_once(self, invited, post):
        post.refusing = "550 nobody of that name"
        assert tell(invited) is False
        assert (now(invited).attempts, now(invited).error) == (MOST_TRIES, "SMTPRecipientsRefused")

    def test_a_server_that_is_away_is_tried_three_times(self, invited, settings, free_port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
        for _ in range(MOST_TRIES + 2):
            assert tell(invited) is False
        assert (now(invited).attempts, now(invited).told_at) == (MOST_TRIES, None)

    def test_a_worker_that_died_is_counted_and_tried_again(self, invited, post):
        assert actions.begin_telling(invited.id) is not None
        assert tell(invited) is False
        with time_machine.travel(timezone.now() + timedelta(seconds=61)):
            assert tell(invited) is True
        assert now(invited).attempts == 2

    def test_nothing_is_sent_for_somebody_who_may_not_invite_any_more(self, invited, amy, ada, clinic, post):
        builders.a_person("dora", clinic=clinic, role="admin")
        builders.acting(ada)
        actions.end_membership(amy.memberships.get(), by=ada)
        assert tell(invited) is False
        assert post.letters == []
        assert now(invited).withdrawn_at is not None


class TestJoining:
    def test_a_new_person_sets_name_and_password_and_is_led_to_a_second_factor(self, client, invited, post):
        tell(invited)
        page, address = opened(client, link_in(post.letters[0]))
        assert address == reverse("join")
        assert "Harbour Clinic invites you" in text_of(page)
        answer = client.post(address, NEW)
        assert answer.url == reverse("mfa_activate_totp")
        assert client.get(answer.url).status_code == 200
        nia = Person.objects.get(email="nia@mail.example")
        assert (nia.full_name, nia.check_password(NEW["password1"])) == ("Nia Adeyemi", True)
        assert client.get(reverse("worklist")).status_code == 200
        builders.acting(invited.invited_by)
        assert Membership.objects.get(person=nia).role == Role.CLINICIAN
        assert now(invited).accepted_by == nia
        assert Event.objects.get(action="accounts.invitation.accepted").actor_id == nia.id

    @pytest.mark.parametrize(
        "said",
        [
            {"password1": "short", "password2": "short"},
            {"password1": "passwordpassword", "password2": "another one of them"},
            {"password1": "nia@mail.example", "password2": "nia@mail.example"},
            {"full_name": ""},
        ],
    )
    def test_a_weak_password_makes_nobody(self, client, invited, said):
        _, address = opened(client, told(invited))
        assert client.post(address, {**NEW, **said}).status_code == 422
        assert not Person.objects.filter(email="nia@mail.example").exists()

    def test_somebody_known_logs_in_first_as_exactly_that_address(self, client, amy, mallory):
        builders.acting(amy)
        invitation = actions.invite(email=mallory.email, role=Role.STAFF, by=amy)
        page, address = opened(client, told(invitation))
        assert "Log in first" in text_of(page)
        assert client.post(address, NEW).status_code == 200
        builders.acting(amy)
        assert now(invitation).accepted_at is None
        client.post(
            f"{reverse('account_login')}?next={address}",
            {"login": mallory.email, "password": builders.PASSWORD},
        )
        assert client.post(address).status_code == 302
        builders.acting(amy)
        assert Membership.objects.get(person=mallory).role == Role.STAFF
        assert Person.objects.get(pk=mallory.pk).full_name == mallory.full_name

    def test_another_person_who_is_logged_in_takes_nothing_up(self, client, invited, ben):
        client.force_login(ben)
        page, address = opened(client, told(invited))
        assert page.status_code == 409
        assert client.post(address, NEW).status_code == 409
        builders.acting(invited.invited_by)
        assert now(invited).accepted_at is None

    def test_the_token_is_in_no_address_after_the_first_and_in_no_page(self, client, invited):
        token = actions.token_of(invited)
        page, address = opened(client, told(invited))
        assert token not in address
        assert token not in page.content.decode()
        assert page.headers["Referrer-Policy"] == "same-origin"

    def test_the_token_is_in_no_log_line(self, invited):
        token = actions.token_of(invited)
        asked = f"/join/{token}/"
        event = without_tokens(None, "", {"request": f"GET {asked}", "event": f"Not Found: {asked}"})
        assert token not in json.dumps(event)
        assert event["request"] == "GET /join/.../"


def used(client, invitation):
    link = told(invitation)
    _, address = opened(client, link)
    client.post(address, NEW)
    client.logout()
    return link


def expired(client, invitation):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return told(invitation)


def withdrawn(client, invitation):
    link = told(invitation)
    actions.withdraw(invitation, read_version=invitation.version, by=invitation.invited_by)
    return link


def sent_again(client, invitation):
    link = told(invitation)
    actions.resend(invitation, read_version=invitation.version, by=invitation.invited_by)
    return link


def forged(client, invitation):
    return told(invitation)[:-3] + "x/"


def unknown(client, invitation):
    return reverse("join_link", args=["nothing"])


@pytest.mark.parametrize("make", [used, expired, withdrawn, sent_again, forged, unknown])
def test_every_link_that_is_worth_nothing_gets_the_same_page(client, invited, make):
    page, address = opened(client, make(client, invited))
    plain = Client().get(address)
    assert page.status_code == plain.status_code == 404
    assert without_nonce(page) == without_nonce(plain)
    assert Client().post(address, NEW).status_code == 404


class TestInviting:
    def invite(self, client, **more):
        return client.post(reverse("invitation_new"), {"email": "nia@mail.example", "role": "staff", **more})

    def test_it_asks_for_a_fresh_proof_and_keeps_what_was_typed(self, client, amy):
        proven(client, amy, minutes_ago=6)
        asked = self.invite(client).url
        assert asked.startswith(reverse("account_reauthenticate"))
        assert not Invitation.objects.exists()
        client.post(asked, {"password": builders.PASSWORD})
        builders.acting(amy)
        assert Invitation.objects.get().email == "nia@mail.example"

    def test_one_address_has_one_open_invitation_in_a_clinic(self, client, amy):
        proven(client, amy)
        assert self.invite(client).status_code == 302
        answer = self.invite(client, email="NIA@mail.example")
        assert answer.status_code == 422
        assert "invited already" in text_of(answer)
        builders.acting(amy)
        assert Invitation.objects.count() == 1

    def test_an_expired_one_gives_way(self, amy, invited):
        Invitation.objects.update(expires_at=timezone.now())
        again = actions.invite(email=invited.email, role=Role.STAFF, by=amy)
        assert now(invited).withdrawn_at is not None
        assert now(again).withdrawn_at is None

    def test_a_member_is_not_invited_again(self, client, amy, ben):
        proven(client, amy)
        assert "has a role in this clinic already" in text_of(self.invite(client, email=ben.email))

    @pytest.mark.parametrize("role", ["patient", "owner", ""])
    def test_the_admin_invites_members_only(self, client, amy, role):
        proven(client, amy)
        assert self.invite(client, role=role).status_code == 422

    def test_only_an_admin_invites_members(self, ada):
        with pytest.raises(actions.NotPossible):
            actions.invite(email="nia@mail.example", role=Role.ADMIN, by=ada)

    def test_the_page_says_how_it_stands_with_each(self, client, amy, invited, post):
        proven(client, amy)
        page = reverse("members")
        assert "Mail is being sent" in text_of(client.get(page))
        tell(invited)
        assert "Mail sent" in text_of(client.get(page))
        builders.acting(amy)
        Invitation.objects.update(told_at=None, attempts=MOST_TRIES)
        assert "Mail could not be sent" in text_of(client.get(page))
        builders.acting(amy)
        Invitation.objects.update(expires_at=timezone.now())
        assert "Expired" in text_of(client.get(page))

    @pytest.mark.parametrize("name", ["invitation_resend", "invitation_withdraw"])
    def test_a_change_says_which_version_it_changes(self, client, amy, invited, name):
        proven(client, amy)
        url = reverse(name, args=[invited.id])
        assert client.post(url).status_code == 428
        assert client.post(url, {"version": 1}).url == reverse("members")
        answer = client.post(url, {"version": 1})
        assert answer.status_code == 409
        assert "Now on file" in text_of(answer)


class TestPortal:
    @pytest.fixture
    def staff(self, client, ben, ada):
        builders.acting(ada)
        return proven(client, ben)

    def invite(self, staff, record, **more):
        form = {"patient": record.id, "email": "dan@mail.example", **more}
        return staff.post(reverse("portal_invite", args=[record.id]), form)

    def joined(self, invitation):
        him = Client()
        _, address = opened(him, told(invitation))
        assert address == reverse("portal_join")
        return him, him.post(address, NEW)

    def test_staff_invite_from_the_chart_and_he_sees_exactly_his_record(self, staff, ada, patient):
        other = builders.a_patient(ada, given_name="Someone", family_name="Else")
        assert self.invite(staff, patient).status_code == 302
        builders.acting(ada)
        him, answer = self.joined(Invitation.objects.get())
        assert answer.url == reverse("home")
        assert him.get(reverse("my_recovery")).status_code == 200
        assert him.get(reverse("chart", args=[other.id])).status_code == 404
        builders.acting(ada)
        patient.refresh_from_db()
        assert patient.portal_person.email == "dan@mail.example"
        assert list(Patient.objects.visible_to(builders.acting(patient.portal_person))) == [patient]
        builders.acting(ada)
        row = Event.objects.get(action="patients.portal.opened")
        assert (row.patient_id, row.actor_id) == (patient.id, patient.portal_person_id)
        assert "The portal is open" in text_of(staff.get(reverse("portal_access", args=[patient.id])))

    def test_a_record_has_one_invitation_and_one_reader(self, staff, ada, patient):
        self.invite(staff, patient)
        assert self.invite(staff, patient, email="other@mail.example").status_code == 422
        builders.acting(ada)
        self.joined(Invitation.objects.get())
        assert self.invite(staff, patient, email="other@mail.example").status_code == 422

    def test_another_patients_form_is_refused(self, staff, ada, patient):
        other = builders.a_patient(ada)
        assert self.invite(staff, patient, patient=other.id).status_code == 409

    def test_a_patient_of_another_clinic_has_a_record_in_each(self, client, ada, patient, mallory):
        builders.acting(mallory)
        max_ = builders.a_portal_patient("max", clinic=mallory.memberships.get().clinic, by=mallory)
        builders.acting(ada)
        told_ = patients.invite_to_portal(patient, email=max_.email, by=ada)
        client.force_login(max_)
        _, address = opened(client, told(told_.invitation))
        assert client.post(address).status_code == 302
        builders.acting(ada)
        patient.refresh_from_db()
        assert patient.portal_person == max_
        assert Membership.objects.get(person=max_, clinic_id=patient.clinic_id).role == "patient"

    def test_a_members_invitation_opens_no_portal(self, client, invited):
        opened(client, told(invited))
        assert client.post(reverse("portal_join"), NEW).status_code == 404

    @pytest.mark.parametrize("name", ["portal_resend", "portal_withdraw"])
    def test_it_is_sent_again_and_withdrawn_by_version(self, staff, ada, patient, name):
        self.invite(staff, patient)
        url, form = reverse(name, args=[patient.id]), {"patient": patient.id}
        assert staff.post(url, form).status_code == 428
        assert staff.post(url, {**form, "version": 7}).status_code == 409
        assert staff.post(url, {**form, "version": 1}).url == reverse("portal_access", args=[patient.id])
