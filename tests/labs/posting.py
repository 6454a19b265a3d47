"""What a browser posts from the entry page, and what a reader sees of the answer."""

import html
import re
import uuid
from typing import Any

from django.urls import reverse

from tests import builders


def head(patient: Any, by: Any, **changes: str) -> dict[str, str]:
    """The hidden boxes and the head of an entry, filled in well."""
    return {
        "patient": str(patient.id),
        "entry_key": str(uuid.uuid4()),
        "units_of": "",
        "draft_version": "none",
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


def new_url(patient: Any, kind: str = "blood") -> str:
    return reverse("panel_new", args=[patient.id, kind])


def words(response: Any) -> str:
    """The page as a reader sees it: no tags, no escapes, single spaces."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def box(response: Any, name: str) -> str:
    """What a text box of the page holds."""
    for tag in re.findall(r"<input[^>]*>", response.content.decode()):
        if f'name="{name}"' in tag:
            found = re.search(r'value="([^"]*)"', tag)
            return html.unescape(found[1]) if found else ""
    raise AssertionError(f"The page has no box {name}.")


def chosen(response: Any, name: str) -> str:
    """The value of the chosen option of a select."""
    select = re.search(
        rf'<select[^>]*name="{re.escape(name)}".*?</select>', response.content.decode(), re.DOTALL
    )
    assert select, f"The page has no choice {name}."
    option = re.search(r'<option value="([^"]*)" selected', select[0])
    return html.unescape(option[1]) if option else ""
