"""Every address of the API names its fields, reads past no door, and writes in a shape of its own."""

import ast

import pytest
from rest_framework import serializers

from accounts.api import ApiView, Strict
from recovery_clinic.api import description
from tests.house.deeds import is_api
from tests.house.doors import our_routes
from tests.house.source import modules

RELATED = {
    "PrimaryKeyRelatedField",
    "SlugRelatedField",
    "HyperlinkedRelatedField",
    "StringRelatedField",
    "ManyRelatedField",
    "ModelSerializer",
    "HyperlinkedModelSerializer",
}


def slips(text):
    """A relation that is looked up among everybody's rows, or a list of fields that grows by itself."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute | ast.Name):
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            found += [name] if name in RELATED else []
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            is_all = isinstance(node.value, ast.Constant) and node.value.value == "__all__"
            found += [name] if name == "exclude" or (name == "fields" and is_all) else []
    return found


def test_no_serializer_grows_by_itself_or_looks_up_a_row():
    found = {path: slips(text) for path, text in modules(but=set()) if "rest_framework" in text}
    assert len(found) > 4
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("class A(serializers.ModelSerializer): pass", ["ModelSerializer"]),
        ("class Meta:\n    fields = '__all__'", ["fields"]),
        ("class Meta:\n    exclude = ['clinic']", ["exclude"]),
        ("x = serializers.PrimaryKeyRelatedField(queryset=rows)", ["PrimaryKeyRelatedField"]),
        ("class Meta:\n    fields = ['id']", []),
    ],
)
def test_a_slip_is_seen(planted, found):
    assert slips(planted) == found


def test_every_address_is_built_on_the_one_view():
    """Which asks for the role and the scope, reads strictly and answers in JSON."""
    views = {route.name: route.callback.cls for route in our_routes() if is_api(route.name)}
    assert {name for name, view in views.items() if not issubclass(view, ApiView)} == set()
    assert {name for name, view in views.items() if view.permission_classes or view.throttle_classes} == set()


def test_what_is_read_and_what_is_written_are_shapes_apart():
    schemas = description()["components"]["schemas"]
    written = {name for name in schemas if name.endswith("Request")}
    assert written
    assert all(schemas[name]["additionalProperties"] is False for name in written)
    server_made = {"id", "clinic", "version", "finalised_by", "finalised_at", "reviewed_at", "released_at"}
    assert {name for name in written if server_made & set(schemas[name]["properties"])} == set()


def test_no_shape_that_is_written_knows_a_row():
    shapes = set(Strict.__subclasses__())
    assert {each for each in shapes if issubclass(each, serializers.ModelSerializer)} == set()
