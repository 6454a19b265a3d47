"""What the pages of a patient's record show, as frozen dataclasses."""

from patients.presenters.emergencies import Held, emergencies_held_by
from patients.presenters.notes import (
    draft_of,
    episode_on_file,
    last_dose_on_file,
    note_shown,
    notes_of,
    with_addenda,
)

__all__ = [
    "Held",
    "draft_of",
    "emergencies_held_by",
    "episode_on_file",
    "last_dose_on_file",
    "note_shown",
    "notes_of",
    "with_addenda",
]
