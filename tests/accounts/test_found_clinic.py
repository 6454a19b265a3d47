"""The command that founds a clinic with its first admin."""

import re

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts import tasks
from accounts.models import Clinic, Membership, Person, Role
from accounts.tenancy import act_for
from audit.models import Event
from tests import builders

TOLD = {"admin_email": "dora@quay.example", "admin_name": "Dora Lindqvist", "time_zone": "Europe/Helsinki"}


def found(name="Quay Clinic", **more):
    call_command("found_clinic", name, **{**TOLD, **more})
    clinic = Clinic.objects.get(name=name)
    act_for(clinic_id=clinic.id)
    return clinic


def test_the_clinic_has_one_admin_and_the_record_says_so(db):
    clinic = found()
    assert clinic.time_zone == "Europe/Helsinki"
    member = Membership.objects.get(clinic=clinic)
    assert (member.role, member.person.email) == (Role.ADMIN, "dora@quay.example")
    assert Event.objects.get(action="accounts.person.admitted").actor_id is None


def test_the_admin_comes_in_by_the_link_for_a_password(client, db):
    found()
    client.post(reverse("account_reset_password"), {"email": "dora@quay.example"})
    assert tasks.sweep() == 1
    [letter] = mail.outbox
    [link] = re.findall(r"https?://\S+", letter.body)
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": builders.PASSWORD, "password2": builders.PASSWORD})
    answer = client.post(
        reverse("account_login"), {"login": "dora@quay.example", "password": builders.PASSWORD}
    )
    assert answer.url == reverse("home")
    assert client.get(reverse("members")).status_code == 200


def test_somebody_who_is_known_keeps_his_password(ada):
    found(admin_email=ada.email)
    assert Person.objects.get(email=ada.email).check_password(builders.PASSWORD)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"time_zone": "London"}, "time-zone"),
        ({"admin_email": "dora"}, "admin-email"),
        ({"admin_name": " "}, "admin name"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(db, wrong, said):
    with pytest.raises(CommandError, match=said):
        call_command("found_clinic", "Quay Clinic", **{**TOLD, **wrong})
    assert not Clinic.objects.exists()


def test_the_same_name_again_is_refused(db):
    found()
    with pytest.raises(CommandError, match="exists already"):
        found("quay clinic")
