"""Adjusting a dose: form, read-back, record, and what stops it on the way."""

import uuid
from datetime import date

import pytest
from django.urls import reverse

from audit.models import Event
from patients import actions as patients
from protocols import actions
from protocols.models import DoseStep
from tests import builders
from tests.proof import a_second_factor, code_of, proven
from tests.protocols.conftest import adjust


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_form_starts_with_the_dose_of_now(adjusting):
    page = adjusting.client.get(adjusting.url)
    form = page.context["form"]
    assert (form["amount"].value(), form["frequency"].value()) == ("25", "every_other_day")
    assert page.context["check"].weekly == "87.5 mg a week"
    assert 'name="version" value="1"' in text_of(page)


def test_opening_it_is_recorded_as_a_look(adjusting):
    adjusting.client.get(adjusting.url)
    row = Event.objects.get(action="protocols.dose_adjust.viewed")
    assert row.patient_id == adjusting.course.patient_id


def test_the_read_back_says_everything_and_stores_nothing(adjusting):
    said = text_of(adjusting.post())
    for words in (
        "Daniel Okafor",
        "17 May 1988",
        adjusting.course.patient.mrn,
        "Clomiphene citrate 25 mg every other day",
        "<ins>25 mg daily</ins>",
        "from 2 Mar 2026 (today)",
        "175 mg a week, 100 % more than 87.5 mg a week",
        "Active: 25 mg every other day since 26 Jan 2026 (35 days ago)",
        "by mouth",
        "LH still low",
        "Not FDA-approved for use in men.",
        "labelled for: ovulatory dysfunction in women",
        "4.8",
        "7 days ago",
        "30 Mar 2026",
        "between 23 Mar 2026 and 13 Apr 2026",
    ):
        assert words in said
    assert DoseStep.objects.count() == 1


def test_saving_what_was_read_back_stores_it(adjusting, ada):
    answer = adjusting.save()
    assert answer.status_code == 302
    assert answer.url == reverse("chart_treatment", args=[adjusting.course.patient_id])
    step = DoseStep.objects.get(ends_on=None)
    assert (f"{step.amount:f}", step.frequency, step.starts_on) == ("25.000", "daily", date(2026, 3, 2))
    assert (step.reason, step.route, step.ordered_by) == ("LH still low", "by mouth", ada)


