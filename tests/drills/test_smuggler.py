"""D2, smuggler: no form reaches a record by an id, or a column by a name, that is not its own to name."""

import uuid
from collections import Counter

import pytest
from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.test.utils import override_settings
from django.urls import include, path

from accounts.models import Membership
from accounts.permissions import care_team_required
from labs.models import Laboratory, Panel
from patients.models import Condition, Patient
from protocols.models import Course
from tests import builders
from tests.drills import scoped
from tests.drills.contraband import DAY, ID, NUMBER, TEXT, World, every_column
from tests.drills.figures import told
from tests.drills.smuggling import KEYS, fields_read, id_in, names_of_records
from tests.house.deeds import DEEDS, is_api
from tests.house.doors import DOORS

HERE = "in tests/drills/test_smuggler.py"
# Names that a view reads itself, past every form: those of records, and those of none. `units_of` is read
# by the entry page's forms together.
NAME_RECORDS = {"amends": Panel, "units_of": Laboratory, "course": Course}
# Tried where they stand in the form that is valid.
IN_THE_FORM = {"patient", "clinic", "entry_key"}
NAME_NONE = {
    *("back", "checked", "checks_seen", "draft_version", "drug", "kind", "meant", "override_reason"),
    *("seen", "stage", "store_both", "then", "to", "version"),
}
# A draft keeps the boxes of its page exactly as they were typed.
OWN = {"panel_draft": {"reason", "version", "before_testosterone"}}
ROUTES = sorted(name for name in DEEDS if name in DOORS)
SPREAD = {"allergies", "phone"}


class Loose(forms.Form):
    """What somebody writes who has not heard of clinics."""

    laboratory = forms.ModelChoiceField(queryset=Laboratory.objects.all())
    patient = forms.ModelChoiceField(queryset=Patient.objects.none())
    clinic = forms.ChoiceField(choices=[(ID, "Harbour Clinic")])


@care_team_required
def spread(request, patient_id):
    """What somebody writes who trusts the names in a form."""
    patients = Patient.objects.visible_to(request.user).filter(pk=patient_id)
    patients.update(**{name: text for name, text in request.POST.dict().items() if name in SPREAD})
    return redirect("chart", patient_id)


@care_team_required
def unasked(request, patient_id):
    """What somebody writes who asks for a record by its id alone."""
    if not Course.objects.filter(pk=request.POST.get("course")).update(stop_reason="changed"):
        return HttpResponse("There is none.", status=404)
    return redirect("chart", patient_id)


urlpatterns = [
    path("planted/spread/<uuid:patient_id>/", spread, name="planted_spread"),
    path("planted/unasked/<uuid:patient_id>/", unasked, name="planted_unasked"),
    path("", include("recovery_clinic.urls")),
]


@pytest.fixture
def world(ada, ben, cal, mallory):
    return World(ada, ben, cal, mallory, thorough=False)


def with_id(form, name, value):
    """The form with this id in this field; a list holds it beside what it held."""
    return {**form, name: [*form[name], value] if isinstance(form.get(name), list) else value}


def differences(world, what, outcome, nobody, *, but):
    """How an outcome differs from that of an id that nobody has, and what it shows or changes of others."""
    found = [f"{what} is an error of the server"] if outcome.status >= 500 else []
    if outcome.said != nobody.said:
        found.append(f"{what} answers {outcome.difference(nobody)}")
    return found + reached(world, what, outcome, but=but)


def reached(world, what, outcome, *, but):
    """What a form shows or changes of another clinic, or of another man of this one."""
    changed = sorted({table for table, key in outcome.changed if world.is_foreign(table, key)})
    return [f"{what} shows {each}" for each in sorted(world.shown_of(outcome, but=but))] + [
        f"{what} changes {table}" for table in changed
    ]


def smuggled_ids(world, names, counts):
    """Each field with an id, sent with ids of others: answered and written as an id that nobody has."""
    found = []
    for name in names:
        url, form = world.form(name)
        send = world.sender(name).send
        for field, value in names_of_records(form):
            if field in KEYS:
                continue
            model = world.model_of(id_in(value[0] if isinstance(value, list) else value))
            if model is None:
                found.append(f"{name}: which record does {field} name? There is none with its id.")
                continue
            nobody = send(name, url, with_id(form, field, str(uuid.uuid4())))
            counts["fields"] += 1
            for whose, smuggled in world.foreign(model).items():
                outcome = send(name, url, with_id(form, field, smuggled))
                counts["ids"] += 1
                found += differences(world, f"{name}: {field} {whose}", outcome, nobody, but={smuggled})
        found += unasked_ids(world, name, counts)
    return found


