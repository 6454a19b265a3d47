"""What the engine says: findings with the numbers they rest on, what was not evaluated, milestones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """How urgent a finding is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 2 for critical: to sort and to compare by."""
        return ("info", "warning", "critical").index(self.value)


@dataclass(frozen=True, slots=True)
class NumberUsed:
    """A number that a finding rests on; `result_id` is None for what is no result (baseline, dose, score)."""

    analyte: str
    text: str
    result_id: str | None = None
    collected_on: date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired. `cause` is the stable key of one life cycle: the same cause is the same flag."""

    rule_id: str
    rule_version: str
    severity: Severity
    title: str
    message: str
    suggestion: str
    source: str
    on: date
    numbers: tuple[NumberUsed, ...] = ()
    threshold: str = ""
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    nearest: str | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A rule that could not be judged, and why."""

    rule_id: str
    rule_version: str
    because: str


@dataclass(frozen=True, slots=True)
class MilestoneReached:
    """A milestone: first qualifying draw, the second where two are asked for, and when it was lost again.

    `last_met_on` is the newest draw that qualifies; where a newer one does not, the milestone is in doubt.
    """

    key: str
    title: str
    reached_on: date
    sustained_on: date | None = None
    lost_on: date | None = None
    note: str = ""
    last_met_on: date | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything the rules say about a record on one day."""

    on: date
    rulebook_version: str
    findings: tuple[Finding, ...] = ()
    not_evaluated: tuple[NotEvaluated, ...] = ()
    milestones: tuple[MilestoneReached, ...] = ()
    calculated: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    axis_pattern: str = ""
