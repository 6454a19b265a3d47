"""The words of handouts and sheets: files that a clinician edits, checked when they are read."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

from clinical.datafile import Header, RulebookError, Source, read_datafile, typed

FOLDER = Path(__file__).resolve().parent


class Tone(StrEnum):
    """How a section is set: as text, as a note in a frame, or as the warning that must not be missed."""

    PLAIN = "plain"
    NOTE = "note"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class CitedSource(Source):
    """A source of the document, with the key by which sections cite it."""

    key: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a list. `lead` is set in bold before it: what the eye looks for."""

    text: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its sentences and points.

    `shows` sets the patient's own facts below the heading; `short` points stand in two columns.
    """

    heading: str
    cites: tuple[str, ...]
    tone: Tone = Tone.PLAIN
    shows: Literal["", "dose", "tests", "off_label"] = ""
    text: tuple[str, ...] = ()
    points: tuple[str | Point, ...] = ()
    short: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """All that a kind of document says, whoever it is for. `drug` is a key of the drug catalogue or empty."""

    header: Header
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    sources: tuple[CitedSource, ...]
    superseded: str
    lead: str = ""
    drug: str = ""


@cache
def words_of(kind: str) -> Words:
    """The words for a kind of document; raises RulebookError that names what is wrong in its file."""
    return load_words(FOLDER / f"{kind}.yaml")


def load_words(path: Path) -> Words:
    """Read one file of words; raises RulebookError where it is malformed or cites what it does not list."""
    header, content = read_datafile(path)
    words = typed(path, Words, {"header": header, **content})
    listed = [source.key for source in words.sources]
    cited = {key for section in words.sections for key in section.cites}
    if len(set(listed)) != len(listed) or cited != set(listed):
        raise RulebookError(f"{path.name}: sections cite {sorted(cited)}, but the sources are {listed}.")
    uncited = [section.heading for section in words.sections if not section.cites]
    if uncited:
        raise RulebookError(f"{path.name}: no source is cited under {', '.join(uncited)}.")
    return words