def unasked_ids(world, name, counts):
    """Ids in fields that some view reads and this form does not have: as if they named nobody."""
    url, form = world.form(name)
    send, found = world.sender(name).send, []
    more = {field: world.foreign(model) for field, model in NAME_RECORDS.items() if field not in form}
    nobody = send(name, url, {**form, **{field: str(uuid.uuid4()) for field in more}})
    counts["fields"] += len(more)
    for whose in world.others:
        these = {field: ids[whose] for field, ids in more.items() if whose in ids}
        outcome = send(name, url, {**form, **{field: str(uuid.uuid4()) for field in more}, **these})
        counts["ids"] += len(these)
        what = f"{name}: {', '.join(these)} {whose}"
        found += differences(world, what, outcome, nobody, but=set(these.values()))
    return found


def smuggled_keys(world, names, counts):
    """Each form sent with a key that stands for another: refused, or as with a new one; never an error."""
    found = []
    for name in names:
        url, form = world.form(name)
        send = world.sender(name).send
        for field in set(KEYS) & set(form):
            new = send(name, url, {**form, field: str(uuid.uuid4())})
            counts["fields"] += 1
            tables = {table for table, _ in new.changed}
            for whose, table, key in world.keys(tables):
                if key == str(form[field]):
                    # The key that a draft was begun with is what its own form carries.
                    continue
                outcome = send(name, url, {**form, field: key})
                counts["ids"] += 1
                what = f"{name}: key {whose} {table}"
                is_refused = 400 <= outcome.status < 500 and not outcome.changed
                is_repeat = whose == "himself" and not outcome.changed and outcome.status < 400
                if not (is_refused or is_repeat or outcome.said == new.said):
                    found.append(f"{what} answers {outcome.difference(new)}")
                found += reached(world, what, outcome, but={key})
    return found


def assigned(world, names, counts):
    """Each form sent with every column's name in it: it writes what it writes without them."""
    found, columns = [], every_column()
    for name in names:
        url, form = world.form(name)
        send = world.sender(name).send
        with fields_read() as read:
            plain = send(name, url, form)
        extra = {
            column: value
            for column, value in columns.items()
            if column not in {*form, *read, *OWN.get(name, ())}
        }
        outcome = send(name, url, {**form, **extra})
        counts["columns"] += len(extra)
        if is_api(name):
            if outcome.changed or not 400 <= outcome.status < 500:
                found.append(f"{name} takes names that it does not know: {outcome.status}")
            continue
        if outcome.status != plain.status:
            found.append(f"{name} answers {outcome.status} and not {plain.status}")
        found += [f"{name} writes otherwise: {table}" for table, _ in unlike(plain, outcome)]
        stored = " ".join(outcome.changed.values())
        found += [f"{name} stores {each}" for each in (TEXT, str(NUMBER), DAY, ID) if each in stored]
    return found


def unlike(plain, outcome):
    """Rows that one of two outcomes wrote and the other did not."""
    one, other = Counter(plain.written), Counter(outcome.written)
    return sorted((one - other) + (other - one))


def test_a_row_that_points_across_the_wall_shows_nothing_of_what_is_there(ada, mallory):
    """PostgreSQL checks a foreign key past row security; what is read through it meets the wall again."""
    patient = builders.a_patient(ada, given_name=TEXT)
    builders.acting(mallory)
    clinic_id = mallory.standing.clinic_id
    Condition.objects.create(clinic_id=clinic_id, patient_id=patient.id, kind="planted")
    assert Condition.objects.visible_to(mallory).count() == 1
    assert list(Condition.objects.visible_to(mallory).select_related("patient")) == []
    with pytest.raises(Patient.DoesNotExist):
        assert Condition.objects.visible_to(mallory).get().patient
    builders.acting(ada)
    assert list(patient.conditions.all()) == []


