"""A reading is what a laboratory wrote: comparator, digits and unit; read strictly and converted exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from clinical.analytes import Analyte, Unit, analyte

# Converted values carry 34 digits; one that to 32 digits reads as a decimal of 28 or fewer is that decimal.
# So what was written comes back from any conversion as the very same number, not one off in the last place.
_WORKING = Context(prec=60)
_CARRIED = Context(prec=34)
_WRITTEN = Context(prec=28)
_SAME = Decimal("1e-32")


class Comparator(StrEnum):
    """How the number stands to the truth; everything but EQUAL is censored."""

    EQUAL = "="
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


class ReadingError(ValueError):
    """Text that is not a reading. The sentence says which analyte, what was found and what is accepted."""

    def __init__(self, key: str, reason: str, *, found: str, accepted: str) -> None:
        super().__init__(f'{analyte(key).name} ({key}): found "{found}". {reason} Accepted: {accepted}.')
        self.analyte = key
        self.reason = reason
        self.found = found
        self.accepted = accepted


class UnknownUnit(ReadingError):
    """The analyte is not measured in this unit."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value of an analyte in a unit (UCUM code), with its comparator; the digits stay as written."""

    analyte: str
    value: Decimal
    unit: str
    comparator: Comparator = Comparator.EQUAL

    def __post_init__(self) -> None:
        if not isinstance(self.value, Decimal) or not self.value.is_finite():
            raise TypeError(f"{self.analyte}: a reading holds a finite Decimal, not {self.value!r}.")

    @property
    def censored(self) -> bool:
        """True where the truth is only known to lie above or below the number."""
        return self.comparator is not Comparator.EQUAL

    @property
    def text(self) -> str:
        """The comparator and digits as written, without the unit: "<0.1"."""
        comparator = self.comparator.value if self.censored else ""
        return f"{comparator}{self.value:f}"

    @property
    def text_with_unit(self) -> str:
        """The reading as printed: "410 ng/dL"."""
        return f"{self.text} {analyte(self.analyte).units_by_code[self.unit].label}"


_SHAPE = re.compile(r"(?P<comparator><=|>=|<|>)? *(?P<digits>-?(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,4})?)")
_ACCEPTED = (
    "an optional <, >, <= or >=, then 1 to 6 digits 0-9, "
    "then optionally one point and 1 to 4 digits, such as 14.5"
)


def _reason(text: str, *, signed: bool) -> str:
    """Why this text is not a reading, in words that help to write it right."""
    checks: tuple[tuple[bool, str], ...] = (
        (not text.strip(), "Nothing was written; leave the row out or write the value."),
        (text.strip().lower() in {"nan", "inf", "infinity", "-inf"}, "This is not a number."),
        ("," in text, f"A comma can be read two ways; write a point: {_with_points(text)}."),
        (bool(re.search(r"[0-9.][eE][-+]?[0-9]", text)), "Exponents are not accepted; write the digits out."),
        ("_" in text, "An underscore between digits is not accepted; write the digits only."),
        (any(c.isnumeric() and not c.isascii() for c in text), "Some digits are not the digits 0-9."),
        ("≤" in text or "≥" in text, "Write <= or >= in two characters."),
        (bool(re.search(r"[-+\u2212]", text)) and not signed, "A value has no sign."),
        (text.count(".") > 1, "There is more than one point."),
        (bool(re.search(r"[0-9] +[0-9]", text)), "There is a space inside the number."),
        (bool(re.fullmatch(r"[<>= ]*\.[0-9]+", text)), "Write the zero before the point."),
        (bool(re.fullmatch(r"[<>= ]*[0-9]+\.", text)), "There are no digits after the point."),
        (bool(re.fullmatch(r"[<>= ]*0[0-9]+(\.[0-9]*)?", text)), "The number begins with a zero too many."),
        (
            bool(re.fullmatch(r"[<>= ]*[0-9]+(\.[0-9]*)?", text)),
            "The comparator or number of digits is wrong.",
        ),
    )
    unknown = "This is not a number as laboratories write them."
    return next((reason for is_so, reason in checks if is_so), unknown)


