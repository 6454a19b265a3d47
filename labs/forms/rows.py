"""Reading the rows of the entry grid: a value and its unit for each analyte, strictly."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clinical.analytes import analyte
from clinical.readings import ReadingError, UnknownUnit, parse_reading
from labs.actions import Entered

LONGEST = 24


def value_name(key: str) -> str:
    """The name of an analyte's value box."""
    return f"value-{key}"


def unit_name(key: str) -> str:
    """The name of an analyte's unit box."""
    return f"unit-{key}"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be read, and which of its boxes to mend."""

    box: str
    message: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that were filled in: what could be read, and what could not, by analyte."""

    entered: tuple[Entered, ...] = ()
    problems: Mapping[str, RowProblem] = field(default_factory=dict)


def read_rows(typed: Mapping[str, str], keys: Iterable[str]) -> Rows:
    """Each row whose value box is not empty; a unit alone, as it may have been proposed, says nothing."""
    entered: list[Entered] = []
    problems: dict[str, RowProblem] = {}
    for key in keys:
        text, unit = typed.get(value_name(key), ""), typed.get(unit_name(key), "")
        if not text.strip():
            continue
        try:
            entered.append(_entered(key, text, unit))
        except UnknownUnit as problem:
            problems[key] = RowProblem(unit_name(key), str(problem))
        except ReadingError as problem:
            problems[key] = RowProblem(value_name(key), str(problem))
    return Rows(tuple(entered), problems)


def _entered(key: str, text: str, unit: str) -> Entered:
    reading = parse_reading(key, text, unit)
    if len(text) > LONGEST:
        reason = "This is longer than any laboratory's value."
        accepted = f"up to {LONGEST} characters"
        raise ReadingError(key, reason, found=text, accepted=accepted)
    return Entered(reading, text.strip(" \t"), analyte(key).units_by_code[reading.unit].label)
