"""What pages show of what rules found, and of what they would find under a draft."""

from monitoring.presenters.cut_offs import cut_offs_of, cut_offs_on_file
from monitoring.presenters.dry_runs import Report, choices, report_of
from monitoring.presenters.flags import (
    Judged,
    JudgedState,
    card_of,
    due_state_of,
    flag_on_file,
    judged_of,
    kind_of,
    names_of,
    retest_on_file,
)

__all__ = [
    "Judged",
    "JudgedState",
    "Report",
    "card_of",
    "choices",
    "cut_offs_of",
    "cut_offs_on_file",
    "due_state_of",
    "flag_on_file",
    "judged_of",
    "kind_of",
    "names_of",
    "report_of",
    "retest_on_file",
]
