"""Which analytes the entry of each kind of panel offers, the usual ones first."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from clinical.analytes import ANALYTES
from labs.models import PanelKind


@dataclass(frozen=True, slots=True)
class Offer:
    """The analytes of a kind: `usual` stand on the page, `further` behind a disclosure."""

    usual: tuple[str, ...]
    further: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.usual, *self.further)


NAMES = {PanelKind.BLOOD: "Blood panel", PanelKind.SEMEN: "Semen analysis"}
BLOOD = ("TT", "SHBG", "ALB", "LH", "FSH", "E2", "PRL", "HCT", "HGB", "PSA", "ALT", "AST")
SEMEN = ("SVOL", "SCONC", "STOT", "SMOT", "SPR", "SNP", "SIM", "SMORPH", "SVIT", "SPH")
# The abstinence has a field of its own among the details of the sample.
ASKED_ELSEWHERE = {"SABST"}


def _offer(usual: tuple[str, ...], *specimens: str) -> Offer:
    rest = (key for key, row in ANALYTES.items() if row.specimen in specimens)
    return Offer(usual, tuple(key for key in rest if key not in usual and key not in ASKED_ELSEWHERE))


OFFERS: Mapping[PanelKind, Offer] = MappingProxyType(
    {PanelKind.BLOOD: _offer(BLOOD, "serum", "blood"), PanelKind.SEMEN: _offer(SEMEN, "semen")}
)


def has_fixed_unit(kind: PanelKind, key: str) -> bool:
    """Whether the unit is printed instead of chosen: what is counted in a semen sample knows only one."""
    return kind is PanelKind.SEMEN and len(ANALYTES[key].units) == 1
