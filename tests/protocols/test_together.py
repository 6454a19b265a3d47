"""Starting a patient on a protocol: prefilled, checked together, read back, all or none."""

import uuid
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from clinical.rulebook import load_rulebook
from patients import actions as patients
from protocols import actions
from protocols.models import Course, DoseStep, VersionState
from tests import builders


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def start(ada, client, episode, labs):
    """Posts the orders of a protocol, as Ada; each drug with what the page proposed unless it is said."""
    client.force_login(ada)
    key = uuid.uuid4()

    def post(chosen, stage="read", *, leave_out=(), **typed):
        url = reverse("protocol_start", args=[episode.patient_id, chosen])
        forms = [form for _, form, _ in client.get(url).context["rows"] if form]
        fields = {"patient": episode.patient_id, "entry_key": key, "reason": "LH is low", "stage": stage}
        for form in forms:
            if form.drug.key not in leave_out:
                proposed = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
                fields |= {form.add_prefix(name): value or "" for name, value in proposed.items()}
        return client.post(url, fields | {name.replace("__", "-"): value for name, value in typed.items()})

    def save(chosen, **typed):
        seen = post(chosen, **typed).context["page"].seen
        return post(chosen, "save", checks_seen=seen, **typed)

    post.save, post.client = save, client
    return post


def courses():
    return {course.drug: course for course in Course.objects.all()}


def test_every_protocol_with_a_drug_is_offered_with_its_conflict(start, episode):
    said = text_of(start.client.get(reverse("protocol_choose", args=[episode.patient_id])))
    for row in load_rulebook().protocols.by_key.values():
        assert row.content.aim.replace("'", "&#x27;") in said
        url = reverse("protocol_start", args=[episode.patient_id, row.key])
        assert (url in said) == bool(row.content.components)
    assert said.count("Label conflict") == 1


def test_one_for_another_goal_says_so_and_stands_last(start, episode):
    rows = start.client.get(reverse("protocol_choose", args=[episode.patient_id])).context["rows"]
    assert [row.chosen.key for row in rows if not row.suits_goal] == ["hcg-clomiphene-fsh"]
    assert not rows[-1].suits_goal


def test_without_an_episode_it_says_what_to_do_next(start, ada):
    other = builders.a_patient(ada)
    answer = start.client.get(reverse("protocol_start", args=[other.id, "serm"]), follow=True)
    assert "No recovery episode is open" in text_of(answer)


def test_saving_starts_each_drug_and_each_remembers_where_it_came_from(start):
    assert start.save("hcg-clomiphene-fsh").status_code == 302
    assert set(courses()) == {"hcg", "clomiphene"}
    for course in courses().values():
        came_from = (course.protocol_key, course.protocol_number, course.protocol_name)
        assert came_from == ("hcg-clomiphene-fsh", 1, "hCG with clomiphene, FSH added")
        assert course.started_on == date(2026, 3, 2)
        noted = Event.objects.get(action="protocols.course.started", object_id=str(course.id))
        assert noted.details["protocol"] == "hcg-clomiphene-fsh"
    assert {step.reason for step in DoseStep.objects.all()} == {"LH is low"}


def test_what_waits_for_a_trigger_is_not_started_and_stays_in_sight(start, episode, patient):
    page = start("hcg-clomiphene-fsh")
    assert "Recombinant FSH 75 units three times a week: add when" in text_of(page)
    start.save("hcg-clomiphene-fsh")
    said = text_of(start.client.get(reverse("chart_treatment", args=[patient.id])))
    assert "Waiting for a trigger" in said
    assert "below 1.5 IU/L after 13 weeks" in said
    assert "From the protocol" in said


def test_a_drug_that_was_added_waits_no_more(start, ada, episode, patient):
    start.save("hcg-clomiphene-fsh")
    builders.acting(ada)
    dose = builders.a_dose("75", "three_times_weekly", "IU")
    builders.a_course(episode, by=ada, drug="fsh", dose=dose, starts_on=date(2026, 3, 2))
    assert "Waiting for a trigger" not in text_of(
        start.client.get(reverse("chart_treatment", args=[patient.id]))
    )


