"""`python -m tests.clinical.real_values` writes into docs/evidence.md what is said of thirty real men."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from clinical.analytes import analyte
from clinical.evaluate import evaluate
from clinical.findings import Evaluation, Finding, Severity
from clinical.readings import canonical, parse_reading
from clinical.record import Record, Result, Sample, TestosteronePeriod
from clinical.rulebook import load_rulebook
from tests.real_men import FOLDER, Man, Values, men

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"
START, END = "<!-- real values: begin -->", "<!-- real values: end -->"
# The export has no dates. One day for all, and no hour: that is what is known.
DAY = date(2024, 1, 15)
# Nor a history: they are judged as if they had been off testosterone for a year.
OFF_SINCE = date(2023, 1, 15)
UNITS = {"TT": "nmol/L", "E2": "nmol/L", "SHBG": "nmol/L", "SCONC": "10*6/mL", "SVOL": "mL"}


@dataclass(frozen=True)
class Judged:
    """A man with what the rules say of him."""

    man: Man
    evaluation: Evaluation


def judged() -> list[Judged]:
    book = load_rulebook()
    return [Judged(man, evaluate(record_of(man), book, DAY)) for man in men()]


def record_of(man: Man) -> Record:
    """One draw and one semen analysis of a man of whom nothing else is known."""
    samples = (_sample(man, "serum", man.blood), _sample(man, "semen", man.semen))
    return Record(id=man.id, periods=(TestosteronePeriod(OFF_SINCE),), samples=samples)


def _sample(man: Man, kind: str, values: Values) -> Sample:
    results = {}
    for key, typed in values.items():
        unit = UNITS.get(key, analyte(key).canonical_unit)
        read = parse_reading(key, typed.replace(",", "."), unit)
        results[key] = Result(f"{man.id}:{key}", canonical(read))
    return Sample(f"{man.id}:{kind}", DAY, kind, results=MappingProxyType(results))


# Said of every man for what the export lacks: hour and fasting, and a value from before testosterone.
OF_ALL = {"R06", "R96"}
HEAD = """Thirty men of the VISEM data set (Haugen et al., MMSys 2019, CC BY 4.0), whose files are no part of
this project. The export names no hour, date, method or history: each man is judged as if he had been off
testosterone for a year, R06 (the sample allows no statement) and R96 (no baseline) are said of all thirty and
left out below. R66 and R99 could not be evaluated, because total motility and the former formulation are not
on record. No rule raised.

| man | free testosterone, ng/dL | T:E2 | axis | findings | milestones |
| --- | ---: | ---: | --- | --- | --- |
"""


def table() -> str:
    """One row for each man: what was calculated, what fired, and which milestones he would have reached."""
    return HEAD + "\n".join(_row(one.man, one.evaluation) for one in judged())


def _row(man: Man, evaluation: Evaluation) -> str:
    said = [_said(each) for each in evaluation.findings if each.rule_id not in OF_ALL | {"R98"}]
    reached = [each.key for each in evaluation.milestones]
    numbers = [_calculated(evaluation, key) for key in ("cFT_ngdl", "T_E2")]
    cells = [man.id, *numbers, evaluation.axis_pattern, "; ".join(said) or "none", " ".join(reached)]
    return f"| {' | '.join(cells)} |"


def _calculated(evaluation: Evaluation, key: str) -> str:
    found = evaluation.calculated.get(key)
    return "" if found is None else f"{found:.1f}"


def _said(finding: Finding) -> str:
    grade = "" if finding.severity is Severity.INFO else f" ({finding.severity.value})"
    return f"{finding.rule_id} {finding.title}{grade}"


def write() -> None:
    """Replace what stands between the marks of the page."""
    before, _, rest = PAGE.read_text().partition(START)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before.rstrip()}\n\n{START}\n{table()}\n{END}{after or chr(10)}")


if __name__ == "__main__":
    if not FOLDER.exists():
        raise SystemExit("The files do not lie beside the checkout; nothing was written.")
    write()
