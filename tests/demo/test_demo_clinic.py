"""The demo clinic: made by actions, alive on the first look, walled from the other one."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Person
from accounts.tenancy import act_for
from monitoring.models import Evaluation, Flag
from patients.models import Patient
from recovery_clinic.demo.people import CLINICIAN, ELSEWHERE, MEN, MEN_ELSEWHERE, PORTAL
from tests import builders


@pytest.fixture
def demo(db):
    call_command("demo_clinic", "--if-empty")
    return Person.objects.get(email=CLINICIAN.email)


def test_a_visitor_sees_a_living_clinic(demo, client):
    builders.acting(demo)
    assert Patient.objects.count() == len(MEN)
    assert set(Flag.objects.values_list("severity", flat=True)) == {"critical", "warning", "info"}
    assert Evaluation.objects.filter(attempts__gt=0).count() == 0
    client.force_login(demo)
    shown = client.get(reverse("worklist")).content.decode()
    for title in ("Critical flags", "Results to review", "Dose decisions", "Retests overdue", "Warnings"):
        assert title in shown


def test_a_second_start_changes_nothing(demo):
    call_command("demo_clinic", "--if-empty")
    builders.acting(demo)
    assert Patient.objects.count() == len(MEN)
    with pytest.raises(CommandError, match="clinic already"):
        call_command("demo_clinic")


def test_the_other_clinic_sees_only_its_own(demo, client):
    mallory = builders.acting(Person.objects.get(email=ELSEWHERE.email))
    assert Patient.objects.count() == len(MEN_ELSEWHERE)
    client.force_login(mallory)
    assert MEN[0].family_name not in client.get(reverse("patients")).content.decode()
    act_for(clinic_id=None)
    assert Patient.objects.count() == 0


def test_the_portal_patient_sees_his_recovery(demo, client):
    client.force_login(Person.objects.get(email=PORTAL.email))
    assert client.get(reverse("my_recovery")).status_code == 200


def test_the_demo_is_for_development_only(db, settings):
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError, match="DEVELOPMENT=1"):
        call_command("demo_clinic")


def test_logins_are_printed_for_every_role(capsys, db):
    call_command("demo_clinic", "--logins")
    said = capsys.readouterr().out
    for role in ("clinician", "staff", "admin", "patient"):
        assert role in said
