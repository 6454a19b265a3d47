"""Every write of a patient's record that belongs to no other app."""

from patients.actions.patients import (
    close_episode,
    give_portal_access,
    mark_changed,
    note_concomitant_drug,
    note_condition,
    note_look,
    note_looks,
    observe,
    open_episode,
    record_exposure,
    record_last_dose,
    register_patient,
    search_key,
)

__all__ = [
    "close_episode",
    "give_portal_access",
    "mark_changed",
    "note_concomitant_drug",
    "note_condition",
    "note_look",
    "note_looks",
    "observe",
    "open_episode",
    "record_exposure",
    "record_last_dose",
    "register_patient",
    "search_key",
]
