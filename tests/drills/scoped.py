"""Reading the product's own forms: which of their fields name a record, and whose records those may be."""

import ast
import importlib
import inspect
import re
import textwrap
import uuid
from collections.abc import Iterator
from typing import Any

from django import forms
from rest_framework import serializers

from tests.house.source import APPS, modules

CHOICES_OF_ROWS = (forms.ModelChoiceField, serializers.RelatedField, serializers.ManyRelatedField)
# Others need not be imported, and some of them change the process that does it.
SPEAKS_OF_FORMS = re.compile(r"\b(forms|serializers|accounts\.api)\b|Form\b")
EVERY_FIELD = {"__all__"}
# What a person typed, under each name by which a view may hold it.
TYPED = {"POST", "GET", "data", "query_params", "session"}


def import_all() -> None:
    """Import every module of the apps that speaks of forms or serializers, so that each class is known."""
    for path, text in modules(but={"migrations"}):
        if SPEAKS_OF_FORMS.search(text):
            importlib.import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


def our_forms() -> list[type]:
    """Every form and serializer that the product declares."""
    import_all()
    found = {each for base in (forms.BaseForm, serializers.BaseSerializer) for each in _below(base)}
    ours = [each for each in found if each.__module__.split(".")[0] in APPS]
    return sorted(ours, key=lambda each: (each.__module__, each.__qualname__))


def _below(base: type) -> Iterator[type]:
    for each in base.__subclasses__():
        yield each
        yield from _below(each)


def fields_of(form: Any) -> dict[str, Any]:
    """The fields that a form or serializer declares in its class."""
    return dict(getattr(form, "base_fields", None) or getattr(form, "_declared_fields", {}))


def unscoped(form: Any) -> list[str]:
    """What is wrong with the fields of a form: rows or ids that are offered without asking who asks."""
    name, found = form.__qualname__, []
    meta = getattr(form, "Meta", None)
    if getattr(meta, "fields", None) in EVERY_FIELD or getattr(meta, "exclude", None):
        found.append(f"{name} takes every field of its model: name them")
    for field_name, field in fields_of(form).items():
        if isinstance(field, CHOICES_OF_ROWS):
            if not _offers_nothing_yet(field):
                found.append(f"{name}.{field_name} offers rows to everybody: begin with none()")
            if field_name not in _given_per_user(form):
                found.append(f"{name}.{field_name} is not given `visible_to` of somebody in __init__")
        elif isinstance(field, forms.ChoiceField) and any(_is_id(key) for key in _keys(field)):
            found.append(f"{name}.{field_name} offers ids that were fixed when the class was made")
    return found


def _offers_nothing_yet(field: Any) -> bool:
    queryset = getattr(field, "queryset", None)
    return queryset is not None and bool(queryset.query.is_empty())


def _given_per_user(form: type) -> set[str]:
    """Fields whose rows `__init__` sets to something that was read through `visible_to`."""
    if "__init__" not in vars(form):
        return set()
    tree = ast.parse(textwrap.dedent(inspect.getsource(vars(form)["__init__"])))
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    scoped = {
        target.id
        for node in assigned
        for target in node.targets
        if isinstance(target, ast.Name) and _reads_visible(node.value, set())
    }
    return {
        name
        for node in assigned
        for target in node.targets
        if (name := _field_whose_rows(target)) and _reads_visible(node.value, scoped)
    }


def _reads_visible(value: ast.AST, scoped: set[str]) -> bool:
    names = {node.attr for node in ast.walk(value) if isinstance(node, ast.Attribute)}
    held = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    return "visible_to" in names or bool(held & scoped)


def _field_whose_rows(target: ast.AST) -> str:
    """The name in `self.fields["name"].queryset`."""
    if not (isinstance(target, ast.Attribute) and target.attr == "queryset"):
        return ""
    inner = target.value
    if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant):
        return str(inner.slice.value)
    return ""


def _keys(field: forms.ChoiceField) -> Iterator[str]:
    for key, value in field.choices:
        if isinstance(value, list | tuple):
            yield from (str(each) for each, _ in value)
        else:
            yield str(key)


def _is_id(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def spreads(text: str) -> list[str]:
    """Each call that hands on all that was sent, whatever its names: `**request.POST` and its disguises."""
    return [
        ast.unparse(keyword.value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg is None and _is_typed(keyword.value)
    ]


def _is_typed(value: ast.AST) -> bool:
    """Whether something is what was sent: `request.POST`, also `.dict()` of it, or a copy."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in TYPED
        and isinstance(node.value, ast.Name | ast.Attribute)
        and "request" in ast.unparse(node.value)
        for node in ast.walk(value)
    )


def spread_in_the_product() -> list[str]:
    """The same in every module of the apps."""
    return [f"{path}: {each}" for path, text in modules(but={"migrations"}) for each in spreads(text)]


def names_read() -> set[str]:
    """Every name that a module of the product reads out of a form past its forms."""
    return {name for _, text in modules(but={"migrations"}) for name in _names_read_in(text)}


def _names_read_in(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        found: ast.AST | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr in {"get", "getlist"} and _is_post(node.func.value):
                found = node.args[0]
        elif isinstance(node, ast.Subscript) and _is_post(node.value):
            found = node.slice
        elif isinstance(node, ast.Compare) and any(_is_post(each) for each in node.comparators):
            found = node.left
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield found.value


def _is_post(value: ast.AST) -> bool:
    return (isinstance(value, ast.Attribute) and value.attr == "POST") or (
        isinstance(value, ast.Name) and value.id == "posted"
    )
