"""The laboratory pages as plain data, ready for their templates."""

from labs.presenters.entry import EntryPage, entry_page, first_typed, typed_of
from labs.presenters.panel import PanelPage, differences_between, panel_page, versions_of
from labs.presenters.standing import draft_on_file, judgement_on_file

__all__ = [
    "EntryPage",
    "PanelPage",
    "differences_between",
    "draft_on_file",
    "entry_page",
    "first_typed",
    "judgement_on_file",
    "panel_page",
    "typed_of",
    "versions_of",
]
