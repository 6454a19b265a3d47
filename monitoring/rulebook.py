"""The rulebook by which one clinic's records are judged: the shipped one with the clinic's own cut-offs."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from clinical.rulebook import Rulebook, load_rulebook
from monitoring.models import CutOff


@dataclass(frozen=True, slots=True)
class ClinicRulebook:
    """A rulebook, and the number of the clinic's last decision about a cut-off; 0 where there is none."""

    book: Rulebook
    cut_offs: int


def rulebook_of(clinic_id: uuid.UUID) -> ClinicRulebook:
    """What holds in this clinic now, in one query.

    A cut-off that a later release took away from clinics is not used; its row stays, and the page says so.
    """
    rows = list(CutOff.objects.filter(clinic_id=clinic_id).current().values_list("name", "value", "number"))
    shipped = load_rulebook()
    settings = {
        name: value.normalize() for name, value, _ in rows if value is not None and may_be_set(shipped, name)
    }
    number = max((number for *_, number in rows), default=0)
    return ClinicRulebook(_with(shipped, tuple(sorted(settings.items()))), number)


def may_be_set(book: Rulebook, name: str) -> bool:
    """Whether the rulebook leaves this number to the clinic."""
    return name in book.rules.numbers and book.rules.numbers[name].clinic_may_set


def current_cut_offs(clinic_id: uuid.UUID) -> Mapping[str, CutOff]:
    """The newest decision about each cut-off, by name."""
    rows = CutOff.objects.filter(clinic_id=clinic_id).select_related("set_by").current()
    return {row.name: row for row in rows}


@lru_cache(maxsize=256)
def _with_of(digest: str, settings: tuple[tuple[str, Decimal], ...]) -> Rulebook:
    shipped = load_rulebook()
    return replace(shipped, rules=shipped.rules.with_settings(dict(settings)))


def _with(shipped: Rulebook, settings: tuple[tuple[str, Decimal], ...]) -> Rulebook:
    return _with_of(shipped.digest, settings) if settings else shipped
