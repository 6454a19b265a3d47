"""From the last dose of testosterone to the day that recovery is counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

from clinical.datafile import RULES_DIR, Header, Mark, RulebookError, read_datafile, typed


class UnknownFormulation(LookupError):
    """No washout is known for this formulation."""

    def __init__(self, key: str) -> None:
        super().__init__(f'There is no formulation "{key}".')
        self.key = key


@dataclass(frozen=True, slots=True)
class Formulation:
    """A formulation of testosterone; `range` is what the source gives, `washout_days` what is taken."""

    key: str
    name: str
    washout_days: int
    range: str
    half_life: str
    source: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class EffectiveStop:
    """The day that recovery is counted from, and the washout that gave it."""

    on: date
    washout_days: int
    source: str
    version: str


@dataclass(frozen=True)
class FormulationTable:
    """All formulations of one version of the file, by key."""

    header: Header
    formulations: Mapping[str, Formulation]

    def formulation(self, key: str) -> Formulation:
        """The formulation of this key; raises UnknownFormulation."""
        try:
            return self.formulations[key]
        except KeyError:
            raise UnknownFormulation(key) from None


def load_formulations(path: Path = RULES_DIR / "washouts.yaml") -> FormulationTable:
    """Reads the washouts; raises RulebookError that names what is wrong in the file."""
    header, content = read_datafile(path)
    rows = typed(path, tuple[Formulation, ...], content.get("formulations"))
    by_key = {row.key: row for row in rows}
    if len(by_key) != len(rows):
        raise RulebookError(f"{path.name}: a key stands twice.")
    for row in rows:
        if row.washout_days < 0:
            raise RulebookError(f"{path.name}: {row.key}: a washout is not negative.")
    return FormulationTable(header, MappingProxyType(by_key))


WASHOUTS = load_formulations()
FORMULATIONS: Mapping[str, Formulation] = WASHOUTS.formulations


def effective_stop(
    formulation: str, last_dose_on: date, *, table: FormulationTable = WASHOUTS
) -> EffectiveStop:
    """The effective stop after the last dose of a formulation; raises UnknownFormulation.

    Of several formulations the latest effective stop counts; see `latest_stop`.
    """
    row = table.formulation(formulation)
    return EffectiveStop(
        on=last_dose_on + timedelta(days=row.washout_days),
        washout_days=row.washout_days,
        source=f"{row.name}: {row.source} ({row.range}) [{row.mark.value}]",
        version=f"{table.header.id} {table.header.version}",
    )


def latest_stop(
    last_doses: Mapping[str, date], *, table: FormulationTable = WASHOUTS
) -> EffectiveStop | None:
    """The effective stop of several formulations, given the last dose of each; None for none."""
    stops = [effective_stop(key, on, table=table) for key, on in last_doses.items()]
    return max(stops, key=lambda stop: stop.on, default=None)
