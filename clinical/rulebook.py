"""The rulebook as a whole: its files, in versions that belong together and are not edited unnoticed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clinical.analytes import AnalyteTable, load_analytes
from clinical.calculated import CalculatedTable, load_calculated
from clinical.cohort_table import CohortTable, load_cohorts
from clinical.conflicts import ConflictTable, load_conflicts
from clinical.datafile import (
    RULES_DIR,
    Header,
    RulebookError,
    Status,
    digest_of,
    read_datafile,
    typed,
)
from clinical.draw_table import DrawTable, load_draws
from clinical.drug_catalogue import Drug, DrugTable, load_drugs
from clinical.exposure import FormulationTable, load_formulations
from clinical.intervals import CURRENT_WHO_EDITION, Interval, IntervalTable, load_intervals
from clinical.plausibility_limits import PlausibilityTable, load_plausibility
from clinical.protocols import ProtocolTable, load_protocols
from clinical.retest_rules import RetestTable, load_retests
from clinical.rule_entries import RuleSet, load_rule_entries

LOCK = RULES_DIR / "digests.lock"
FILES = (
    "analytes",
    "intervals",
    "plausibility",
    "calculated",
    "drugs",
    "conflicts",
    "washouts",
    "retests",
    "cohorts",
    "draws",
    "rules",
    "protocols",
)


@dataclass(frozen=True)
class Rulebook:
    """All clinical data of one version, each part typed. `digest` is over the text of all its files."""

    header: Header
    digest: str
    is_draft: bool
    analytes: AnalyteTable
    intervals: IntervalTable
    plausibility: PlausibilityTable
    calculated: CalculatedTable
    drug_table: DrugTable
    conflicts: ConflictTable
    washouts: FormulationTable
    retests: RetestTable
    cohorts: CohortTable
    draws: DrawTable
    rules: RuleSet
    protocols: ProtocolTable

    @property
    def version(self) -> str:
        """The version as an evaluation names it: "1.0.0", and of a draft "1.1.0-draft"."""
        return f"{self.header.version}-draft" if self.is_draft else self.header.version

    @property
    def drugs(self) -> Mapping[str, Drug]:
        """The drugs by key."""
        return self.drug_table.drugs

    def default_interval(
        self,
        key: str,
        method: str | None = None,
        who_edition: int = CURRENT_WHO_EDITION,
        *,
        age: int | None = None,
    ) -> Interval | None:
        """The interval that this rulebook gives an analyte; see clinical.intervals.default_interval."""
        return self.intervals.default(key, method, who_edition, age=age)


def read_lock(path: Path = LOCK) -> Mapping[tuple[str, str], str]:
    """The digests of released files by id and version; raises RulebookError for a line that is not one."""
    locked: dict[tuple[str, str], str] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        parts = line.split()
        if len(parts) != 3 or (parts[0], parts[1]) in locked:
            raise RulebookError(
                f'{path.name}: found "{line}". Accepted: an id, a version and a digest, once.'
            )
        locked[parts[0], parts[1]] = parts[2]
    return locked


def check_lock(path: Path, header: Header, locked: Mapping[tuple[str, str], str]) -> None:
    """Raises RulebookError where a version was released with another text; a draft may say what it likes."""
    known = locked.get((header.id, header.version))
    is_released = header.status is Status.RELEASED
    if is_released and known is not None and known != digest_of(path):
        raise RulebookError(
            f"{path.name}: version {header.version} was released with another text. "
            "Give the changed file a new version."
        )


def _path_of(name: str, folder: Path) -> Path:
    """The file in the folder, or the shipped one where the folder leaves it out."""
    own = folder / f"{name}.yaml"
    return own if own.exists() else RULES_DIR / f"{name}.yaml"


def _check_versions(headers: Mapping[str, Header], contains: Mapping[str, str]) -> None:
    if set(contains) != set(FILES):
        raise RulebookError(f"rulebook.yaml: contains names {', '.join(FILES)}, and nothing else.")
    for name, header in headers.items():
        is_trial = header.status is Status.DRAFT
        if header.id != name or (header.version != contains[name] and not is_trial):
            found = f"{header.id} {header.version}"
            raise RulebookError(f"{name}.yaml is {found}; the rulebook contains {name} {contains[name]}.")


def _load(folder: Path) -> Rulebook:
    locked = read_lock()
    paths = {name: _path_of(name, folder) for name in FILES}
    if digest_of(paths["analytes"]) != digest_of(RULES_DIR / "analytes.yaml"):
        # Readings convert by the shipped units wherever they are made; a draft cannot change them for itself.
        raise RulebookError("analytes.yaml: units and codes are not tried in a draft; leave the file out.")
    index = _path_of("rulebook", folder)
    header, content = read_datafile(index)
    headers = {name: read_datafile(path)[0] for name, path in paths.items()}
    check_lock(index, header, locked)
    for name, path in paths.items():
        check_lock(path, headers[name], locked)
    _check_versions(headers, typed(index, dict[str, str], content.get("contains")))
    digests = "\n".join(digest_of(path) for path in (index, *paths.values()))
    drug_table = load_drugs(paths["drugs"])
    washouts = load_formulations(paths["washouts"])
    conflicts = load_conflicts(paths["conflicts"], catalogue=drug_table)
    rules = load_rule_entries(paths["rules"])
    return Rulebook(
        header=header,
        digest=hashlib.sha256(digests.encode()).hexdigest(),
        is_draft=Status.DRAFT in {header.status, *(other.status for other in headers.values())},
        analytes=load_analytes(paths["analytes"]),
        intervals=load_intervals(paths["intervals"]),
        plausibility=load_plausibility(paths["plausibility"]),
        calculated=load_calculated(paths["calculated"]),
        drug_table=drug_table,
        conflicts=conflicts,
        washouts=washouts,
        retests=load_retests(paths["retests"]),
        cohorts=load_cohorts(paths["cohorts"], washouts),
        draws=load_draws(paths["draws"]),
        rules=rules,
        protocols=load_protocols(paths["protocols"], rules=rules, catalogue=drug_table, conflicts=conflicts),
    )


@cache
def _shipped() -> Rulebook:
    return _load(RULES_DIR)


def load_rulebook(folder: Path | None = None) -> Rulebook:
    """The shipped rulebook, read once; with a folder, a draft of it in which the folder's files replace ours.

    Raises RulebookError where a file is malformed, versions do not belong together, or a released version was
    edited. A file that is tried out says `status: draft`.
    """
    return _shipped() if folder is None else _load(folder)
