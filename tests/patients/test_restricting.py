"""A restricted record is there for its named carers and for nobody else, in every table below it."""

from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from audit.models import Event, Purpose
from monitoring.models import Flag
from patients import actions
from patients.models import EmergencyAccess, EmergencyReason, NamedCarer, Patient, Restriction
from patients.models.restricting import LONGEST
from tests import builders
from tests.house.everything import everything_of, owned_models

# How a table's rows are reached from the patient whose they are.
PATHS = ("patient_id", "panel__patient_id", "flag__patient_id", "note__patient_id")
# What is about restrictions themselves: its own rules are below.
ABOUT = {Restriction, NamedCarer, EmergencyAccess}


def path_of(model):
    for path in PATHS:
        first, _, _ = path.partition("__")
        if first.removesuffix("_id") in {
            field.name for field in model._meta.concrete_fields if field.is_relation
        }:
            return path
    return "pk" if model is Patient else None


BELOW = [model for model in owned_models() if path_of(model) and model not in ABOUT]


@pytest.fixture
def amy(ada, clinic):
    return builders.a_person("amy", clinic=clinic, role="admin")


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada, given_name="Piet", family_name="Zander", mrn="Z1")


@pytest.fixture
def restriction(patient, ada):
    return builders.a_restriction(patient, by=ada)


def seen(person):
    return set(Patient.objects.visible_to(person))


def over(access):
    """As if its hour had passed by the database's clock."""
    EmergencyAccess.objects.filter(pk=access.pk).update(began_at=Now() - 2 * LONGEST, ends_at=Now() - LONGEST)


def test_every_table_of_a_patient_follows_the_restriction(ada, ben, cal):
    made = everything_of(ada)
    builders.acting(ada)
    labels = {model._meta.label for model in BELOW}
    assert {"labs.Result", "monitoring.FlagChange", "documents.Document", "labs.SemenAnalysis"} <= labels
    builders.a_restriction(made.patient, by=ada)
    for model in BELOW:
        rows = model.objects.filter(**{path_of(model): made.patient.id})
        assert (model, rows.visible_to(ada).exists()) == (model, True)
        assert (model, rows.visible_to(ben).count()) == (model, 0)
    builders.a_broken_glass(made.patient, by=ben)
    drafts = {"labs.EntryDraft"}
    for model in BELOW:
        rows = model.objects.filter(**{path_of(model): made.patient.id})
        assert rows.visible_to(ben).exists() or model._meta.label in drafts, model


def test_a_table_that_does_not_follow_is_seen(ada, ben):
    """The check above, with flags as they would be without the one condition."""
    made = everything_of(ada)
    builders.a_restriction(made.patient, by=ada)
    forgetful = Flag.objects.filter(clinic_id=ben.standing.clinic_id, patient=made.patient)
    assert forgetful.exists()
    assert not forgetful.visible_to(ben).exists()


def test_only_named_carers_see_it_and_the_patient_himself(ada, ben, cal):
    builders.a_restriction(cal.patient, by=ada)
    assert cal.patient in seen(ada)
    assert cal.patient not in seen(ben)
    assert seen(cal) == {cal.patient}


def test_naming_and_dropping_a_carer_changes_what_he_sees(restriction, patient, ada, ben):
    actions.name_carers(restriction, carers=[ada.id, ben.id], read_version=1, by=ada)
    assert patient in seen(ben)
    actions.name_carers(restriction, carers=[ada.id], read_version=2, by=ada)
    assert patient not in seen(ben)
    event = Event.objects.filter(action="patients.restriction.changed").latest("id")
    assert (event.details["named"], event.details["dropped"]) == ([], [str(ben.id)])


def test_lifting_shows_it_to_everybody_and_ends_what_was_broken(restriction, patient, ada, ben):
    access = builders.a_broken_glass(patient, by=ben)
    actions.lift_restriction(restriction, reason="he left", read_version=1, by=ada)
    assert patient in seen(ben)
    assert not EmergencyAccess.objects.open().filter(pk=access.pk).exists()


@pytest.mark.parametrize(
    "deed", [partial(actions.name_carers, carers=[]), partial(actions.lift_restriction, reason="x")]
)
def test_a_version_that_was_overtaken_changes_nothing(restriction, ada, ben, deed):
    actions.name_carers(restriction, carers=[ada.id, ben.id], read_version=1, by=ada)
    with pytest.raises(actions.Overtaken):
        deed(restriction, read_version=1, by=ada)
    assert restriction.carers.current().count() == 2


def test_a_record_is_restricted_once(restriction, patient, ada):
    with pytest.raises(actions.Overtaken):
        builders.a_restriction(patient, by=ada)


def test_a_restriction_leaves_a_clinician(patient, ada, ben, cal):
    for carers in ([ben], [cal], []):
        with pytest.raises(actions.NotPossible, match="at least one clinician"):
            builders.a_restriction(patient, by=ada, carers=carers or [cal])
    assert patient in seen(ben)


def test_whoever_broke_the_glass_does_not_make_it_last(restriction, patient, clinic, ada, ben, amy):
    zoe = builders.a_person("zoe", clinic=clinic, role="clinician")
    builders.a_broken_glass(patient, by=zoe)
    assert patient in seen(zoe)
    for person in (zoe, ben):
        with pytest.raises(PermissionDenied):
            actions.name_carers(restriction, carers=[ada.id, person.id], read_version=1, by=person)
        with pytest.raises(PermissionDenied):
            actions.lift_restriction(restriction, reason="x", read_version=1, by=person)
    actions.name_carers(restriction, carers=[zoe.id], read_version=1, by=amy)
    assert patient not in seen(ada)


