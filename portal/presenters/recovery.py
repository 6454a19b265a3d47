"""Where the patient is, what is next, what he takes, and his story so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from accounts.models import Person
from patients.models import Patient
from portal.presenters.plain import MILESTONES, PREPARE_BLOOD, PREPARE_SEMEN
from timeline.presenters import episode_of, story_of
from timeline.story import DoseBar, Entry, Kind, Story, Window

TOLD_WINDOWS = 3
ICONS = {Kind.BLOOD: "test-pipe", Kind.SEMEN: "microscope", Kind.DOSE: "pill"}


@dataclass(frozen=True, slots=True)
class Next:
    """One planned test and how to get ready for it."""

    title: str
    earliest_on: date
    latest_on: date
    is_past: bool
    names: tuple[str, ...]
    prepare: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the patient's story; `panel_id` where his results page says more."""

    on: date
    title: str
    text: str
    icon: str
    tone: str = ""
    panel_id: str = ""


@dataclass(frozen=True, slots=True)
class Recovery:
    """The first page of the portal. `story` is None before the clinic has begun an attempt."""

    clinic_name: str
    clinic_phone: str
    story: Story | None = None
    milestones: tuple[Told, ...] = ()
    next: tuple[Next, ...] = ()
    medicines: tuple[DoseBar, ...] = ()
    told: tuple[Told, ...] = ()


def recovery_of(patient: Patient, user: Person) -> Recovery:
    """Facts of the patient's own record, in a constant number of queries."""
    episode = episode_of(patient, user)
    clinic = patient.clinic
    if episode is None:
        return Recovery(clinic.name, clinic.phone)
    story = in_plain_words(story_of(episode, user))
    milestones = tuple(sorted(_milestones(story), key=lambda told: told.on, reverse=True))
    return Recovery(
        clinic_name=clinic.name,
        clinic_phone=clinic.phone,
        story=story,
        milestones=milestones,
        next=tuple(_next(window, story.today) for window in _together(story)),
        medicines=story.current_doses,
        told=_told(story, milestones),
    )


def in_plain_words(story: Story) -> Story:
    """The story with its milestones by their plain names, and without those that have none or were lost."""
    kept = (mark for mark in story.milestones if mark.key in MILESTONES and mark.lost_on is None)
    return replace(story, milestones=tuple(replace(mark, title=MILESTONES[mark.key].title) for mark in kept))


def _milestones(story: Story) -> Iterator[Told]:
    for mark in story.milestones:
        yield _reached(mark.key, mark.reached_on)
        if mark.key == "M3" and mark.sustained_on:
            yield _reached("M3s", mark.sustained_on)


def _reached(key: str, on: date) -> Told:
    plain = MILESTONES[key]
    return Told(on, plain.title, plain.text, "circle-check", "milestone")


def _together(story: Story) -> tuple[Window, ...]:
    """The soonest planned test and those that can be done on the same trip."""
    if not story.windows:
        return ()
    first = story.windows[0]
    shared = [window for window in story.windows if window.earliest_on <= max(first.latest_on, story.today)]
    return tuple(shared[:TOLD_WINDOWS])


def _next(window: Window, today: date) -> Next:
    kinds = [("blood test", window.is_blood), ("semen test", window.is_semen)]
    return Next(
        title="A " + " and a ".join(name for name, asked in kinds if asked),
        earliest_on=window.earliest_on,
        latest_on=window.latest_on,
        is_past=window.latest_on < today,
        names=window.names,
        prepare=(PREPARE_BLOOD if window.is_blood else ()) + (PREPARE_SEMEN if window.is_semen else ()),
    )


def _told(story: Story, milestones: tuple[Told, ...]) -> tuple[Told, ...]:
    lines = [*milestones, *(_line(entry) for entry in story.entries if entry.kind in ICONS)]
    if story.last_dose_on:
        lines.append(Told(story.last_dose_on, "Last dose of testosterone", "", "player-stop"))
    if story.effective_stop_on and story.effective_stop_on <= story.today:
        lines.append(
            Told(story.effective_stop_on, "The count begins", "We count your days from here.", "route")
        )
    return tuple(sorted(lines, key=lambda told: told.on, reverse=True))


def _line(entry: Entry) -> Told:
    names = {Kind.BLOOD: "Blood test", Kind.SEMEN: "Semen test"}
    return Told(
        on=entry.on,
        title=names.get(entry.kind, entry.title),
        text=entry.text,
        icon=ICONS[entry.kind],
        tone="dose" if entry.kind == Kind.DOSE else "",
        panel_id=entry.panel_id,
    )
