"""Reading the project's own source: which module writes, which reads past the one door."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    "audit",
    "accounts",
    "patients",
    "labs",
    "protocols",
    "monitoring",
    "timeline",
    "documents",
    "portal",
    "workspace",
]
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


def modules(kinds: set[str]) -> Iterator[tuple[str, str]]:
    """Each module of these kinds ("views", "presenters", ...), as its path and its text."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            inside = path.relative_to(ROOT / app).parts
            if Path(inside[0]).stem in kinds:
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
    """Each `Model.objects` that is not followed by `visible_to` at once."""
    tree = ast.parse(text)
    doors = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "visible_to"
        and isinstance(node.value, ast.Attribute)
    ]
    guarded = {id(door.value) for door in doors}
    return [
        ".".join(_names_in_chain(node))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "objects" and id(node) not in guarded
    ]


def writes(text: str) -> list[str]:
    """Each call that writes through a manager, a query set or a row."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            chain = _names_in_chain(node.func)
            touches_rows = "objects" in chain or node.func.attr in {"save", "bulk_create", "get_or_create"}
            if touches_rows:
                found.append(".".join(chain))
    return found
