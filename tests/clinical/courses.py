"""Short courses for the tests of the rules: days are counted in weeks from the effective stop."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from clinical.analytes import ANALYTES, analyte
from clinical.evaluate import evaluate, evaluate_current
from clinical.findings import Evaluation, Finding
from clinical.readings import Reading, parse_reading
from clinical.record import Dose, Observation, Record, Result, Sample, TestosteronePeriod
from clinical.rulebook import Rulebook, load_rulebook

STOP = date(2024, 1, 1)
MORNING = time(8, 0, tzinfo=UTC)
CLOMIPHENE = Decimal("87.5")


def week(number: int | float, *, days: int = 0) -> date:
    """So many weeks after the effective stop."""
    return STOP + timedelta(days=round(number * 7) + days)


def reading(key: str, value: object) -> Reading:
    """A reading in the canonical unit, from a number or from text with its comparator."""
    unit = analyte(key).canonical_unit
    return (
        parse_reading(key, value, unit) if isinstance(value, str) else Reading(key, Decimal(str(value)), unit)
    )


def drawn(
    on: date, *, methods: dict[str, str] | None = None, intervals=None, **fields: object
) -> tuple[Sample, ...]:
    """The samples of a day: analytes by key, and fields of the sample in lower case."""
    labs = {key: value for key, value in fields.items() if key in ANALYTES}
    rest = {key: value for key, value in fields.items() if key not in ANALYTES}
    methods = {"E2": "LC-MS/MS"} | (methods or {})
    samples = []
    for kind in ("serum", "semen"):
        keys = [key for key in labs if (analyte(key).specimen == "semen") == (kind == "semen")]
        if keys:
            results = {
                key: Result(
                    f"{on}:{key}", reading(key, labs[key]), (intervals or {}).get(key), methods.get(key)
                )
                for key in keys
            }
            given = {"collected_at": datetime.combine(on, MORNING), "fasting": True} | rest
            samples.append(Sample(f"{on}:{kind}", on, kind, results=results, **given))
    return tuple(samples)


def taken(
    drug: str,
    starts: date,
    ends: date | None = None,
    *,
    weekly: object = CLOMIPHENE,
    unit: str = "mg",
    mode: str | None = None,
) -> Dose:
    """A dose from a day to another, or open."""
    return Dose(f"{drug}:{starts}", drug, Decimal(str(weekly)), unit, starts, ends, mode)


def noted(on: date, kind: str, value: object = True) -> Observation:
    """Something noted; numbers as they are kept."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Observation(on, kind, Decimal(str(value)) if is_number else value)


def course(
    *parts: object, stop: date | None = STOP, restarted: date | None = None, **fields: object
) -> Record:
    """A record of samples, doses and observations, in any order."""
    flat = [one for part in parts for one in (part if isinstance(part, tuple) else (part,))]
    given = {"baseline": {"TT": Decimal(280)}} | fields
    return Record(
        id="course",
        periods=(TestosteronePeriod(stop, restarted),) if stop else (),
        samples=tuple(one for one in flat if isinstance(one, Sample)),
        doses=tuple(one for one in flat if isinstance(one, Dose)),
        observations=tuple(one for one in flat if isinstance(one, Observation)),
        **given,
    )


def shipped() -> Rulebook:
    """The rulebook as released."""
    return load_rulebook()


def judged(record: Record, on: date) -> Evaluation:
    """What is new on a day."""
    return evaluate(record, shipped(), on)


def in_force(record: Record, today: date) -> Evaluation:
    """What is in force on a day."""
    return evaluate_current(record, shipped(), today)


def flags(evaluation: Evaluation) -> dict[str, str]:
    """Rule and severity of each finding but milestones."""
    return {one.rule_id: one.severity.value for one in evaluation.findings if one.rule_id != "R98"}


def said(evaluation: Evaluation, rule: str) -> str | None:
    """The severity of a rule's finding, "open" where it was not evaluated, None where it is clear."""
    if any(one.rule_id == rule for one in evaluation.not_evaluated):
        return "open"
    return flags(evaluation).get(rule)


def found(evaluation: Evaluation, rule: str) -> Finding:
    """The one finding of a rule."""
    (one,) = [one for one in evaluation.findings if one.rule_id == rule]
    return one


def outcome(rule: str, on: date, *parts: object, **fields: object) -> str | None:
    """What one rule says of a course on a day."""
    return said(judged(course(*parts, **fields), on), rule)
