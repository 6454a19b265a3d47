"""R94: scheduled tests past their target. The caller knows which windows are satisfied or waived."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from clinical.findings import Finding
from clinical.retests import RetestWindow
from clinical.rulebook import Rulebook


def overdue(windows: Iterable[RetestWindow], rulebook: Rulebook, on: date) -> tuple[Finding, ...]:
    """A finding for each open window whose target has passed; `cause` holds the window's key."""
    entry, numbers = rulebook.rules.entries["R94"], rulebook.rules.limits
    late = timedelta(days=int(numbers["overdue_after"].value))
    very_late = timedelta(days=int(numbers["overdue_long_after"].value))
    found = []
    for window in windows:
        past = on - window.target
        if past <= late:
            continue
        grade, limit = ("long", very_late) if past > very_late else ("default", late)
        found.append(
            Finding(
                rule_id=entry.id,
                rule_version=entry.version,
                severity=entry.severity[grade],
                title=entry.title,
                message=f"{entry.wording[grade]} {', '.join(window.analytes)}: {window.reason}",
                suggestion=entry.suggestion,
                source=f"{entry.source} [{entry.mark.value}]",
                on=on,
                threshold=f"more than {limit.days} days after {window.target}",
                cause=f"{entry.id}:{window.key}",
            )
        )
    return tuple(found)