def test_every_field_that_offers_rows_offers_those_of_whoever_asks():
    ours = scoped.our_forms()
    found = [each for form in ours for each in scoped.unscoped(form)]
    assert found == [], "\n" + "\n".join(found)
    fields = [field for form in ours for field in scoped.fields_of(form).values()]
    offering = [field for field in fields if isinstance(field, scoped.CHOICES_OF_ROWS)]
    assert offering, "Fields that offer rows are not found any more."
    told("D2", "smuggler-forms", forms=len(ours), fields=len(fields), offering_rows=len(offering))


def test_nothing_is_handed_on_by_whatever_name_it_came():
    assert scoped.spread_in_the_product() == []


def test_every_name_that_a_view_reads_is_known_to_the_drill():
    read, known = scoped.names_read(), {*NAME_RECORDS, *IN_THE_FORM, *NAME_NONE}
    assert read - known == set(), f"Does it name a record? Say in NAME_RECORDS or NAME_NONE, {HERE}."
    # The key of a form is read by the form itself.
    assert known - read == {"units_of", "entry_key"}, "No view reads this name any more."


def test_no_form_reaches_a_record_by_its_id(world):
    counts = Counter()
    found = smuggled_ids(world, ROUTES, counts)
    assert found == [], "\n" + "\n".join(found)
    told("D2", "smuggler-ids", routes=len(ROUTES), **counts, foreign_rows_changed=0)


def test_a_key_of_another_form_writes_nothing_and_shows_nothing(world):
    counts = Counter()
    found = smuggled_keys(world, ROUTES, counts)
    assert found == [], "\n" + "\n".join(found)
    told("D2", "smuggler-keys", routes=len(ROUTES), **counts, foreign_rows_changed=0)


def test_no_form_writes_a_column_that_is_not_its_own(world):
    counts = Counter()
    before = Membership.objects.values_list("id", "role", "ended_at").order_by("id")
    roles = list(before)
    found = assigned(world, ROUTES, counts)
    assert found == [], "\n" + "\n".join(found)
    assert list(before.all()) == roles
    told("D2", "smuggler-columns", routes=len(ROUTES), **counts, rows_changed=0)


@pytest.mark.nightly
def test_everybody_elses_ids_and_keys_are_refused(ada, ben, cal, mallory):
    world, counts = World(ada, ben, cal, mallory, thorough=True), Counter()
    found = smuggled_ids(world, ROUTES, counts) + smuggled_keys(world, ROUTES, counts)
    assert found == [], "\n" + "\n".join(found)
    told("D2", "smuggler-thorough", routes=len(ROUTES), **counts, foreign_rows_changed=0)


@pytest.mark.planted
def test_a_form_that_asks_nobody_is_seen():
    assert scoped.unscoped(Loose) == [
        "Loose.laboratory offers rows to everybody: begin with none()",
        "Loose.laboratory is not given `visible_to` of somebody in __init__",
        "Loose.patient is not given `visible_to` of somebody in __init__",
        "Loose.clinic offers ids that were fixed when the class was made",
    ]


@pytest.mark.planted
@pytest.mark.parametrize("typed", ["request.POST", "request.POST.dict()", "self.request.data"])
def test_a_deed_that_takes_whatever_came_is_seen(typed):
    assert scoped.spreads(f"actions.change(patient, by=by, **{typed})") == [typed]
    assert scoped.spreads("actions.change(patient, by=by, **form.cleaned_data)") == []


@pytest.mark.planted
def test_a_view_that_takes_whatever_came_is_caught_writing(world):
    with override_settings(ROOT_URLCONF=__name__):
        found = assigned(world, ["planted_spread"], Counter())
    assert "planted_spread stores SMUGGLED" in found
    assert "planted_spread writes otherwise: patients_patient" in found


@pytest.mark.planted
def test_a_view_that_asks_for_nobodys_leave_is_caught_reaching(world):
    with override_settings(ROOT_URLCONF=__name__):
        found = smuggled_ids(world, ["planted_unasked"], Counter())
    assert "planted_unasked: amends, course hidden changes protocols_course" in found
    assert any(each.startswith("planted_unasked: amends, course hidden answers 302") for each in found)