def test_the_glass_is_broken_for_an_hour_by_the_databases_clock(restriction, patient, ben):
    access = builders.a_broken_glass(patient, by=ben)
    assert access.ends_at - access.began_at == LONGEST
    assert patient in seen(ben)
    over(access)
    assert patient not in seen(ben)


def test_the_database_refuses_a_longer_hour(restriction, patient, ben):
    access = builders.a_broken_glass(patient, by=ben)
    with pytest.raises(IntegrityError, match="ends_within_the_hour"), transaction.atomic():
        EmergencyAccess.objects.filter(pk=access.pk).update(ends_at=models.F("ends_at") + LONGEST / 60)
    with pytest.raises(IntegrityError, match="is_explained"), transaction.atomic():
        EmergencyAccess.objects.filter(pk=access.pk).update(explanation="")


def test_a_second_break_is_the_first_one(restriction, patient, ben):
    first = builders.a_broken_glass(patient, by=ben)
    second = builders.a_broken_glass(patient, by=ben)
    assert (second, second.ends_at) == (first, first.ends_at)
    actions.end_emergency(first, by=ben)
    again = actions.break_glass(
        patient, reason=EmergencyReason.OTHER, explanation="x", entry_key=first.entry_key, by=ben
    )
    assert again == first
    assert patient not in seen(ben)


def test_nothing_is_broken_where_nothing_is_closed(patient, restriction, ada, cal, mallory):
    with pytest.raises(actions.NotPossible, match="already"):
        builders.a_broken_glass(patient, by=ada)
    for person in (cal, mallory):
        with pytest.raises(PermissionDenied):
            builders.a_broken_glass(patient, by=person)


def test_it_can_be_ended_early_by_him_and_by_the_admin_alone(restriction, patient, ben, ada, amy):
    for by in (ben, amy):
        access = builders.a_broken_glass(patient, by=ben)
        with pytest.raises(PermissionDenied):
            actions.end_emergency(access, by=ada)
        actions.end_emergency(access, by=by)
        assert patient not in seen(ben)
        assert access.ended_by == by


def events_of(person, patient):
    return Event.objects.filter(actor_id=person.id, patient_id=patient.id).order_by("id")


def test_whatever_is_done_meanwhile_is_marked_by_the_database(restriction, patient, ben, ada):
    actions.note_look(patient, by=ben, page="before")
    access = builders.a_broken_glass(patient, by=ben)
    actions.note_look(patient, by=ben, page="meanwhile")
    actions.note_condition(patient, kind="asthma", by=ben)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_event (clinic_id, actor_id, patient_id, actor_role, action, object_kind,"
            " object_id, details) values (%s, %s, %s, 'staff', 'test.row.noted', 'x', 'x', '{}')",
            [patient.clinic_id, ben.id, patient.id],
        )
    actions.note_look(patient, by=ada, page="a carer's")
    other = builders.a_patient(ada)
    actions.note_look(other, by=ben, page="another man's")
    over(access)
    actions.note_look(patient, by=ben, page="after")
    marked = [event.purpose == Purpose.EMERGENCY for event in events_of(ben, patient)]
    assert marked == [False, True, True, True, True, False]
    for person, man in ((ada, patient), (ben, other)):
        assert not events_of(person, man).filter(purpose=Purpose.EMERGENCY).exists()


def test_a_page_that_was_being_made_as_it_ended_is_marked_too(restriction, patient, ben):
    access = builders.a_broken_glass(patient, by=ben)
    actions.end_emergency(access, by=ben)
    actions.note_look(patient, by=ben, page="a slow page")
    assert events_of(ben, patient).last().purpose == Purpose.EMERGENCY


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("Z1", True),
        ("z1", True),
        ("Piet Zander 1988-05-17", True),
        ("zander piet 17.05.1988", True),
        ("Zander", False),
        ("Piet Zander", False),
        ("1988-05-17", False),
        ("Z", False),
        ("", False),
        ("Piet Zander 1988-05-17 Z1", False),
    ],
)
def test_a_restricted_record_is_found_by_all_that_names_one_man(restriction, patient, ben, words, is_found):
    assert (patient in Patient.objects.hidden_behind(words, ben)) is is_found


def test_nothing_is_hidden_behind_words_for_a_carer_a_stranger_or_an_admin(restriction, ada, amy, mallory):
    for person in (ada, amy, mallory):
        assert not Patient.objects.hidden_behind("Z1", person).exists()


def test_a_review_waits_for_the_end_and_is_written_once(restriction, patient, ben, amy, ada):
    access = builders.a_broken_glass(patient, by=ben)
    with pytest.raises(actions.NotPossible, match="still lasts"):
        actions.review_emergency(access, comment="fine", read_version=1, by=amy)
    actions.end_emergency(access, by=ben)
    with pytest.raises(PermissionDenied):
        actions.review_emergency(access, comment="fine", read_version=1, by=ada)
    actions.review_emergency(access, comment="fine", read_version=1, by=amy)
    with pytest.raises(actions.Overtaken):
        actions.review_emergency(access, comment="not fine", read_version=1, by=amy)
    access.refresh_from_db()
    assert (access.review_comment, access.version) == ("fine", 2)


def test_a_list_asks_as_often_with_many_restrictions(restriction, ada, ben):
    with CaptureQueriesContext(connection) as one:
        list(Patient.objects.visible_to(ben))
    for _ in range(5):
        builders.a_restriction(builders.a_patient(ada), by=ada)
    with CaptureQueriesContext(connection) as many:
        list(Patient.objects.visible_to(ben))
    assert len(one) == len(many) == 1


def test_a_restriction_of_elsewhere_hides_nothing_here(ada, mallory):
    builders.acting(mallory)
    builders.a_restriction(builders.a_patient(mallory), by=mallory)
    builders.acting(ada)
    mine = builders.a_patient(ada)
    assert seen(ada) == {mine}
