"""What a browser posts from the entry page, as plain dictionaries."""

import uuid
from typing import Any

from tests import builders

NOTHING: dict[str, str] = {}


def head(patient: Any, by: Any, **changes: str) -> dict[str, str]:
    """The hidden boxes and the head of an entry, filled in well."""
    return {
        "patient": str(patient.id),
        "entry_key": str(uuid.uuid4()),
        "units_of": "",
        "laboratory": str(builders.a_laboratory(by).id),
        "collected_on": "2026-03-02",
        "collected_time": "08:05",
        "fasting": "yes",
        "acutely_ill": "no",
        "note": "",
        **changes,
    }


def rows(**values: tuple[str, str]) -> dict[str, str]:
    """`rows(TT=("410", "ng/dL"))`: what stands in the value and the unit box."""
    typed = {}
    for key, (text, unit) in values.items():
        typed[f"value-{key}"], typed[f"unit-{key}"] = text, unit
    return typed


def sample(**changes: str) -> dict[str, str]:
    """The details of a semen sample, filled in well."""
    return {
        "sperm_seen": "counted",
        "abstinence_days": "3",
        "collection_complete": "yes",
        "minutes_to_analysis": "40",
        "who_edition": "6",
        **changes,
    }


def visible(response: Any) -> str:
    """The answer's text with HTML escapes undone, as a reader sees it."""
    import html

    return html.unescape(response.content.decode())
