"""What is typed when the session has ended: for its person alone, for an hour, in its form, not saved."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import KEPT_FOR, admit, forget_sessions
from accounts.actions.sending import REMEMBERED
from accounts.models import Role, SentForm
from accounts.tasks import forget_sent_forms
from accounts.tasks import forget_sessions as forget_sessions_task
from accounts.unsaved import ASKED, ENDED, UNSAVED
from labs.models import EntryDraft, Panel
from patients.models import Patient
from protocols.actions import hold_course
from tests import builders
from tests.drills.late import CHECK_IT, TYPED, end, log_in
from tests.house.everything import days_ago
from tests.proof import a_second_factor, code_of

REGISTER = {"family_name": "Reyes", "given_name": "Theo", "date_of_birth": "1985-05-17", "mrn": "T1"}


@pytest.fixture
def a_course(ada):
    man = builders.a_patient(ada)
    return builders.a_course(builders.an_episode(man, by=ada), by=ada, starts_on=days_ago(20))


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def expired(person):
    """A browser whose session has ended, with its pages still open."""
    client = Client()
    client.force_login(person)
    client.get(reverse("home"))
    end(client)
    return client


def register(client, **typed):
    return client.post(reverse("patient_register"), {**REGISTER, "entry_key": uuid.uuid4(), **typed})


def register_page():
    return f"{reverse('patient_register')}?{ASKED}=1"


def test_the_words_come_back_and_are_saved_once_and_then_forgotten(ada):
    client, key = expired(ada), uuid.uuid4()
    assert register(client, entry_key=key, allergies=TYPED).url == reverse("account_login")
    assert b"What you typed is kept for one hour" in client.get(reverse("account_login")).content
    assert log_in(client, ada).url == register_page()
    for _ in range(2):
        shown = client.get(register_page()).content.decode()
        assert CHECK_IT in shown
        assert f'value="{TYPED}"' in shown
    assert not Patient.objects.exists()
    for _ in range(2):
        assert register(client, entry_key=key, allergies=TYPED).status_code == 302
    builders.acting(ada)
    assert Patient.objects.get().allergies == TYPED
    assert UNSAVED not in client.session
    assert CHECK_IT not in client.get(register_page()).content.decode()


def test_a_page_that_begins_afresh_shows_nothing_of_it(ada):
    client = expired(ada)
    register(client, allergies=TYPED)
    log_in(client, ada)
    assert TYPED not in client.get(reverse("patient_register")).content.decode()


def test_another_person_gets_nothing_and_it_is_gone(ada, ben):
    client = expired(ada)
    register(client, allergies=TYPED)
    assert TYPED in str(client.session[UNSAVED])
    assert log_in(client, ben).url == reverse("home")
    assert {UNSAVED, ENDED}.isdisjoint(client.session.keys())
    assert TYPED not in client.get(register_page()).content.decode()
    client.post(reverse("account_logout"))
    assert log_in(client, ada).url == reverse("home")


def test_only_the_whole_log_in_hands_it_out(ada, ben):
    secret = a_second_factor(ada)
    client = expired(ada)
    register(client, allergies=TYPED)
    assert log_in(client, ada).url.startswith(reverse("mfa_authenticate"))
    assert TYPED not in client.get(register_page(), follow=True).content.decode()
    led = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert led.url == register_page()
    assert TYPED in client.get(led.url).content.decode()


def test_it_is_not_lost_where_another_page_found_the_end_first(ada):
    """The worklist asks by itself and ends the session; whoever comes back hours later still types."""
    client = expired(ada)
    answer = client.get(reverse("worklist_rows"), headers={"HX-Request": "true"})
    assert answer.status_code == 401
    register(client, allergies=TYPED)
    register(client, allergies="the second time")
    assert log_in(client, ada).url == register_page()
    assert "the second time" in client.get(register_page()).content.decode()


def test_it_waits_for_a_form_that_stood_open_over_a_weekend(ada, clock):
    client = expired(ada)
    clock.shift(timedelta(days=2, hours=18))
    register(client, allergies=TYPED)
    assert log_in(client, ada).url == register_page()


@pytest.mark.parametrize(("minutes", "waits"), [(59, True), (61, False)])
def test_it_waits_for_an_hour(ada, clock, minutes, waits):
    client = expired(ada)
    register(client, allergies=TYPED)
    clock.shift(timedelta(minutes=minutes))
    assert (log_in(client, ada).url == register_page()) is waits
    assert (UNSAVED in client.session) is waits


def test_it_is_removed_after_an_hour_where_nobody_comes(ada, clock):
    client, other = expired(ada), Client()
    other.force_login(ada)
    register(client, allergies=TYPED)
    assert forget_sessions_task() == 0
    clock.shift(timedelta(seconds=KEPT_FOR + 1))
    assert forget_sessions() == 1
    assert forget_sessions() == 0
    assert UNSAVED not in client.session
    assert client.session[ENDED]["person"] == str(ada.pk)
    assert other.session.session_key
    clock.shift(timedelta(days=4))
    assert forget_sessions() == 2
    assert not Session.objects.exists()


def test_nobody_who_was_not_logged_in_can_have_anything_kept(client):
    register(client, allergies=TYPED)
    assert not Session.objects.exists()


def test_too_much_is_not_kept_and_says_so(ada):
    client = expired(ada)
    register(client, allergies="x" * 70_000)
    assert UNSAVED not in client.session
    assert b"too long to keep" in client.get(reverse("account_login")).content


def test_passwords_codes_and_tokens_are_not_kept(ada):
    client = expired(ada)
    secrets = {"password": "S1", "code": "S2", "csrfmiddlewaretoken": "S3", "api_token": "S4"}
    register(client, allergies=TYPED, **secrets)
    kept = str(client.session[UNSAVED])
    assert TYPED in kept
    assert [secret for secret in secrets.values() if f"'{secret}'" in kept] == []


def test_it_goes_on_in_the_clinic_where_it_was_typed(ada, clinic):
    other = builders.a_clinic("Aardvark Clinic")
    admit(other, email=ada.email, full_name="", role=Role.CLINICIAN, by=None, password=None)
    client = Client()
    client.force_login(ada)
    client.post(reverse("clinic_choose"), {"clinic": clinic.id})
    end(client)
    register(client, allergies=TYPED)
    page = client.get(log_in(client, ada).url).content.decode()
    assert TYPED in page
    assert "Harbour Clinic" in page


def test_what_changed_meanwhile_shows_both_sides(ada, a_course):
    """The version that was read comes back too, so that nothing is overwritten that nobody saw."""
    client = expired(ada)
    url = reverse("dose_adjust", args=[a_course.id])
    order = {
        "patient": a_course.patient_id,
        "version": a_course.version,
        "entry_key": uuid.uuid4(),
        "amount": "12.5",
        "frequency": "daily",
        "starts_on": days_ago(0).isoformat(),
        "reason": TYPED,
        "stage": "read",
    }
    client.post(url, order)
    builders.acting(ada)
    hold_course(
        a_course, on=days_ago(0), reason="away", read_version=a_course.version, by=ada, entry_key=uuid.uuid4()
    )
    led = log_in(client, ada).url
    assert TYPED in client.get(led).content.decode()
    answer = client.post(url, order)
    assert answer.status_code == 409
    assert TYPED in answer.content.decode()


def test_a_reason_for_the_warnings_is_back_at_the_read_back(ada, a_course):
    client, url = expired(ada), reverse("dose_adjust", args=[a_course.id])
    order = {
        "patient": a_course.patient_id,
        "version": a_course.version,
        "entry_key": uuid.uuid4(),
        "amount": "100",
        "frequency": "daily",
        "starts_on": days_ago(0).isoformat(),
        "reason": "no response",
        "override_reason": TYPED,
        "stage": "save",
    }
    client.post(url, order)
    shown = client.get(log_in(client, ada).url).content.decode()
    assert f'name="override_reason" value="{TYPED}"' in " ".join(shown.split())
    answer = client.post(url, {**order, "stage": "read"}).content.decode()
    assert f"{TYPED}</textarea>" in answer


def test_words_whose_form_is_no_more_are_shown_all_the_same(ada):
    man = builders.a_patient(ada)
    client = expired(ada)
    typed = {"patient": man.id, "entry_key": uuid.uuid4(), "goal": "both", "dose": TYPED}
    client.post(reverse("episode_open", args=[man.id]), typed)
    builders.acting(ada)
    builders.an_episode(man, by=ada)
    answer = client.get(log_in(client, ada).url)
    assert answer.status_code == 409
    assert TYPED in answer.content.decode()
    assert CHECK_IT not in answer.content.decode()


def test_an_entry_comes_back_over_its_draft_and_makes_one_panel(ada):
    """What was typed after the last draft was kept is newer than the draft."""
    man, laboratory = builders.a_patient(ada), builders.a_laboratory(ada)
    client, key = Client(), uuid.uuid4()
    client.force_login(ada)
    entry = {
        "patient": man.id,
        "entry_key": key,
        "laboratory": laboratory.id,
        "collected_on": days_ago(3).isoformat(),
        "collected_time": "08:05",
        "fasting": "yes",
        "acutely_ill": "no",
        "value-TT": "405",
        "unit-TT": "ng/dL",
    }
    client.post(reverse("panel_draft", args=[man.id, "blood"]), {**entry, "draft_version": "none"})
    builders.acting(ada)
    draft = EntryDraft.objects.get()
    end(client)
    late = {**entry, "note": TYPED, "draft_version": draft.version}
    draft_url, url = (reverse(name, args=[man.id, "blood"]) for name in ("panel_draft", "panel_new"))
    assert client.post(draft_url, late, headers={"HX-Request": "true"}).status_code == 401
    client.post(url, late)
    led = log_in(client, ada).url
    shown = client.get(led).content.decode()
    assert f"{TYPED}</textarea>" in shown
    assert f'value="{draft.version}"' in shown
    builders.acting(ada)
    assert (Panel.objects.count(), EntryDraft.objects.get().version) == (0, draft.version)
    for _ in range(2):
        assert client.post(url, late).status_code == 302
    builders.acting(ada)
    assert (Panel.objects.get().note, EntryDraft.objects.count()) == (TYPED, 0)


def test_sent_forms_are_forgotten_after_their_time_in_every_clinic(ada, mallory, clock):
    for person in (ada, mallory):
        client = Client()
        client.force_login(person)
        assert register(client).status_code == 302
    clock.shift(REMEMBERED - timedelta(seconds=1))
    assert forget_sent_forms() == 0
    clock.shift(timedelta(seconds=2))
    builders.acting(ada)
    assert SentForm.objects.count() == 1
    assert forget_sent_forms() == 2
    assert forget_sent_forms() == 0
    builders.acting(ada)
    assert not SentForm.objects.exists()
