"""Every table is a clinic's and behind the wall, or it is named global with a reason; keys point down."""

import pytest
from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from accounts.models import ClinicOwned, Person
from tests.house.source import APPS

FLOORS = ["audit", "accounts", "patients", "labs", "protocols", "monitoring", "timeline", "documents"]
GLOBAL = {
    "accounts.Clinic": "names the tenants; holds nothing about patients",
    "accounts.Person": "one person may work in several clinics",
    "monitoring.Heartbeat": "when the clock was last heard of",
    "audit.Event": "row security by its own policy, so that events without a clinic can be added too",
    "audit.Link": "hashes alone; only the database's own trigger writes it",
}
THIRD_PARTY = {"sessions", "auth", "contenttypes", "account", "mfa"}
# Keys that need no clinic in front: they begin with an id that no other clinic can hold.
BEGINS_WITH_AN_ID = {
    "one_result_per_analyte",
    "one_current_dose_per_course",
    "one_step_follows_each",
}


def our_models():
    return [model for model in apps.get_models() if model._meta.app_label in APPS]


def points_up(model):
    """Foreign keys of a model to a higher floor."""
    here = FLOORS.index(model._meta.app_label)
    targets = [
        field.related_model for field in model._meta.get_fields() if field.many_to_one or field.one_to_one
    ]
    concrete = [target for target in targets if target and target._meta.app_label in FLOORS]
    forward = {
        field.related_model
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model in concrete
    }
    return [target._meta.label for target in forward if FLOORS.index(target._meta.app_label) > here]


def test_every_model_is_a_clinics_or_named_global():
    strays = [
        model._meta.label
        for model in our_models()
        if not issubclass(model, ClinicOwned) and model._meta.label not in GLOBAL
    ]
    assert strays == [], (
        f"Inherit ClinicOwned and add RowSecurity to the migration, or name in GLOBAL: {strays}"
    )


def test_every_app_is_ours_or_known():
    labels = {model._meta.app_label for model in apps.get_models()} - set(APPS)
    assert labels == THIRD_PARTY


def test_foreign_keys_point_down():
    assert {model._meta.label: points_up(model) for model in our_models() if points_up(model)} == {}


def test_a_foreign_key_that_points_up_is_seen():
    class Planted(models.Model):
        flag = models.ForeignKey("monitoring.Flag", on_delete=models.PROTECT, related_name="+")

        class Meta:
            app_label = "labs"

    try:
        assert points_up(Planted) == ["monitoring.Flag"]
    finally:
        del apps.all_models["labs"]["planted"]
        apps.clear_cache()


def test_unique_keys_begin_with_the_clinic():
    strays = []
    for model in our_models():
        if not issubclass(model, ClinicOwned):
            continue
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and constraint.name not in BEGINS_WITH_AN_ID:
                strays += [] if constraint.fields[0] == "clinic" else [constraint.name]
    assert strays == []


@pytest.mark.parametrize(
    "model", [m for m in our_models() if issubclass(m, ClinicOwned)], ids=lambda m: m._meta.label
)
def test_nobody_without_a_standing_sees_a_row(model):
    query = model.objects.visible_to(Person()).query
    try:
        asked = str(query)
    except EmptyResultSet:
        asked = ""
    # Either no query at all, or one for the rows of no clinic.
    assert asked == "" or "IS NULL" in asked


@pytest.mark.parametrize(
    "model", [m for m in our_models() if issubclass(m, ClinicOwned)], ids=lambda m: m._meta.label
)
def test_every_clinic_owned_table_is_behind_the_wall(db, model):
    with connection.cursor() as cursor:
        cursor.execute(
            "select relrowsecurity, relforcerowsecurity,"
            " (select count(*) from pg_policy p where p.polrelid = c.oid and polqual is not null"
            "  and polwithcheck is not null) from pg_class c where relname = %s",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (True, True, 1)
