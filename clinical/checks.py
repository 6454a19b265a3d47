"""Comparisons that may be true, false or undecidable, and that remember what they compared with what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from clinical.analytes import analyte
from clinical.findings import NumberUsed
from clinical.readings import Comparator, Reading

Truth: TypeAlias = bool | None
Relation: TypeAlias = Literal["<", "<=", ">", ">="]

_CONTRARY: dict[Relation, Relation] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


_SHOWN = Decimal("0.01")


class Limit(NamedTuple):
    """What is compared with: a value, its unit, and where it comes from ("low_testosterone, rules 1.0.0")."""

    value: Decimal
    unit: str
    origin: str


class Quantity(NamedTuple):
    """What is compared: a reading, or a computed number where `reading` is None."""

    name: str
    value: Decimal
    unit: str
    reading: Reading | None = None
    result_id: str | None = None
    on: date | None = None

    def as_number(self) -> NumberUsed:
        """The quantity as a finding shows it."""
        text = self.reading.text_with_unit if self.reading else f"{shown(self.value)} {self.unit}".strip()
        return NumberUsed(self.name, text, self.result_id, self.on)


class Check(NamedTuple):
    """A comparison or a combination of them. `missing` says why a single one cannot be decided."""

    truth: Truth
    quantity: Quantity | None = None
    relation: Relation | None = None
    limit: Limit | None = None
    missing: str = ""
    any_of: tuple[Check, ...] = ()
    all_of: tuple[Check, ...] = ()
    says: str = ""


def shown(value: Decimal) -> str:
    """A number to at most two decimals, without trailing zeros or an exponent."""
    text = f"{value.quantize(_SHOWN):f}" if value != value.to_integral_value() else f"{value:.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_below(value: Decimal, comparator: Comparator, limit: Decimal) -> Truth:
    """Whether the truth behind a reading is below a limit; None where a censored reading leaves it open."""
    if comparator is Comparator.EQUAL:
        return value < limit
    if comparator is Comparator.BELOW:
        return True if value <= limit else None
    if comparator is Comparator.AT_MOST:
        return True if value < limit else None
    return False if value >= limit else None


def is_above(value: Decimal, comparator: Comparator, limit: Decimal) -> Truth:
    """Whether the truth behind a reading is above a limit; None where a censored reading leaves it open."""
    if comparator is Comparator.EQUAL:
        return value > limit
    if comparator is Comparator.ABOVE:
        return True if value >= limit else None
    if comparator is Comparator.AT_LEAST:
        return True if value > limit else None
    return False if value <= limit else None


def not_(truth: Truth) -> Truth:
    """The contrary; what is open stays open."""
    return None if truth is None else not truth


def compare(quantity: Quantity, relation: Relation, limit: Limit) -> Check:
    """A quantity against a limit."""
    comparator = quantity.reading.comparator if quantity.reading is not None else Comparator.EQUAL
    match relation:
        case "<":
            truth = is_below(quantity.value, comparator, limit.value)
        case ">=":
            truth = not_(is_below(quantity.value, comparator, limit.value))
        case ">":
            truth = is_above(quantity.value, comparator, limit.value)
        case "<=":
            truth = not_(is_above(quantity.value, comparator, limit.value))
    return Check(truth, quantity, relation, limit)


def missing(what: str) -> Check:
    """A comparison that cannot be made because something is not there."""
    return Check(None, missing=what)


def given(truth: bool, says: str = "") -> Check:
    """A circumstance that holds or does not, such as "on a SERM"."""
    return Check(truth, says=says)


def all_of(*checks: Check) -> Check:
    """True where all are true, false where one is false, else open."""
    truths = [check.truth for check in checks]
    truth = False if False in truths else (None if None in truths else True)
    return Check(truth, all_of=checks)


def any_of(*checks: Check) -> Check:
    """True where one is true, false where all are false, else open."""
    truths = [check.truth for check in checks]
    truth = True if True in truths else (None if None in truths else False)
    return Check(truth, any_of=checks)


def deciding(check: Check) -> Iterator[Check]:
    """The single comparisons by which a check has its truth."""
    parts = check.all_of or check.any_of
    if not parts:
        yield check
        return
    for part in parts:
        if part.truth is check.truth:
            yield from deciding(part)


def numbers_of(check: Check) -> tuple[NumberUsed, ...]:
    """The numbers that decided, each once, in the order of the rule."""
    found = [leaf.quantity.as_number() for leaf in deciding(check) if leaf.quantity is not None]
    return tuple(dict.fromkeys(found))


def threshold_of(check: Check) -> str:
    """What was compared with what, and where each limit comes from."""
    texts = []
    for leaf in deciding(check):
        if leaf.quantity is not None and leaf.limit is not None:
            limit = leaf.limit
            origin = f" ({limit.origin})" if limit.origin else ""
            texts.append(f"{leaf.quantity.name} {leaf.relation} {_limit_text(leaf.quantity, limit)}{origin}")
        elif leaf.says:
            texts.append(leaf.says)
    return "; ".join(dict.fromkeys(texts))


def _limit_text(quantity: Quantity, limit: Limit) -> str:
    """The limit with its unit as printed: "8.6 IU/L"."""
    unit = limit.unit
    if quantity.reading is not None:
        units = analyte(quantity.reading.analyte).units_by_code
        unit = units[unit].label if unit in units else unit
    return f"{shown(limit.value)} {unit}".rstrip()


def _distance(leaf: Check) -> Decimal:
    """How far the quantity is from its limit, relative to the limit."""
    if leaf.quantity is None or leaf.limit is None:
        return Decimal("Infinity")
    gap = abs(leaf.quantity.value - leaf.limit.value)
    return gap / abs(leaf.limit.value) if leaf.limit.value else gap


def _flip(check: Check) -> list[Check]:
    """The comparisons whose turning would change the truth with the least change of the numbers."""
    parts = check.all_of or check.any_of
    if not parts:
        return [check] if check.quantity is not None and check.limit is not None else []
    ways = [_flip(part) for part in parts if part.truth is check.truth]
    if bool(check.all_of) is bool(check.truth):
        possible = [way for way in ways if way]
        return min(possible, key=lambda way: max(map(_distance, way)), default=[])
    # Every part must turn; a circumstance such as "on a SERM" has no boundary to turn at.
    return [leaf for way in ways for leaf in way] if all(ways) else []


def nearest_of(check: Check) -> str | None:
    """The nearest boundary that would have changed the finding: "TT at 300 ng/dL or more (was 298)"."""
    texts = []
    for leaf in _flip(check):
        if leaf.quantity is None or leaf.limit is None or leaf.relation is None:
            continue
        limit, contrary = leaf.limit, _CONTRARY[leaf.relation]
        was = leaf.quantity.as_number().text
        texts.append(f"{leaf.quantity.name} {contrary} {_limit_text(leaf.quantity, limit)} (was {was})")
    return " and ".join(dict.fromkeys(texts)) or None


def unknowns_of(check: Check) -> tuple[str, ...]:
    """What is not known, or left open by a censored reading, behind an open check."""
    found = []
    for leaf in deciding(check):
        if leaf.missing:
            found.append(leaf.missing)
        elif leaf.quantity is not None and leaf.limit is not None:
            text = leaf.quantity.as_number().text
            found.append(f"{leaf.quantity.name} {text} may lie on either side of {shown(leaf.limit.value)}")
    return tuple(dict.fromkeys(found))


def missing_of(check: Check) -> tuple[str, ...]:
    """What was not there anywhere in the check, whether or not it decided."""
    if check.missing:
        return (check.missing,)
    parts = check.all_of or check.any_of
    return tuple(dict.fromkeys(text for part in parts for text in missing_of(part)))
