"""What a drug must not be combined with: other drugs, other medicines, history, testosterone, allergy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from clinical.datafile import RULES_DIR, Header, Mark, RulebookError, read_datafile, typed
from clinical.drug_catalogue import CATALOGUE, DoseConcern, Drug, DrugTable
from clinical.findings import Severity
from clinical.terms import matching

TESTOSTERONE = "testosterone"
ALLERGY = "allergy"
HYPERSENSITIVITY = "hypersensitivity"


@dataclass(frozen=True, slots=True)
class Group:
    """Medicines or conditions that count as one, and the words by which each is known."""

    key: str
    label: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row of the matrix; `partners` are drug:KEY, medicine:GROUP, history:GROUP, testosterone, allergy."""

    id: str
    rule: str
    drugs: tuple[str, ...]
    partners: tuple[str, ...]
    severity: Severity
    reason: str
    source: str
    mark: Mark


@dataclass(frozen=True)
class ConflictTable:
    """The matrix and its groups, of one version of the file."""

    header: Header
    groups: Mapping[str, Group]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a drug would meet: drug keys taken or not washed out, medicines, conditions, testosterone."""

    taken: Sequence[str]
    concomitant: Sequence[str]
    history: Sequence[str]
    on_testosterone: bool


def _unknown_partners(row: Conflict, groups: Mapping[str, Group], drugs: Mapping[str, Drug]) -> list[str]:
    def is_known(partner: str) -> bool:
        kind, _, key = partner.partition(":")
        if kind == "drug":
            return key in drugs
        return key in groups if kind in ("medicine", "history") else partner in (TESTOSTERONE, ALLERGY)

    return [partner for partner in row.partners if not is_known(partner)]


def load_conflicts(
    path: Path = RULES_DIR / "conflicts.yaml", *, catalogue: DrugTable = CATALOGUE
) -> ConflictTable:
    """Reads the conflict matrix; raises RulebookError that names what is wrong in it."""
    header, content = read_datafile(path)
    groups = {row.key: row for row in typed(path, tuple[Group, ...], content.get("groups"))}
    written = typed(path, list[dict[str, object]], content.get("conflicts"))
    renamed = [
        {("partners" if name == "with" else name): value for name, value in row.items()} for row in written
    ]
    rows = typed(path, tuple[Conflict, ...], renamed)
    for row in rows:
        unknown = [key for key in row.drugs if key not in catalogue.drugs]
        unknown += _unknown_partners(row, groups, catalogue.drugs)
        if unknown:
            raise RulebookError(f"{path.name}: {row.id}: not known: {', '.join(unknown)}.")
    if len({row.id for row in rows}) != len(rows):
        raise RulebookError(f"{path.name}: an id stands twice.")
    return ConflictTable(header, MappingProxyType(groups), rows)


CONFLICTS = load_conflicts()


def _met(
    partner: str, drug: Drug, around: Circumstances, table: ConflictTable, drugs: DrugTable
) -> Iterator[str]:
    """What of the circumstances is this partner, by the name to be shown."""
    kind, _, key = partner.partition(":")
    match kind:
        case "drug" if key in around.taken and key != drug.key:
            yield drugs.drug(key).name
        case "medicine":
            # A drug of the catalogue that also stands in the medication list is no partner of itself.
            own = _names_of(drug)
            yield from (
                name
                for name in matching(table.groups[key].terms, around.concomitant)
                if not matching(own, [name])
            )
        case "history":
            yield from matching(table.groups[key].terms, around.history)
        case "testosterone" if around.on_testosterone:
            yield "testosterone"
        case "allergy":
            allergies = matching(table.groups[HYPERSENSITIVITY].terms, around.history)
            yield from matching(_names_of(drug), allergies)


def _names_of(drug: Drug) -> tuple[str, ...]:
    codes = (code for code in (drug.atc, *drug.atc_alternates) if code)
    return (drug.key, drug.name, *codes)


def check_combination(
    drug: str,
    *,
    taken: Sequence[str] = (),
    concomitant: Sequence[str] = (),
    history: Sequence[str] = (),
    on_testosterone: bool = False,
    table: ConflictTable = CONFLICTS,
    catalogue: DrugTable = CATALOGUE,
) -> tuple[DoseConcern, ...]:
    """What speaks against a drug beside others, the gravest first; raises UnknownDrug for the drug itself.

    `taken` are keys of drugs being taken or not washed out, `concomitant` names or ATC codes of other
    medicines, `history` past conditions as written. Each partner is named once a row.
    """
    ordered = catalogue.drug(drug)
    around = Circumstances(taken, concomitant, history, on_testosterone)
    version = f"{table.header.id} {table.header.version}"
    found = [
        _concern(row, ordered, name, version)
        for row in table.conflicts
        if drug in row.drugs
        for name in _once([n for p in row.partners for n in _met(p, ordered, around, table, catalogue)])
    ]
    return tuple(sorted(found, key=lambda concern: -concern.severity.rank))


def _concern(row: Conflict, drug: Drug, name: str, version: str) -> DoseConcern:
    return DoseConcern(
        severity=row.severity,
        message=f"{drug.name} with {name}: {row.reason}",
        limit=name,
        source=f"{row.source} [{row.mark.value}], {version}",
        key=f"{row.id}:{drug.key}+{name.casefold()}",
        rule=row.rule,
    )


def _once(names: Sequence[str]) -> list[str]:
    """Each name once, whatever its case: a drug being taken may also stand in the medication list."""
    return list({name.casefold(): name for name in reversed(names)}.values())[::-1]