def test_a_drug_may_be_left_out_and_another_dose_be_given(start):
    page = start("hcg-clomiphene-fsh", leave_out=["hcg"], clomiphene__amount="50")
    assert page.context["page"].left_out == ["Human chorionic gonadotropin (hCG)"]
    start.save("hcg-clomiphene-fsh", leave_out=["hcg"], clomiphene__amount="50")
    assert set(courses()) == {"clomiphene"}
    assert DoseStep.objects.get().amount == 50


def test_with_every_drug_left_out_nothing_is_ordered(start):
    answer = start("serm", leave_out=["clomiphene"])
    assert answer.status_code == 422
    assert "Accepted: at least one drug to order." in text_of(answer)


def test_drugs_of_one_order_are_checked_beside_each_other(start, episode):
    together = {"tamoxifen", "gonadorelin"}
    assert {each.key for each in start("founding-combination").context["page"].orders} == together
    met = actions.around(episode)
    dose = builders.a_dose("10", "daily")
    checks = actions.checks_in(
        met, drug="tamoxifen", dose=dose, on=date(2026, 3, 2), beside=["tamoxifen", "anastrozole"]
    )
    assert checks[0].severity == "critical"
    assert "Tamoxifen with Anastrozole" in checks[0].message
    # And from the side of the drug that the matrix does not name first.
    dose = builders.a_dose("0.25", "twice_weekly")
    checks = actions.checks_in(met, drug="anastrozole", dose=dose, on=date(2026, 3, 2), beside=["tamoxifen"])
    assert checks[0].severity == "critical"


def test_a_warning_asks_for_a_reason_drug_by_drug_and_keeps_it(start, ada, patient):
    patients.note_condition(patient, kind="deep_vein_thrombosis", by=ada)
    page = start("hcg-clomiphene-fsh").context["page"]
    assert [key for key, _ in page.warned] == ["hcg", "clomiphene"]
    refused = start("hcg-clomiphene-fsh", "save", checks_seen=page.seen, hcg__override_reason="seen")
    assert refused.status_code == 422
    assert not Course.objects.exists()
    reasons = {"hcg__override_reason": "on anticoagulants", "clomiphene__override_reason": "discussed"}
    assert start("hcg-clomiphene-fsh", "save", checks_seen=page.seen, **reasons).status_code == 302
    kept = dict(DoseStep.objects.values_list("course__drug", "override_reason"))
    assert kept == {"hcg": "on anticoagulants", "clomiphene": "discussed"}


def test_what_was_not_read_is_read_again(start, ada, patient):
    seen = start("serm").context["page"].seen
    builders.acting(ada)
    patients.note_condition(patient, kind="deep_vein_thrombosis", by=ada)
    answer = start("serm", "save", checks_seen=seen)
    assert answer.status_code == 422
    assert "has changed since you read it" in text_of(answer)
    assert not Course.objects.exists()


def test_all_or_none_is_started(ada, episode):
    """The second drug was started in another window after both were read back."""
    source = actions.Source("hcg-clomiphene-fsh", 1, "hCG with clomiphene")
    builders.a_course(episode, by=ada, drug="clomiphene", starts_on=date(2026, 3, 2))
    ordered = [
        actions.Ordered("fsh", builders.a_dose("75", "three_times_weekly", "IU"), date(2026, 3, 2)),
        actions.Ordered("clomiphene", builders.a_dose(), date(2026, 3, 2)),
    ]
    with pytest.raises(actions.NotPossible, match="being taken already"):
        actions.start_protocol(
            episode, source=source, ordered=ordered, reason="x", by=ada, entry_key=uuid.uuid4()
        )
    assert set(courses()) == {"clomiphene"}


