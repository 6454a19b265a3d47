"""Reading the project's own source: which module writes, which reads past the one door."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0][
    "layers"
]
# From the ground up; what stands on one floor has the same number. The roof and the ground hold no models.
FLOORS = {app: floor for floor, row in enumerate(reversed(LAYERS)) for app in row.split(" | ")}
APPS = [app for app in FLOORS if app not in {"recovery_clinic", "clinical"}]
WRITES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "update",
    "delete",
}
MANAGERS = {"objects", "with_withdrawn", "_default_manager", "_base_manager"}
# A model handed to one of these is read through its default manager, with nobody asked.
SHORT_CUTS = {"get_object_or_404", "get_list_or_404"}
# Kinds of module that may write, and those whose reads have no user: they act for the software itself.
WRITERS = {"actions", "migrations"}
WITHOUT_USER = WRITERS | {"models", "tasks", "record", "management", "apps"}


def modules(*, but: set[str]) -> Iterator[tuple[str, str]]:
    """Each module of the apps, as its path and its text, but of these kinds. A new kind is not left out."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            inside = path.relative_to(ROOT / app).parts
            if Path(inside[0]).stem not in but:
                yield path.relative_to(ROOT).as_posix(), path.read_text()


def _names_in_chain(node: ast.AST) -> list[str]:
    names = []
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        else:
            node = node.func
    if isinstance(node, ast.Name):
        names.append(node.id)
    return names[::-1]


def reads_past_the_door(text: str) -> list[str]:
    """Each manager that is not followed by `visible_to` at once, and each model handed to a short cut."""
    tree = ast.parse(text)
    guarded = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "visible_to"
    }
    return [
        ".".join(_names_in_chain(node))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and id(node) not in guarded
    ] + [
        f"{node.func.id}({node.args[0].id})"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in SHORT_CUTS
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id[:1].isupper()
    ]


def writes(text: str) -> list[str]:
    """Each call that may write a row: by a manager, a query set, a row, or past them all in SQL."""
    return [
        ".".join(_names_in_chain(node.func))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _may_write(node)
    ]


def _may_write(call: ast.Call) -> bool:
    name = call.func.attr.removeprefix("a") if call.func.attr[1:] in WRITES else call.func.attr
    if name in {"execute", "executemany", "cursor"}:
        return True
    # A dictionary is updated from another one; rows are updated by keyword.
    return name in WRITES and (name != "update" or bool(call.keywords))


def reaches_for(text: str, names: set[str]) -> set[str]:
    """Which of these accessors a module uses: as an attribute, or across "__" in a look-up."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            found |= {node.attr}
        elif isinstance(node, ast.keyword) and node.arg:
            found |= {node.arg.split("__")[0]} if "__" in node.arg else set()
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "__" in node.value:
            found |= {node.value.split("__")[0].lstrip("-")}
    return found & names