def test_a_double_submit_is_one_effect_and_one_answer(adjusting):
    seen = adjusting.post().context["page"].check.seen
    answers = [adjusting.post("save", checks_seen=seen) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    assert DoseStep.objects.count() == 2


def test_a_used_key_with_another_dose_is_refused_and_kept(adjusting):
    adjusting.save()
    answer = adjusting.post("save", amount="50", frequency="every_other_day")
    assert answer.status_code == 422
    assert "<dd>50</dd>" in text_of(answer)
    assert DoseStep.objects.count() == 2


def test_changing_it_after_the_read_back_keeps_what_was_typed(adjusting):
    page = adjusting.post("edit", reason="LH 1.1 & falling")
    assert page.status_code == 200
    assert "LH 1.1 &amp; falling" in text_of(page)
    assert page.context["entry_key"] == adjusting.fields["entry_key"]


class TestWarnings:
    """A dose that the checks warn of is stored with a reason or not at all."""

    def test_the_reason_is_asked_for(self, adjusting):
        page = adjusting.post(amount="60")
        assert "above the usual range" in text_of(page)
        assert "override_reason" in page.context["confirm"].fields
        assert "Warning" in text_of(page)

    def test_without_it_nothing_is_stored(self, adjusting):
        answer = adjusting.save(amount="60")
        assert answer.status_code == 422
        assert "found nothing. Accepted: a few words" in text_of(answer)
        assert DoseStep.objects.count() == 1

    def test_with_it_the_dose_is_stored(self, adjusting):
        assert adjusting.save(amount="60", override_reason="heavier man").status_code == 302
        assert DoseStep.objects.get(ends_on=None).override_reason == "heavier man"

    def test_a_warning_that_came_later_is_read_first(self, adjusting, ada):
        seen = adjusting.post().context["page"].check.seen
        patients.note_concomitant_drug(adjusting.course.patient, name="warfarin", by=ada)
        answer = adjusting.post("save", checks_seen=seen, override_reason="x")
        assert answer.status_code == 422
        assert "has changed since you read it" in text_of(answer)
        assert "warfarin" in text_of(answer)
        assert DoseStep.objects.count() == 1

    @pytest.mark.parametrize(("minutes", "is_asked"), [(14, False), (16, True)])
    def test_above_a_maximum_the_proof_is_fifteen_minutes_old_at_most(
        self, adjusting, ada, minutes, is_asked
    ):
        proven(adjusting.client, ada, minutes_ago=minutes)
        answer = adjusting.save(amount="110", override_reason="specialist advice")
        assert answer.url.startswith(reverse("account_reauthenticate")) is is_asked
        assert DoseStep.objects.count() == (1 if is_asked else 2)

    def test_above_a_maximum_the_second_factor_saves_what_was_typed(self, adjusting, ada):
        secret = a_second_factor(ada)
        # Another factor ends the sessions from before it.
        adjusting.client.force_login(ada)
        answer = adjusting.save(amount="110", override_reason="specialist advice")
        assert answer.url.startswith(reverse("mfa_reauthenticate"))
        adjusting.client.post(answer.url, {"code": code_of(secret)})
        assert DoseStep.objects.get(ends_on=None).override_reason == "specialist advice"

    def test_above_a_maximum_the_password_is_asked_again(self, adjusting):
        typed = {"amount": "110", "override_reason": "specialist advice"}
        answer = adjusting.save(**typed)
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_reauthenticate"))
        assert DoseStep.objects.count() == 1
        answer = adjusting.client.post(answer.url, {"password": builders.PASSWORD})
        assert answer.url == reverse("chart_treatment", args=[adjusting.course.patient_id])
        assert DoseStep.objects.get(ends_on=None).override_reason == "specialist advice"

    def test_below_it_nobody_is_asked(self, adjusting):
        assert "account" not in adjusting.save(amount="60", override_reason="x").url


class TestGuards:
    """The form says whom and which version it changes, and is not believed where that is not so."""

    def test_another_patient_is_a_conflict(self, adjusting, ada):
        answer = adjusting.post("save", patient=builders.a_patient(ada).id)
        assert answer.status_code == 409
        assert "another patient" in text_of(answer)

    def test_no_patient_is_a_conflict(self, adjusting):
        assert adjusting.post("save", patient=None).status_code == 409

    @pytest.mark.parametrize("version", [None, "", "x", "-1", "٢"])
    @pytest.mark.parametrize("stage", ["read", "save"])
    def test_no_version_is_refused(self, adjusting, version, stage):
        assert adjusting.post(stage, version=version).status_code == 428
        assert DoseStep.objects.count() == 1

    @pytest.mark.parametrize("key", [None, "", "x"])
    def test_no_entry_key_is_refused(self, adjusting, key):
        assert adjusting.post("save", entry_key=key).status_code == 428

    def test_a_held_course_is_not_adjusted(self, adjusting, ada):
        actions.hold_course(adjusting.course, on=date(2026, 3, 2), reason="headache", by=ada, read_version=1)
        page = adjusting.client.get(adjusting.url)
        assert "Only an active course can be adjusted" in text_of(page)
        answer = adjusting.post("save", version=2)
        assert answer.status_code == 422
        assert DoseStep.objects.count() == 1


class TestOvertaken:
    """Somebody else changed the course while the form was open."""

    @pytest.fixture
    def overtaken(self, adjusting, ada, clinic):
        eve = builders.acting(builders.a_person("eve", clinic=clinic, role="clinician"))
        adjust(adjusting.course, by=eve, dose=builders.a_dose("50", "every_other_day"), reason="T 290")
        builders.acting(ada)
        return adjusting

    @pytest.mark.parametrize("stage", ["read", "save"])
    def test_both_sides_are_shown(self, overtaken, stage):
        answer = overtaken.post(stage, starts_on="2 Mar 2026", reason="LH 1.1")
        assert answer.status_code == 409
        said = text_of(answer)
        for words in ("50 mg every other day since 2 Mar 2026", "T 290", "Eve", "LH 1.1", "daily"):
            assert words in said
        assert DoseStep.objects.count() == 2

    def test_what_cannot_be_read_is_kept_as_it_was_typed(self, overtaken):
        said = text_of(overtaken.post(amount="2,5", starts_on="soon"))
        assert "<dd>2,5</dd>" in said
        assert "<dd>soon</dd>" in said

    def test_one_may_go_on_from_there(self, overtaken):
        hidden = dict(overtaken.post().context["hidden"])
        assert hidden["version"] == "2"
        assert hidden["entry_key"] != overtaken.fields["entry_key"]
        overtaken.fields |= hidden
        page = overtaken.post()
        assert "Clomiphene citrate 50 mg every other day" in text_of(page)
        assert overtaken.save().status_code == 302
        assert DoseStep.objects.count() == 3

    def test_a_course_stopped_meanwhile_is_shown_as_stopped(self, adjusting, ada):
        actions.stop_course(
            adjusting.course, on=date(2026, 3, 2), reason="blurred vision", by=ada, read_version=1
        )
        answer = adjusting.post("save")
        assert answer.status_code == 409
        assert "stopped on 2 Mar 2026" in text_of(answer)
        assert "blurred vision" in text_of(answer)
        assert not answer.context["on_file"].may_go_on


class TestCheckAsOneTypes:
    """The fragment that answers while the dose is typed."""

    def check(self, adjusting, **typed):
        url = reverse("dose_check", args=[adjusting.course.patient_id])
        fields = {**adjusting.fields, "course": adjusting.course.id, **typed}
        return adjusting.client.post(url, fields, headers={"HX-Request": "true"})

    def test_the_week_is_reckoned(self, adjusting):
        said = text_of(self.check(adjusting, frequency="every_other_day"))
        assert "25 mg every other day = 87.5 mg a week" in said
        assert "the same amount a week as before" in said

    def test_warnings_come_by_word_and_icon(self, adjusting):
        said = text_of(self.check(adjusting, amount="60"))
        assert "#alert-triangle" in said
        assert "Warning" in said
        assert "420 mg, above the usual range (up to 350 mg)" in said

    def test_half_a_form_is_no_error(self, adjusting):
        answer = self.check(adjusting, amount="", starts_on="", reason="")
        assert answer.status_code == 200
        assert "Error" not in text_of(answer)

    def test_what_cannot_be_read_is_said(self, adjusting):
        assert "A comma can mean two things." in text_of(self.check(adjusting, amount="12,5"))

    def test_it_is_the_fragment_of_the_page(self, adjusting):
        answer = self.check(adjusting)
        assert answer.templates[0].name == "protocols/_check.html"
        assert "<html" not in text_of(answer)

    def test_nothing_is_stored(self, adjusting):
        self.check(adjusting)
        assert DoseStep.objects.count() == 1

    def test_another_patient_is_a_conflict(self, adjusting, ada):
        assert self.check(adjusting, patient=builders.a_patient(ada).id).status_code == 409

    def test_the_course_of_another_patient_is_not_here(self, adjusting, ada):
        other = builders.a_course(builders.an_episode(builders.a_patient(ada), by=ada), by=ada)
        assert self.check(adjusting, course=other.id).status_code == 404

    @pytest.mark.parametrize("typed", [{"course": "x"}, {"course": ""}, {"course": "", "drug": "aspirin"}])
    def test_what_is_not_there_is_not_here(self, adjusting, typed):
        assert self.check(adjusting, **typed).status_code == 404


def test_a_new_key_is_drawn_for_each_form(adjusting):
    keys = {adjusting.client.get(adjusting.url).context["entry_key"] for _ in range(2)}
    assert len(keys) == 2
    assert all(isinstance(key, uuid.UUID) for key in keys)


def test_a_plan_that_would_be_withdrawn_is_said(adjusting, ada):
    adjust(adjusting.course, by=ada, starts_on=date(2026, 3, 16))
    adjusting.fields["version"] = 2
    page = adjusting.post(amount="50", frequency="every_other_day")
    assert page.context["page"].withdrawn == ["25 mg daily from 16 Mar 2026"]
    assert page.context["page"].before == "25 mg every other day"
    assert "replaced by this order" in text_of(page)
