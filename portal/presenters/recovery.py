"""Where the patient is, what is next, what he takes, and his story so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from accounts.models import Person
from patients.models import Patient
from portal.presenters.plain import MILESTONES, PREPARE_BLOOD, PREPARE_SEMEN
from timeline.presenters import episode_of, story_of
from timeline.story import DoseBar, Entry, Kind, Story, Window

KINDS = (
    ("A blood test", PREPARE_BLOOD, lambda window: window.is_blood),
    ("A semen test", PREPARE_SEMEN, lambda window: window.is_semen),
)
TOLD_AT_ONCE = 6
# Fewer days than these in common are too few to plan one trip for both.
LEAST_SHARED = timedelta(days=4)
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
    earlier: tuple[Told, ...] = ()


def recovery_of(patient: Patient, user: Person) -> Recovery:
    """Facts of the patient's own record, in a constant number of queries."""
    episode = episode_of(patient, user)
    clinic = patient.clinic
    if episode is None:
        return Recovery(clinic.name, clinic.phone)
    story = in_plain_words(story_of(episode, user))
    milestones = tuple(sorted(_milestones(story), key=lambda told: told.on, reverse=True))
    told = _told(story, milestones)
    return Recovery(
        clinic_name=clinic.name,
        clinic_phone=clinic.phone,
        story=story,
        milestones=milestones,
        next=tuple(_planned(story)),
        medicines=story.current_doses,
        told=told[:TOLD_AT_ONCE],
        earlier=told[TOLD_AT_ONCE:],
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


def _planned(story: Story) -> Iterator[Next]:
    """The next test of each kind, then each kind whose days have passed without it."""
    past, ahead = [], []
    for title, prepare, is_asked in KINDS:
        asked = [window for window in story.windows if is_asked(window)]
        coming = [window for window in asked if window.latest_on >= story.today]
        gone = [window for window in asked if window.latest_on < story.today]
        if coming:
            ahead.append(_trip(title, coming, prepare))
        if gone:
            past.append(_missed(title, gone, () if coming else prepare))
    yield from ahead
    yield from past


def _trip(title: str, windows: Sequence[Window], prepare: tuple[str, ...]) -> Next:
    """The soonest window, with all that can be done on days that it shares with others."""
    earliest, latest, names = windows[0].earliest_on, windows[0].latest_on, list(windows[0].names)
    for window in windows[1:]:
        begin, end = max(earliest, window.earliest_on), min(latest, window.latest_on)
        if end - begin >= LEAST_SHARED:
            earliest, latest = begin, end
            names += window.names
    return Next(title, earliest, latest, False, tuple(dict.fromkeys(names)), prepare)


def _missed(title: str, windows: Sequence[Window], prepare: tuple[str, ...]) -> Next:
    names = dict.fromkeys(name for window in windows for name in window.names)
    earliest = min(window.earliest_on for window in windows)
    latest = max(window.latest_on for window in windows)
    return Next(title, earliest, latest, True, tuple(names), prepare)


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