def _with_points(text: str) -> str:
    """What the text may have meant, offered and never assumed."""
    meant = text.strip().replace(",", ".")
    return f'"{meant}"' if text.count(",") == 1 and "." not in text else "without thousands separators"


def unit_of(row: Analyte, text: str) -> Unit:
    """The unit of the analyte that is written so; raises UnknownUnit."""
    unit = row.unit_called(text.strip())
    if unit is None:
        reason = f"{row.name} is not measured in this unit." if text.strip() else "No unit was given."
        accepted = ", ".join(known.label for known in row.units)
        raise UnknownUnit(row.key, reason, found=text, accepted=accepted)
    return unit


def parse_reading(key: str, text: str, unit: str) -> Reading:
    """Reads what was typed or sent; raises ReadingError, UnknownUnit or UnknownAnalyte, and never guesses."""
    row = analyte(key)
    match = _SHAPE.fullmatch(text.strip(" \t"))
    signed = bool(match) and text.count("-") == 1
    if match is None or (signed and not row.signed):
        raise ReadingError(key, _reason(text, signed=row.signed), found=text, accepted=_ACCEPTED)
    comparator = Comparator(match["comparator"] or "=")
    value = Decimal(match["digits"])
    below_zero = comparator is Comparator.BELOW and not row.signed
    if value == 0 and (below_zero or match["digits"].startswith("-")):
        raise ReadingError(key, "Nothing is below zero.", found=text, accepted=_ACCEPTED)
    return Reading(key, value, unit_of(row, unit).code, comparator)


def _plain(value: Decimal) -> Decimal:
    """The same number with neither trailing zeros nor an exponent."""
    stripped = value.normalize(_CARRIED)
    return stripped.quantize(Decimal(1), context=_WORKING) if stripped.as_tuple().exponent > 0 else stripped  # type: ignore[operator]


def _rounded(value: Decimal, offset: Decimal) -> Decimal:
    """To 34 digits, or to 28 where the rest is what rounding left; an offset leaves its share of that."""
    carried, written = _CARRIED.plus(value), _WRITTEN.plus(value)
    leftover = max(abs(carried), abs(offset)) * _SAME
    if abs(carried) <= leftover:
        return Decimal(0)
    return _plain(written if abs(carried - written) <= leftover else carried)


def convert(reading: Reading, to_unit: str) -> Reading:
    """The reading in another unit of its analyte (UCUM code), exact to 34 digits; raises UnknownUnit.

    There and back gives the very number that was written, for every value that `parse_reading` accepts.
    """
    if to_unit == reading.unit:
        return reading
    row = analyte(reading.analyte)
    old, new = unit_of(row, reading.unit), unit_of(row, to_unit)
    if old is new:
        return Reading(reading.analyte, reading.value, new.code, reading.comparator)
    # One division at the end keeps the ratio exact where either factor does not terminate.
    shift = _WORKING.multiply(old.add - new.add, old.divide)
    top = _WORKING.multiply(_WORKING.fma(reading.value, old.multiply, shift), new.divide)
    bottom = _WORKING.multiply(old.divide, new.multiply)
    return Reading(
        reading.analyte,
        _rounded(_WORKING.divide(top, bottom), old.add - new.add),
        new.code,
        reading.comparator,
    )


def canonical(reading: Reading) -> Reading:
    """The reading in the canonical unit of its analyte."""
    return convert(reading, analyte(reading.analyte).canonical_unit)


def shown_in(reading: Reading, unit: str) -> str:
    """Comparator and digits for display: as written in its own unit, else rounded to the unit's decimals."""
    if unit == reading.unit:
        return reading.text
    other = convert(reading, unit)
    decimals = unit_of(analyte(reading.analyte), unit).decimals
    value = other.value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, context=_WORKING)
    return Reading(other.analyte, value, other.unit, other.comparator).text
