"""Pages read through the one door, and only actions write."""

import pytest
from django.apps import apps

from tests.house.source import (
    APPS,
    MANAGERS,
    WITHOUT_USER,
    WRITERS,
    modules,
    reads_past_the_door,
    writes,
)

# Reads that need no door of their own, each with its reason.
READS_WITH_A_REASON = {
    ("accounts/adapters.py", "Authenticator.objects"): "how many keys somebody has who sets up another",
    (
        "monitoring/views/flags.py",
        "Episode.objects",
    ): "by tended_by: a member has a record judged again, unread",
    ("monitoring/rulebook.py", "CutOff.objects"): "a clinic's cut-offs, by its id: nothing about patients",
    ("documents/views.py", "Document.objects"): "by tended_by: a member has a document made again, unread",
    ("accounts/denials.py", "Person.objects"): "people are global; notes whose log-in failed, shows nothing",
    ("audit/verifying.py", "Link.objects"): "the chain's hashes, read by the command that verifies them",
    (
        "workspace/presenters/clinic.py",
        "Clinic.objects",
    ): "clinics are global and hold nothing about patients",
    (
        "workspace/presenters/emergencies.py",
        "Patient.objects",
    ): "name and MRN by named_to, for the admin's review",
    ("workspace/presenters/patients.py", "Patient.objects"): "ids of restricted records, by hidden_behind",
    ("patients/views/patients.py", "Patient.objects"): "ids of restricted records, by hidden_behind",
    ("patients/views/emergencies.py", "Patient.objects"): "a restricted record to ask for, by hidden_to",
    ("patients/views/restricting.py", "Patient.objects"): "name and MRN by named_to, for the clinic's admin",
    ("workspace/presenters/access.py", "Patient.objects"): "name and MRN by named_to, for the admin's report",
    ("workspace/presenters/patients.py", "Episode.objects"): "prefetched below patients from visible_to",
    ("labs/presenters/entry.py", "Panel.objects"): "the laboratory last used for a patient from visible_to",
    ("labs/presenters/panel.py", "Panel.objects"): "other versions of a panel from visible_to",
    ("workspace/forms.py", "Membership.objects"): "none(), until the form is told who fills it in",
    ("labs/forms/collection.py", "Laboratory.objects"): "none(), until the view hands in visible_to",
    ("portal/presenters/results.py", "Panel.objects"): "ids only: which released panel is being corrected",
    ("protocols/presenters/lineage.py", "DoseStep.objects"): "steps of an episode from visible_to",
    ("protocols/presenters/retests.py", "DoseStep.objects"): "steps of an episode from visible_to",
}
# Writes outside of actions, each with its reason; SQL that only asks or sets the clinic among them.
WRITES_WITH_A_REASON = {
    ("accounts/models.py", "person.save"): "Django's own way to make a person, called by accounts.actions",
    ("accounts/counters.py", "connection.cursor"): "counts tries, of which no record is kept",
    ("accounts/counters.py", "cursor.execute"): "counts tries, of which no record is kept",
    ("accounts/tenancy.py", "connection.cursor"): "tells PostgreSQL whose rows exist",
    ("accounts/tenancy.py", "cursor.execute"): "tells PostgreSQL whose rows exist",
    ("accounts/sessions.py", "super.save"): "Django's own session, which is no record",
    ("audit/tasks.py", "connection.cursor"): "a lock, so that two clocks anchor one head once",
    ("audit/tasks.py", "cursor.execute"): "a lock, so that two clocks anchor one head once",
    ("audit/verifying.py", "connection.cursor"): "reads the chain in the words in which it was sealed",
    ("audit/verifying.py", "cursor.execute"): "reads the chain in the words in which it was sealed",
}


def found_in(look, *, but):
    return {(path, each) for path, text in modules(but=but) for each in look(text)}


def test_pages_read_through_visible_to_or_say_why_not():
    assert found_in(reads_past_the_door, but=WITHOUT_USER) - set(READS_WITH_A_REASON) == set()


def test_only_actions_write():
    assert found_in(writes, but=WRITERS) - set(WRITES_WITH_A_REASON) == set()


def test_no_reason_outlives_what_it_excuses():
    assert set(READS_WITH_A_REASON) - found_in(reads_past_the_door, but=WITHOUT_USER) == set()
    assert set(WRITES_WITH_A_REASON) - found_in(writes, but=WRITERS) == set()


def test_every_module_that_draws_a_page_is_read():
    """Whatever a module is called: only the kinds that are named may read or write without being asked."""
    read = {path for path, _ in modules(but=WITHOUT_USER)}
    assert {"workspace/views/access.py", "labs/views/entry.py", "patients/guards.py"} <= read
    assert not any("/actions" in path or "/migrations" in path for path in read)


def test_every_manager_is_known_to_the_reader():
    named = {
        manager.name
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for manager in model._meta.managers
    }
    assert named <= MANAGERS, f"Add to MANAGERS in tests/house/source.py: {named - MANAGERS}"


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("Panel.objects.filter(pk=pk).visible_to(request.user)", ["Panel.objects"]),
        ("labs.models.Panel.objects.get(pk=pk)", ["labs.models.Panel.objects"]),
        ("DoseStep.with_withdrawn.get(pk=pk)", ["DoseStep.with_withdrawn"]),
        ("Panel._default_manager.get(pk=pk)", ["Panel._default_manager"]),
        ("rows = Panel.objects", ["Panel.objects"]),
        ("get_object_or_404(Panel, pk=pk)", ["get_object_or_404(Panel)"]),
        ("get_object_or_404(Panel.objects, pk=pk)", ["Panel.objects"]),
    ],
)
def test_a_read_past_the_door_is_seen(planted, found):
    assert reads_past_the_door(f"def view(request, pk):\n    {planted}\n") == found


@pytest.mark.parametrize(
    "planted",
    [
        "Panel.objects.visible_to(request.user).filter(pk=pk)",
        "get_object_or_404(Panel.objects.visible_to(request.user), pk=pk)",
        "DoseStep.with_withdrawn.visible_to(request.user)",
        "get_object_or_404(panels, pk=pk)",
    ],
)
def test_a_read_through_the_door_is_let_pass(planted):
    assert reads_past_the_door(f"def view(request, pk):\n    {planted}\n") == []


@pytest.mark.parametrize(
    "planted",
    [
        "panel.save()",
        "panel.delete()",
        "Panel.objects.create(note='x')",
        "Panel.objects.filter(pk=1).update(note='x')",
        "rows.update(note='x')",
        "patient.panels.create(note='x')",
        "patient.panels.all().delete()",
        "Panel.objects.update_or_create(pk=1)",
        "Panel.objects.bulk_update(rows, ['note'])",
        "connection.cursor().execute('delete from labs_panel')",
        "panel.asave()",
        "Panel.objects.acreate(note='x')",
    ],
)
def test_a_write_in_a_view_is_seen(planted):
    assert writes(f"def view(request):\n    {planted}\n")


def test_a_dictionary_may_be_updated():
    assert writes("seen = {}\nseen.update(more)\n") == []
