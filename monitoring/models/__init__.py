"""What rules found in the record, by whose cut-offs, what a draft would find, and who runs them."""

from monitoring.models.cut_offs import CutOff
from monitoring.models.dry_runs import DryRun
from monitoring.models.judging import (
    FLAG_MAY_BECOME,
    MOST_ATTEMPTS,
    Evaluation,
    Flag,
    FlagChange,
    FlagState,
    Milestone,
    Retest,
    Severity,
    judged_before,
    unevaluated,
)
from monitoring.models.signs import BEAT, SWEEP, WORKER, Heartbeat

__all__ = [
    "BEAT",
    "FLAG_MAY_BECOME",
    "MOST_ATTEMPTS",
    "SWEEP",
    "WORKER",
    "CutOff",
    "DryRun",
    "Evaluation",
    "Flag",
    "FlagChange",
    "FlagState",
    "Heartbeat",
    "Milestone",
    "Retest",
    "Severity",
    "judged_before",
    "unevaluated",
]
