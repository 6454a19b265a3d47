"""Every field is declared identifying or not, and what is identifying stays where the record is."""

import json
import logging

import pytest
from django.apps import apps
from django.core import mail
from django.db import models

from audit.models import Event
from tests.house.deeds import address
from tests.house.doors import ANYONE, DOORS, our_routes
from tests.house.everything import CANARY, execute
from tests.house.fields import IDENTIFYING, NOT_IDENTIFYING
from tests.house.source import APPS

pytestmark = pytest.mark.usefixtures("everything")

HERE = "in tests/house/fields.py"
# Identifying fields that cannot hold the canary, and those of ada, whose name a page may show.
WITHOUT_CANARY = {
    ("patients.Patient", "date_of_birth"),
    ("patients.Patient", "mrn"),
    ("patients.Patient", "phone"),
    ("accounts.Person", "password"),
    ("accounts.Person", "email"),
    ("accounts.Person", "full_name"),
}
# The clinic's own words of its laboratories, and an error that the test made up: no patient is named there.
CANARY_ALL_THE_SAME = {
    ("labs.Laboratory", "name"),
    ("labs.LaboratoryInterval", "source"),
    ("labs.Result", "interval_source"),
    ("documents.Document", "error"),
}


def our_models():
    return [model for model in apps.get_models() if model._meta.app_label in APPS]


def fields_of(model):
    return {field.name for field in model._meta.concrete_fields}


def undeclared(model, identifying, not_identifying):
    """What is wrong with a model's declaration, as the sentence that says what to write."""
    label, fields = model._meta.label, fields_of(model)
    yes, no = (set(table.get(label, "").split()) for table in (identifying, not_identifying))
    said = [
        f'{label}.{name}: add "{name}" to "{label}" in IDENTIFYING or NOT_IDENTIFYING, {HERE}'
        for name in sorted(fields - yes - no)
    ]
    said += [f"{label}.{name}: declared both; keep one, {HERE}" for name in sorted(yes & no)]
    said += [
        f"{label}.{name}: there is no such field; take it out, {HERE}" for name in sorted((yes | no) - fields)
    ]
    return said


def test_every_field_is_declared_identifying_or_not():
    wrong = [line for model in our_models() for line in undeclared(model, IDENTIFYING, NOT_IDENTIFYING)]
    assert wrong == [], "\n" + "\n".join(wrong)


def test_no_declaration_outlives_its_table():
    labels = {model._meta.label for model in our_models()}
    assert set(IDENTIFYING) | set(NOT_IDENTIFYING) == labels


def test_a_new_field_is_seen_with_what_to_write():
    class Planted(models.Model):
        nickname = models.CharField(max_length=9)
        born = models.DateField()

        class Meta:
            app_label = "patients"

    try:
        found = undeclared(Planted, {"patients.Planted": "born gone"}, {"patients.Planted": "id born"})
    finally:
        del apps.all_models["patients"]["planted"]
        apps.clear_cache()
    label = "patients.Planted"
    assert found == [
        f'{label}.nickname: add "nickname" to "{label}" in IDENTIFYING or NOT_IDENTIFYING, {HERE}',
        f"{label}.born: declared both; keep one, {HERE}",
        f"{label}.gone: there is no such field; take it out, {HERE}",
    ]


def declared():
    return {(label, name) for label, names in IDENTIFYING.items() for name in names.split()}


def fields_with_the_canary():
    """Every field of the record, whatever its type, in which the canary lies."""
    found = set()
    for model in our_models():
        columns = {field.column: field.name for field in model._meta.concrete_fields}
        for (row,) in execute("select to_jsonb(t) from {} t", model).fetchall():
            found |= {
                (model._meta.label, columns[key]) for key, value in json.loads(row).items() if sings(value)
            }
    return found


def sings(value):
    """Whether the canary lies in a value; bytes come as hexadecimal digits."""
    return CANARY.lower() in str(value).lower() or CANARY.encode().hex() in str(value)


def test_what_people_write_lies_in_identifying_fields_alone(made):
    assert fields_with_the_canary() - declared() == CANARY_ALL_THE_SAME


def test_the_canary_lies_in_every_field_that_people_write(made):
    """A field without it is a field whose leak the test below would not see."""
    assert declared() - fields_with_the_canary() == WITHOUT_CANARY


def test_nothing_identifying_leaves_the_record(client, made, ada, caplog, capfd):
    """Not in an address, a heading, the audit record, a log line or a mail, whichever page is opened."""
    caplog.set_level(logging.DEBUG)
    client.force_login(ada)
    for route in our_routes():
        if DOORS[route.name].audience == ANYONE:
            continue
        url = address(route, made)
        answer = client.get(url)
        told = (url, dict(answer.headers), answer.cookies)
        assert (route.name, sings(told)) == (route.name, False)
    (audited,) = execute("select string_agg(t::text, ' ') from {} t", Event).fetchone()
    assert not sings(audited)
    assert not sings(caplog.text)
    assert not sings(capfd.readouterr())
    assert mail.outbox == []
