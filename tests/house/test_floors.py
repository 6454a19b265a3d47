"""The floors hold, and a step upwards is seen to fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from tests.house.source import APPS, FLOORS, ROOT, modules, reaches_for

# Names that are no accessor here, each with what they are.
SAME_NAME = {
    ("protocols/presenters/ordering.py", "retests"): "the rulebook's own table",
    ("protocols/presenters/sheet.py", "retests"): "the rulebook's own table",
}
LINT = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]


def test_the_floors_hold():
    said = subprocess.run(LINT, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("labs/models.py", "from monitoring.models import Flag"),
        ("clinical/readings.py", "import django"),
        ("workspace/presenters/chart.py", "from documents.models import Document"),
        ("labs/actions/panels.py", "from labs import views"),
        ("portal/views.py", "import weasyprint"),
    ],
)
def test_a_step_upwards_is_seen(tmp_path, module, line):
    ignore = shutil.ignore_patterns(".venv", ".git", ".data", "static", "node_modules", "__pycache__")
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=ignore)
    planted = copy / module
    planted.write_text(f"{planted.read_text()}\n{line}\n")
    said = subprocess.run(LINT, cwd=copy, capture_output=True, text=True, check=False)
    assert said.returncode != 0
    assert "BROKEN" in said.stdout


def our_models():
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in APPS]


def points_up(model):
    """What a model points to above its own floor, whether the target was given as a class or as a string."""
    here = FLOORS[model._meta.app_label]
    forward = [field for field in model._meta.get_fields() if field.is_relation and not field.auto_created]
    above = [
        field.related_model for field in forward if FLOORS.get(field.related_model._meta.app_label, 0) > here
    ]
    return [target._meta.label for target in above]


def accessors_from_above(app):
    """Names that models of higher floors put on the models which this app can see."""
    return {
        related.get_accessor_name() or ""
        for model in our_models()
        if FLOORS[model._meta.app_label] <= FLOORS[app]
        for related in model._meta.related_objects
        if FLOORS.get(related.related_model._meta.app_label, 0) > FLOORS[app]
    }


def test_foreign_keys_point_down():
    assert {model._meta.label: points_up(model) for model in our_models() if points_up(model)} == {}


def test_no_floor_reaches_up_by_a_reverse_accessor():
    found = {
        (path, name)
        for path, text in modules(but={"migrations"})
        for name in reaches_for(text, accessors_from_above(path.split("/")[0]))
    }
    assert found == set(SAME_NAME)


@pytest.mark.parametrize(
    "relation",
    [
        lambda: models.ForeignKey("monitoring.Flag", on_delete=models.PROTECT, related_name="+"),
        lambda: models.OneToOneField("documents.Document", on_delete=models.PROTECT, related_name="+"),
        lambda: models.ManyToManyField("protocols.Course", related_name="+"),
    ],
    ids=["foreign key", "one to one", "many to many"],
)
def test_a_relation_that_points_up_is_seen(relation):
    planted = type(
        "Planted",
        (models.Model,),
        {"__module__": __name__, "up": relation(), "Meta": type("Meta", (), {"app_label": "labs"})},
    )
    try:
        assert points_up(planted) == [planted._meta.get_field("up").related_model._meta.label]
    finally:
        for name in ("planted", "planted_up"):
            apps.all_models["labs"].pop(name, None)
        apps.clear_cache()


@pytest.mark.parametrize(
    "planted",
    [
        "patient.flags.all()",
        "Episode.objects.filter(evaluation__attempts=3)",
        "Patient.objects.order_by('-documents__requested_at')",
    ],
)
def test_a_reach_upwards_is_seen(planted):
    assert len(reaches_for(planted, accessors_from_above("labs"))) == 1