def test_what_he_takes_already_is_not_ordered_again(start, ada, episode):
    course = builders.a_course(episode, by=ada)
    url = reverse("protocol_start", args=[episode.patient_id, "hcg-clomiphene-fsh"])
    page = start.client.get(url)
    assert reverse("dose_adjust", args=[course.id]) in text_of(page)
    start.save("hcg-clomiphene-fsh")
    assert courses()["clomiphene"].protocol_key == ""
    assert courses()["hcg"].protocol_key == "hcg-clomiphene-fsh"


def test_a_double_submit_is_one_set_of_courses(start):
    seen = start("hcg-clomiphene-fsh").context["page"].seen
    answers = [start("hcg-clomiphene-fsh", "save", checks_seen=seen).status_code for _ in range(2)]
    assert answers[0] == 302
    assert Course.objects.count() == 2


def test_the_same_orders_again_are_the_courses_already_started(ada, episode):
    source = actions.Source("serm", 1, "SERM alone")
    orders = [actions.Ordered("clomiphene", builders.a_dose(), date(2026, 3, 2))]
    words = {"source": source, "ordered": orders, "reason": "x", "by": ada, "entry_key": uuid.uuid4()}
    first, again = (actions.start_protocol(episode, **words) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"clomiphene__amount": "25mg"}, "The unit stands beside the box"),
        ({"clomiphene__amount": "2500"}, "times the usual range"),
        ({"clomiphene__frequency": "weekly"}, "Accepted:"),
        ({"clomiphene__starts_on": "2019-01-01"}, "before the days that are possible"),
        ({"reason": ""}, "Accepted: a few words"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_stored(start, typed, says):
    answer = start("serm", "save", **typed)
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert not Course.objects.exists()


def test_changing_it_after_the_read_back_keeps_what_was_typed(start):
    answer = start("serm", "edit", clomiphene__amount="50")
    [(_, form, _)] = answer.context["rows"]
    assert form["amount"].value() == "50"


def test_another_patient_is_a_conflict(start, ada):
    assert start("serm", "save", patient=builders.a_patient(ada).id).status_code == 409


@pytest.mark.parametrize("chosen", ["made-up", "11111111-1111-4111-8111-111111111111"])
def test_a_protocol_that_is_not_there_is_not_here(start, episode, chosen):
    url = reverse("protocol_start", args=[episode.patient_id, chosen])
    assert start.client.get(url).status_code == 404


@pytest.fixture
def ours(ada, clinic):
    """A protocol of the clinic that Dora wrote and Ada published."""
    dora = builders.a_person("dora", clinic=clinic, role="clinician", password=None)
    return builders.a_published_protocol(dora, reviewer=ada, name="Ours")


def test_the_clinics_own_is_started_like_a_shipped_one(start, ours):
    assert start.save(str(ours.id)).status_code == 302
    [course] = courses().values()
    assert (course.protocol_key, course.protocol_name) == (ours.protocol.key, "Ours")
    assert course.protocol_number == ours.number


def test_a_draft_is_not_started(start, ada, episode):
    draft = builders.a_draft_protocol(ada)
    url = reverse("protocol_start", args=[episode.patient_id, draft.id])
    assert start.client.get(url).status_code == 404


def test_a_version_retired_meanwhile_is_not_started(start, ours, ada):
    seen = start(str(ours.id)).context["page"].seen
    builders.acting(ada)
    actions.move_version(ours, to=VersionState.RETIRED, read_version=ours.version, by=ada)
    answer = start(str(ours.id), "save", checks_seen=seen)
    assert answer.status_code == 422
    assert "This version is retired" in text_of(answer)
    assert not Course.objects.exists()


def test_more_drugs_ask_no_more_often(start, episode):
    asked = []
    for chosen in ("serm", "serm", "hcg-clomiphene-fsh"):
        with CaptureQueriesContext(connection) as queries:
            start.client.get(reverse("protocol_start", args=[episode.patient_id, chosen]))
        asked.append(len(queries))
    assert asked[1] == asked[2]
