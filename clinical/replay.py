"""Replays a case: python -m clinical.replay FILE [--rulebook DIR] prints one JSON object per event."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from clinical.case_file import Case, Event, read_case
from clinical.datafile import RulebookError
from clinical.evaluate import evaluate
from clinical.findings import Evaluation, Finding
from clinical.rulebook import Rulebook, load_rulebook

# What may be said of an order before it is given: conflicts, doses and contraindications.
ORDER_RULES = frozenset({"R25", "R39", *(f"R{number}" for number in range(80, 90))})
SHOWN = Decimal("0.01")


def _flags(findings: Sequence[Finding]) -> list[dict[str, str]]:
    rows = [{"id": one.rule_id, "severity": one.severity.value} for one in findings]
    return sorted(rows, key=lambda row: row["id"])


def _milestones(evaluation: Evaluation) -> list[str]:
    """What the draws of this day reach, confirm or still meet; "M10s" once a second analysis sustains it."""
    keys = []
    for one in evaluation.milestones:
        if one.last_met_on == evaluation.on or one.reached_on == evaluation.on:
            keys.append(one.key)
        if one.key == "M10" and one.sustained_on and one.sustained_on <= evaluation.on == one.last_met_on:
            keys.append("M10s")
    return keys


def proposal_findings(case: Case, event: Event, rulebook: Rulebook) -> tuple[Finding, ...]:
    """What the rules on orders say of the proposed doses, and did not say without them."""
    record = case.record
    before = {(one.cause, one.severity) for one in evaluate(record, rulebook, event.on).findings}
    proposed = replace(record, doses=record.doses + event.proposed)
    after = evaluate(proposed, rulebook, event.on).findings
    return tuple(
        one for one in after if one.rule_id in ORDER_RULES and (one.cause, one.severity) not in before
    )


def replay(case: Case, rulebook: Rulebook) -> Iterator[dict[str, Any]]:
    """One object per event: flags, milestones, calculated values, and what a proposed order would raise."""
    for event in case.events:
        evaluation = evaluate(case.record, rulebook, event.on)
        said = [one for one in evaluation.findings if one.rule_id != "R98"]
        line: dict[str, Any] = {"date": event.on.isoformat(), "flags": _flags(said)}
        if event.proposed:
            line["proposal_flags"] = _flags(proposal_findings(case, event, rulebook))
        line["milestones"] = _milestones(evaluation)
        line["first"] = [one.key for one in evaluation.milestones if one.reached_on == event.on]
        line["lost"] = [one.key for one in evaluation.milestones if one.lost_on == event.on]
        line["calc"] = {key: float(value.quantize(SHOWN)) for key, value in evaluation.calculated.items()}
        line["pattern"] = evaluation.axis_pattern
        yield line


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the replay of a case file; 2 where the file or the rulebook cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m clinical.replay", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rulebook", type=Path, default=None, metavar="DIR")
    asked = parser.parse_args(arguments)
    try:
        case = read_case(json.loads(asked.file.read_text(encoding="utf-8")))
        rulebook = load_rulebook(asked.rulebook)
    except (OSError, ValueError, RulebookError) as problem:
        sys.stderr.write(f"{asked.file}: {problem}\n")
        return 2
    for line in replay(case, rulebook):
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
