"""Every table is a clinic's and behind the wall, or it is named global with a reason."""

import pytest
from django.apps import apps
from django.db import connection, models

from accounts.models import ClinicOwned
from tests.house.everything import owned_models
from tests.house.source import APPS

# Models without a clinic, by table: everything else has to have one.
GLOBAL = {
    "accounts_clinic": "names the tenants; holds nothing about patients",
    "accounts_person": "one person may work in several clinics",
    "accounts_resetrequest": "somebody who is not logged in asked for a new password; kept for a day",
    "monitoring_heartbeat": "when the clock was last heard of",
    "audit_link": "hashes alone; only the database's own trigger writes it",
    "accounts_cache": "counters of the rate limits, by address and by a digest of the e-mail address",
    "account_emailaddress": "django-allauth: the address that a person proved to be his",
    "account_emailconfirmation": "django-allauth: keys that were mailed",
    "mfa_authenticator": "django-allauth: second factors of a person",
    "django_session": "who is logged in; holds a person's id and a clinic's",
    "django_content_type": "Django: names of tables",
    "django_migrations": "Django: which migrations ran",
    "auth_permission": "Django: unused, our roles are memberships",
    "auth_group": "Django: unused, our roles are memberships",
    "auth_group_permissions": "Django: unused, our roles are memberships",
}
# Keys that need no clinic in front: they begin with an id that no other clinic can hold.
BEGINS_WITH_AN_ID = {
    "one_result_per_analyte",
    "one_current_dose_per_course",
    "one_step_follows_each",
}
OWNED = pytest.mark.parametrize("model", owned_models(), ids=lambda model: model._meta.label)


def asked(query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def strays(*, columns, known):
    """Tables without a clinic that nobody gave a reason for."""
    return sorted(
        table for table, names in columns.items() if "clinic_id" not in names and table not in known
    )


def columns_of_tables():
    found = {}
    query = "select table_name, column_name from information_schema.columns where table_schema = 'public'"
    for table, column in asked(query):
        found.setdefault(table, set()).add(column)
    return found


def test_every_table_has_a_clinic_or_a_reason(db):
    found = strays(columns=columns_of_tables(), known=GLOBAL)
    assert found == [], (
        "Inherit ClinicOwned and add RowSecurity to the migration,"
        f" or say in GLOBAL why no clinic owns: {', '.join(found)}"
    )


def test_no_reason_outlives_its_table(db):
    assert set(GLOBAL) - set(columns_of_tables()) == set()


def test_a_table_without_a_clinic_is_seen():
    columns = {"labs_planted": {"id", "value"}, "labs_panel": {"id", "clinic_id"}}
    assert strays(columns=columns, known=GLOBAL) == ["labs_planted"]


def unique_without_a_clinic(model):
    """Unique keys through which one clinic could learn what another holds."""
    meta, found = model._meta, []
    for constraint in meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.name not in BEGINS_WITH_AN_ID:
            found += [constraint.name] if (*constraint.fields, "")[0] != "clinic" else []
    found += [str(names) for names in meta.unique_together]
    # A key of random ids tells nobody anything.
    ids = (models.UUIDField, models.OneToOneField)
    return found + [field.name for field in meta.local_fields if field.unique and not isinstance(field, ids)]


@OWNED
def test_unique_keys_begin_with_the_clinic(model):
    assert unique_without_a_clinic(model) == []


def test_a_unique_key_across_clinics_is_seen():
    class Planted(ClinicOwned):
        mrn = models.CharField(max_length=9, unique=True)
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "patients"
            constraints = [
                models.UniqueConstraint(fields=["name", "clinic"], name="wrong_way_round"),
                models.UniqueConstraint(models.functions.Lower("name"), name="of_an_expression"),
                models.UniqueConstraint(fields=["clinic", "name"], name="right"),
            ]

    try:
        assert unique_without_a_clinic(Planted) == ["wrong_way_round", "of_an_expression", "mrn"]
    finally:
        del apps.all_models["patients"]["planted"]
        apps.clear_cache()


def test_every_exception_still_exists():
    named = {c.name for model in owned_models() for c in model._meta.constraints}
    assert named >= BEGINS_WITH_AN_ID


def test_every_app_is_ours_or_known():
    labels = {model._meta.app_label for model in apps.get_models()} - set(APPS)
    assert labels == {"sessions", "auth", "contenttypes", "account", "mfa"}
