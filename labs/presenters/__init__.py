"""The laboratory pages as plain data, ready for their templates."""

from labs.presenters.entry import EntryPage, entry_page, first_typed, typed_of
from labs.presenters.panel import PanelPage, differences_between, panel_page, versions_of

__all__ = [
    "EntryPage",
    "PanelPage",
    "differences_between",
    "entry_page",
    "first_typed",
    "panel_page",
    "typed_of",
    "versions_of",
]
