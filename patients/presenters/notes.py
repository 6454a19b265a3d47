"""Clinical notes as a page shows them, and what stands of an episode for whoever came too late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.models import Person
from accounts.sending import OnFile, last_deed
from accounts.templatetags.clinic import day
from clinical.exposure import FORMULATIONS
from patients.markup import shown
from patients.models import Addendum, Episode, Note, Patient

NOTES_ON_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class AddendumShown:
    """What was added to a note, with its reason."""

    html: SafeString
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteShown:
    """A note with its additions; `at` and `by` are of the signature, None and empty for a draft."""

    id: Any
    html: SafeString
    by: str
    at: datetime | None
    clinicians_only: bool
    version: int
    addenda: Sequence[AddendumShown]


@dataclass(frozen=True, slots=True)
class NotesPage:
    """The Notes tab: signed notes, newest first, and one's own draft."""

    notes: Sequence[NoteShown]
    page: Page
    draft: Note | None


def notes_of(patient: Patient, user: Person, *, number: str = "") -> NotesPage:
    """The notes of a patient that this user may see, in a fixed number of queries."""
    mine = Note.objects.visible_to(user)
    signed = mine.signed().filter(patient=patient).select_related("signed_by")
    page = Paginator(signed.prefetch_related(_addenda(user)), NOTES_ON_A_PAGE).get_page(number)
    return NotesPage([note_shown(note) for note in page], page, draft_of(patient, user))


def draft_of(patient: Patient, user: Person) -> Note | None:
    """This user's own draft about a patient."""
    return Note.objects.visible_to(user).to_sign(user).filter(patient=patient).first()


def with_addenda(user: Person) -> Any:
    """Notes that this user may see, with all that `note_shown` asks for."""
    notes = Note.objects.visible_to(user).select_related("patient", "signed_by", "written_by")
    return notes.prefetch_related(_addenda(user))


def note_shown(note: Note) -> NoteShown:
    """The note for a page; its HTML is cleaned once more on the way."""
    return NoteShown(
        id=note.id,
        html=shown(note.html),
        by=note.signed_by.full_name if note.signed_by else "",
        at=note.signed_at,
        clinicians_only=note.clinicians_only,
        version=note.version,
        addenda=[
            AddendumShown(shown(each.html), each.reason, each.added_by.full_name, each.added_at)
            for each in note.addenda.all()
        ],
    )


def _addenda(user: Person) -> Any:
    return Prefetch("addenda", Addendum.objects.visible_to(user).oldest_first().select_related("added_by"))


def last_dose_on_file(episode: Episode, user: Person) -> OnFile:
    """The last dose of testosterone as it stands."""
    stop = episode.effective_stop_on
    return _on_file(
        "The last dose of testosterone",
        episode,
        user,
        version=episode.last_dose_version,
        lines=[
            ("Last dose", day(episode.last_dose_on) or "still taken"),
            ("Effective stop", f"{day(stop)}, {episode.washout_days} days" if stop else "none yet"),
        ],
    )


def episode_on_file(episode: Episode, user: Person) -> OnFile:
    """The episode that is open; a second one cannot be."""
    return _on_file(
        "The recovery episode",
        episode,
        user,
        version="",
        may_go_on=False,
        lines=[
            ("Formulation", FORMULATIONS[episode.exposure.formulation].name),
            ("Last dose", day(episode.last_dose_on) or "still taken"),
            ("Goal", episode.get_goal_display()),
        ],
    )


def _on_file(
    title: str,
    episode: Episode,
    user: Person,
    *,
    version: str,
    lines: list[tuple[str, object]],
    may_go_on: bool = True,
) -> OnFile:
    patient = episode.patient
    by, at = last_deed(user, kind="patients.episode", object_id=episode.id, patient_id=patient.id)
    page = reverse("chart", args=[patient.id])
    return OnFile(title, version, lines, page, by, at, patient=patient, may_go_on=may_go_on)
