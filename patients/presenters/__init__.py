"""What the pages of a patient's record show, as frozen dataclasses."""

from patients.presenters.emergencies import Held, emergencies_held_by
from patients.presenters.notes import draft_of, note_shown, notes_of, with_addenda

__all__ = ["Held", "draft_of", "emergencies_held_by", "note_shown", "notes_of", "with_addenda"]
