"""Every write of the laboratory record."""

from accounts.actions import KeyUsed, Overtaken
from labs.actions.drafts import discard_draft, save_draft
from labs.actions.entries import (
    Collection,
    Doubts,
    Entered,
    EntryRefused,
    Previous,
    doubts_about,
    intervals_in_force,
    plain,
    previous_readings,
    reading_of,
    units_of,
    with_statement,
)
from labs.actions.laboratories import Limits, register_laboratory, set_interval
from labs.actions.panels import AlreadyRecorded, amend_panel, record_panel
from labs.actions.releasing import release_panel, review_panel
from labs.actions.semen import SemenDetails

__all__ = [
    "AlreadyRecorded",
    "Collection",
    "Doubts",
    "Entered",
    "EntryRefused",
    "KeyUsed",
    "Limits",
    "Overtaken",
    "Previous",
    "SemenDetails",
    "amend_panel",
    "discard_draft",
    "doubts_about",
    "intervals_in_force",
    "plain",
    "previous_readings",
    "reading_of",
    "record_panel",
    "register_laboratory",
    "release_panel",
    "review_panel",
    "save_draft",
    "set_interval",
    "units_of",
    "with_statement",
]
