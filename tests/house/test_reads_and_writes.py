"""Pages read through the one door, and only actions write."""

from tests.house.source import modules, reads_past_the_door, writes

# Reads that need no door of their own: each stands below a record that came through one.
READS_WITH_A_REASON = {
    (
        "workspace/presenters/clinic.py",
        "Clinic.objects",
    ): "clinics are global and hold nothing about patients",
    ("workspace/presenters/access.py", "Patient.objects"): "name and MRN by named_to, for the admin's report",
    ("workspace/presenters/worklist.py", "Retest.objects"): "correlated to an episode from visible_to",
    ("workspace/presenters/patients.py", "Episode.objects"): "prefetched below patients from visible_to",
    ("labs/presenters/entry.py", "Panel.objects"): "the laboratory last used for a patient from visible_to",
    ("labs/presenters/panel.py", "Panel.objects"): "other versions of a panel from visible_to",
    ("labs/forms/collection.py", "Laboratory.objects"): "none(), until the view hands in visible_to",
    ("portal/presenters/results.py", "Panel.objects"): "ids only: which released panel is being corrected",
    ("protocols/presenters/lineage.py", "DoseStep.objects"): "steps of an episode from visible_to",
    ("protocols/presenters/retests.py", "DoseStep.objects"): "steps of an episode from visible_to",
}


def unexplained(kinds):
    found = {}
    for path, text in modules(kinds):
        reads = [read for read in reads_past_the_door(text) if (path, read) not in READS_WITH_A_REASON]
        found |= {path: reads} if reads else {}
    return found


def test_pages_read_through_visible_to_or_say_why_not():
    assert unexplained({"views", "api", "urls", "forms", "presenters"}) == {}


def test_no_reason_outlives_its_read():
    read = {
        (path, each)
        for path, text in modules({"views", "forms", "presenters"})
        for each in reads_past_the_door(text)
    }
    assert set(READS_WITH_A_REASON) - read == set()


def test_only_actions_write():
    kinds = {
        "views",
        "api",
        "urls",
        "forms",
        "presenters",
        "tasks",
        "record",
        "charts",
        "permissions",
        "models",
    }
    found = {path: writes(text) for path, text in modules(kinds)}
    assert {path: each for path, each in found.items() if each} == {"accounts/models.py": ["person.save"]}


def test_a_read_past_the_door_is_seen():
    planted = "def view(request, pk):\n    return Panel.objects.filter(pk=pk).visible_to(request.user)\n"
    assert reads_past_the_door(planted) == ["Panel.objects"]
    assert reads_past_the_door("rows = Panel.objects.visible_to(user).filter(pk=pk)") == []


def test_a_write_in_a_view_is_seen():
    assert writes("def view(request):\n    Panel.objects.filter(pk=1).update(note='x')\n")
    assert writes("def view(request):\n    panel.save()\n")
    assert writes("seen = {}\nseen.update(a=1)\n") == []
