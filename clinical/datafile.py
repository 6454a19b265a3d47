"""Reads one file of the rulebook: decimals stay decimal, rows are typed, a header says who wrote it."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

T = TypeVar("T")

RULES_DIR = Path(__file__).parent / "rules"

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RulebookError(Exception):
    """The rulebook cannot be used: a file is malformed, or was changed without a new version."""


class Mark(StrEnum):
    """How well a statement was checked against its source."""

    VERIFIED = "V"
    SECONDARY = "V2"
    MEMORY = "M"
    COMPUTED = "C"
    DESIGN = "D"


class Status(StrEnum):
    """Released files are locked by digest; a draft is for trying a change and is never the default."""

    RELEASED = "released"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from, how well that was checked, and which statement of the row is meant."""

    cite: str
    mark: Mark
    about: str = ""

    def __str__(self) -> str:
        about = f"{self.about}: " if self.about else ""
        return f"{about}{self.cite} [{self.mark.value}]"


class Header(BaseModel):
    """What every file of the rulebook says about itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: str
    status: Status
    title: str
    source: str
    author: str
    reviewer: str
    written_on: date
    reviewed_on: date | None
    effective_on: date


class _DecimalLoader(_SafeLoader):  # type: ignore[misc]
    """YAML in which 0.034672 is a Decimal and a key that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise RulebookError(f"The key {key!r} stands twice{key_node.start_mark}.")
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _decimal(loader: Any, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


_DecimalLoader.add_constructor("tag:yaml.org,2002:float", _decimal)


def digest_of(path: Path) -> str:
    """SHA-256 of a file's text, the same on systems that end lines differently."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def read_datafile(path: Path) -> tuple[Header, dict[str, Any]]:
    """The header of a rulebook file and the rest of its content; raises RulebookError naming the file."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_DecimalLoader)  # noqa: S506
    except (OSError, yaml.YAMLError, RulebookError) as problem:
        raise RulebookError(f"{path.name}: {problem}") from problem
    if not isinstance(content, dict):
        raise RulebookError(f"{path.name}: a rulebook file is a mapping with a header.")
    return typed(path, Header, content.pop("file", None)), content


def typed(path: Path, kind: type[T], value: object) -> T:
    """The value as the given type; raises RulebookError that says which entry of which file is wrong."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as problem:
        raise RulebookError(f"{path.name}: {problem}") from problem
