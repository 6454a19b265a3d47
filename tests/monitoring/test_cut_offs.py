"""A clinic's own cut-offs: set with a reason, kept for ever, heeded by every record, never a slip of unit."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from clinical.dry_run import Change, Kind
from clinical.rulebook import load_rulebook
from monitoring import actions, tasks
from monitoring.models import CutOff, DryRun, Evaluation, Flag
from monitoring.rulebook import rulebook_of
from tests import builders
from tests.house.everything import days_ago


def set_to(by, typed, *, name="low_testosterone", read=0):
    builders.acting(by)
    return actions.set_cut_off(name=name, typed=typed, reason="as our assay", read_number=read, by=by)


def a_man(ada, number=1):
    builders.acting(ada)
    patient = builders.a_patient(ada, mrn=f"C{number:03d}", given_name=f"Number{number}")
    episode = builders.an_episode(patient, by=ada, stopped=days_ago(200))
    builders.a_panel(patient, by=ada, on=days_ago(30), TT="402", LH="4.8", FSH="4", SHBG="30")
    return episode


def limit(clinic):
    return rulebook_of(clinic.id).book.rules.limits["low_testosterone"]


def test_the_newest_decision_holds_and_nothing_goes_back_to_the_rulebook(ada, clinic):
    assert rulebook_of(clinic.id).book is load_rulebook()
    set_to(ada, "264")
    set_to(ada, "350.5", read=1)
    assert limit(clinic).value == Decimal("350.5")
    assert "clinic setting, in place of 300" in limit(clinic).origin
    set_to(ada, "", read=2)
    assert limit(clinic) == load_rulebook().rules.limits["low_testosterone"]
    assert rulebook_of(clinic.id).cut_offs == 3


def test_each_clinic_has_its_own(ada, clinic, mallory):
    set_to(ada, "264")
    builders.acting(mallory)
    assert rulebook_of(mallory.standing.clinic_id).book is load_rulebook()


@pytest.mark.parametrize("typed", ["74.9", "1200.1", "10.4", "-300", "many", "NaN", "1e9", "300.00001"])
def test_a_value_that_must_be_another_unit_or_no_number_is_refused(ada, typed):
    with pytest.raises(actions.CutOffRefused, match=r"Accepted: a number from 75 to 1200 ng/dL"):
        set_to(ada, typed)
    assert not CutOff.objects.exists()


@pytest.mark.parametrize("typed", ["75", "1200", "264", "300.5"])
def test_a_value_within_is_kept_as_typed(ada, typed):
    row = set_to(ada, typed)
    row.refresh_from_db()
    assert (row.typed, row.value) == (typed, Decimal(typed))


@pytest.mark.parametrize("name", ["expected_suppression", "no_such"])
def test_a_number_that_is_not_the_clinics_is_refused(ada, name):
    with pytest.raises(actions.CutOffRefused, match="leaves to the clinic"):
        set_to(ada, "12", name=name)


def test_a_decision_that_did_not_see_the_last_one_is_overtaken(ada):
    first = set_to(ada, "264")
    with pytest.raises(actions.Overtaken) as late:
        set_to(ada, "350")
    assert late.value.record == first


def test_a_decision_needs_a_reason_and_stays(ada):
    with pytest.raises(ValueError, match="reason"):
        actions.set_cut_off(name="low_testosterone", typed="264", reason=" ", read_number=0, by=ada)
    row = set_to(ada, "264")
    for change in (
        lambda: CutOff.objects.filter(pk=row.pk).update(value=1),
        lambda: CutOff.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
            change()
    assert Event.objects.filter(action="monitoring.cut_off.set", object_id=str(row.id)).count() == 1


def test_every_record_is_judged_anew_by_it_and_its_flags_name_it(ada, clinic):
    episode = a_man(ada)
    tasks.sweep()
    builders.acting(ada)
    before = set(Flag.objects.standing().filter(episode=episode).values_list("rule_id", flat=True))
    set_to(ada, "450")
    tasks.sweep()
    builders.acting(ada)
    gained = Flag.objects.standing().filter(episode=episode).exclude(rule_id__in=before)
    assert gained
    assert any("450" in flag.threshold for flag in gained)
    assert Evaluation.objects.get(episode=episode).cut_offs == 1
    # Once: the next sweep finds nothing left to do.
    assert tasks.sweep() == 0


def test_a_dry_run_compares_with_what_holds_in_the_clinic(ada):
    a_man(ada)
    set_to(ada, "450")
    changes = [Change(Kind.NUMBER, "low_testosterone", "450")]
    run = actions.ask_for_dry_run(title="the same", changes=changes, by=ada)
    actions.advance_dry_run(run.id, clinic_id=run.clinic_id)
    builders.acting(ada)
    run = DryRun.objects.get(pk=run.pk)
    assert (run.found["gained"], run.found["lost"]) == (0, 0)


class TestPage:
    def test_it_shows_what_holds_who_set_it_and_why(self, client, ada):
        set_to(ada, "264")
        client.force_login(ada)
        page = client.get(reverse("cut_offs")).content.decode()
        for words in ("264", "s own, ", "Ada", "as our assay", "AUA 2018 statement 1", "300"):
            assert words in page

    def test_a_slip_of_unit_comes_back_with_what_was_typed(self, client, ada):
        client.force_login(ada)
        form = {
            "entry_key": "5f0c2f0e-5a3e-4a53-9f0a-0d2c7f6f8a12",
            "version": "1",
            "name": "low_testosterone",
            "typed": "10.4",
            "reason": "in nmol/L",
        }
        answer = client.post(reverse("cut_offs"), form)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert 'value="10.4"' in page
        assert "found &quot;10.4&quot;. Accepted: a number from 75 to 1200 ng/dL" in page
        builders.acting(ada)
        assert not CutOff.objects.exists()

    def test_its_queries_do_not_grow_with_the_decisions(self, client, ada):
        client.force_login(ada)
        client.get(reverse("cut_offs"))
        counts = []
        for read, typed in enumerate(("264", "300", "310")):
            set_to(ada, typed, read=read)
            with CaptureQueriesContext(connection) as captured:
                client.get(reverse("cut_offs"))
            counts.append(len(captured))
        assert len(set(counts)) == 1
