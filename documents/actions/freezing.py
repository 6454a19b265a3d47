"""Freezing what a document will say: words, letterhead, identifiers, doses and tests, as plain JSON."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from accounts.models import Person
from clinical import drugs
from clinical.analytes import ANALYTES, Analyte, analyte
from documents.content import Point, Section, Words, words_of
from documents.models import DocumentKind
from monitoring.models import Retest
from patients.models import Episode, Patient
from protocols.models import Course, CourseStatus, DoseStep

# Crockford's alphabet: no I, L, O or U, which are misread or spell words.
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10
MOST_TESTS = 3
DRAWN = {"serum", "blood"}
SAID_SHORT = {"LH", "FSH", "SHBG", "PSA", "ALT", "AST"}


class NotPossible(Exception):
    """The record, or the document's own state, does not allow this; the sentence says why."""


def freeze(
    patient: Patient, kind: DocumentKind, *, by: Person, episode: Episode | None, at: datetime
) -> dict[str, Any]:
    """All that the document will say. Raises NotPossible where the record lacks what it is about."""
    words = words_of(kind.value)
    clinic = patient.clinic
    today = timezone.localdate(at, timezone=ZoneInfo(clinic.time_zone))
    return {
        "language": "en",
        "words": _words(words),
        "clinic": {
            "name": clinic.name,
            "address": ", ".join(line.strip() for line in clinic.address.splitlines() if line.strip()),
            "phone": clinic.phone,
            "time_zone": clinic.time_zone,
        },
        "patient": {
            "name": patient.full_name,
            "born_on": patient.date_of_birth.isoformat(),
            "mrn": patient.mrn,
        },
        "asked_by": by.full_name,
        "data_as_of": at.isoformat(),
        "drug": _drug(words.drug, patient, episode, today=today) if words.drug else None,
        "tests": _tests(patient, episode, today=today, one_visit=not words.drug),
    }


def _words(words: Words) -> dict[str, Any]:
    numbers = {source.key: number for number, source in enumerate(words.sources, start=1)}
    return {
        "id": words.header.id,
        "version": words.header.version,
        "title": words.title,
        "subtitle": words.subtitle,
        "lead": words.lead,
        "superseded": words.superseded,
        "sections": [_section(section, numbers) for section in words.sections],
        "sources": [source.cite for source in words.sources],
    }


def _section(section: Section, numbers: Mapping[str, int]) -> dict[str, Any]:
    points = [Point(point) if isinstance(point, str) else point for point in section.points]
    return {
        "heading": section.heading,
        "tone": section.tone.value,
        "short": section.short,
        "shows": section.shows,
        "text": list(section.text),
        "points": [{"lead": point.lead, "text": point.text} for point in points],
        "cites": sorted(numbers[key] for key in section.cites),
    }


def _drug(key: str, patient: Patient, episode: Episode | None, *, today: date) -> dict[str, Any]:
    """The drug with the dose in force and those ordered for later."""
    catalogue = drugs.drug(key)
    course = Course.objects.running().filter(patient=patient, episode=episode, drug=key).first()
    if course is None:
        raise NotPossible(
            f"{patient.full_name} has no active course of {catalogue.name.lower()}. "
            "Start the course first: the handout states his dose."
        )
    if course.status != CourseStatus.ACTIVE:
        raise NotPossible(
            f"The course of {catalogue.name.lower()} is on hold. "
            "Resume it first: the handout states the dose to take."
        )
    steps = course.steps.filter(Q(ends_on=None) | Q(ends_on__gt=today)).order_by("starts_on", "ordered_at")
    return {
        "name": catalogue.name,
        "off_label": catalogue.off_label_statement,
        "route": " or ".join(catalogue.routes),
        "course": str(course.id),
        "doses": [_dose(key, step) for step in steps],
    }


def _dose(key: str, step: DoseStep) -> dict[str, Any]:
    return {
        "text": drugs.dose_text(
            key,
            step.amount,
            step.unit,
            step.frequency,
            mode=step.mode or None,
            pulse_interval_min=step.pulse_interval_minutes,
        ),
        "starts_on": step.starts_on.isoformat(),
        "ends_on": step.ends_on.isoformat() if step.ends_on else None,
    }


def _tests(
    patient: Patient, episode: Episode | None, *, today: date, one_visit: bool
) -> list[dict[str, Any]]:
    """The next windows of the open episode, soonest first; those of the same days are one.

    For `one_visit` those drawn from blood that can be met together with the soonest.
    """
    waiting = Retest.objects.waiting().filter(patient=patient, episode=episode) if episode else []
    wanted: dict[tuple[date, date, date], set[str]] = {}
    for retest in waiting:
        keys = {key for key in retest.analytes if not one_visit or analyte(key).specimen in DRAWN}
        if keys:
            days = (retest.earliest_on, retest.target_on, retest.latest_on)
            wanted.setdefault(days, set()).update(keys)
    windows = [_window(days, keys, today=today) for days, keys in wanted.items()]
    if one_visit:
        windows = [window for window in windows if window["earliest_on"] <= windows[0]["latest_on"]]
    return windows[:MOST_TESTS]


def _window(days: tuple[date, date, date], keys: set[str], *, today: date) -> dict[str, Any]:
    earliest, target, latest = days
    return {
        "what": _listed([each for key, each in ANALYTES.items() if key in keys]),
        "earliest_on": earliest.isoformat(),
        "target_on": target.isoformat(),
        "latest_on": latest.isoformat(),
        "is_late": latest < today,
    }


def _listed(measured: Sequence[Analyte]) -> str:
    """Names as a sentence lists them, and as people say them: "Total testosterone, LH, estradiol"."""
    names = [each.key if each.key in SAID_SHORT else each.name for each in measured]
    return ", ".join(names[:1] + [_within_sentence(name) for name in names[1:]])


def _within_sentence(name: str) -> str:
    return name[0].lower() + name[1:] if name[1].islower() else name


def hash_of(
    *,
    patient: Patient,
    kind: DocumentKind,
    inputs: Mapping[str, Any],
    record_version: int,
    entry_key: uuid.UUID,
) -> str:
    """SHA-256 over everything that was frozen, for whom, and which request it was."""
    frozen = {
        "clinic": str(patient.clinic_id),
        "patient": str(patient.id),
        "request": str(entry_key),
        "kind": kind.value,
        "record_version": record_version,
        "inputs": inputs,
    }
    text = json.dumps(frozen, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def code_of(content_hash: str) -> str:
    """The first 50 bits of the hash as ten letters and digits that are not misread: "7K4F9-QXM2T"."""
    bits = int(content_hash[:13], 16) >> 2
    letters = [CODE_LETTERS[bits >> (5 * place) & 31] for place in reversed(range(CODE_LENGTH))]
    return f"{''.join(letters[:5])}-{''.join(letters[5:])}"
