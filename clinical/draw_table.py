"""Remarks on draws and the variation between draws, as typed data read from the rulebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from clinical.analytes import ANALYTES
from clinical.datafile import Header, Mark, RulebookError, read_datafile, typed


class Standing(StrEnum):
    """What a remark says of a draw."""

    GOOD = "good"
    INFO = "info"
    WARNING = "warning"
    CANNOT_SAY = "cannot_say"


class RemarkEntry(BaseModel):
    """The wording of a remark; its {places} are filled in from the record."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    aspect: str
    standing: Standing
    words: str
    source: str
    mark: Mark


class Variation(BaseModel):
    """How much an analyte varies within a man by itself; `cv_within` in per cent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    analyte: str
    cv_within: Decimal = Field(gt=0)
    population: str
    source: str
    mark: Mark


class VariationTable(BaseModel):
    """The rows, and what is taken for the analytical part and the confidence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    z: Decimal = Field(gt=0)
    analytical_share: Decimal = Field(ge=0)
    analytical_source: str
    analytical_mark: Mark
    rows: tuple[Variation, ...]

    def of(self, analyte: str) -> Variation | None:
        """The row of an analyte; None where no figure is known."""
        return next((row for row in self.rows if row.analyte == analyte), None)


@dataclass(frozen=True)
class DrawTable:
    """The file: remarks by key, and variation."""

    header: Header
    remarks: Mapping[str, RemarkEntry]
    variation: VariationTable

    @property
    def version(self) -> str:
        """The version as a remark names it."""
        return f"{self.header.id} {self.header.version}"


def load_draws(path: Path) -> DrawTable:
    """Reads the draws file; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    remarks = typed(path, tuple[RemarkEntry, ...], content.get("remarks"))
    variation = typed(path, VariationTable, content.get("variation"))
    keys = [row.key for row in remarks]
    analytes = [row.analyte for row in variation.rows]
    if len(set(keys)) != len(keys) or len(set(analytes)) != len(analytes):
        raise RulebookError(f"{path.name}: a key or an analyte stands twice.")
    for key in analytes:
        if key not in ANALYTES:
            raise RulebookError(f"{path.name}: there is no analyte {key}.")
    return DrawTable(header, MappingProxyType({row.key: row for row in remarks}), variation)
