"""The entries of a timeline: everything that happened, in order, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.utils import timezone

from clinical.drugs import drug
from clinical.exposure import FORMULATIONS
from labs.models import Panel, PanelKind
from monitoring.models import Flag, Milestone, Retest, Severity
from monitoring.presenters import due_state_of
from patients.models import Note
from protocols.models import Course, CourseStatus, DoseStep
from timeline.presenters.dosing import dose_words
from timeline.presenters.gathering import Gathered
from timeline.presenters.measured import name_of, ordered, plain, shown, sperm_note
from timeline.story import Entry, Kind, words

# On one day a result comes before what it led to.
WITHIN_A_DAY = list(Kind)
TONES = {Severity.CRITICAL: "critical", Severity.WARNING: "flag", Severity.INFO: ""}
STATES = {"not_due": "not due yet", "due_soon": "due soon"}
TOLD_CHANGES = {
    "opened": "Flag opened",
    "opened again: worse": "Flag opened again, worse",
    "acknowledged": "Flag acknowledged",
    "resolved": "Flag resolved",
    "superseded": "Flag replaced by a newer one",
}


def entries_of(found: Gathered) -> tuple[Entry, ...]:
    """All entries this reader may see, the latest day first and what is still ahead on top."""
    told = [
        *_testosterone(found),
        *(_panel(panel, is_patient=found.is_patient) for panel in found.panels),
        *_doses(found),
        *_milestones(found.milestones),
        *(entry for flag in found.flags for entry in _flag(flag)),
        *(
            entry
            for retest in found.retests
            for entry in _retest(retest, found.today, is_patient=found.is_patient)
        ),
    ]
    told += [_note(note, note.signed_at) for note in found.notes if note.signed_at]
    if not found.is_patient:
        told += [_release(panel, panel.released_at) for panel in found.panels if panel.released_at]
    return tuple(sorted(told, key=_when, reverse=True))


def _when(entry: Entry) -> tuple[date, int, float]:
    return entry.on, WITHIN_A_DAY.index(entry.kind), entry.at.timestamp() if entry.at else 0


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _testosterone(found: Gathered) -> Iterator[Entry]:
    episode = found.episode
    course = next((row for row in found.exposures if row.id == episode.exposure_id), None)
    if course is None:
        return
    known = FORMULATIONS.get(course.formulation)
    name = known.name if known else course.formulation
    if course.started_on:
        yield Entry(course.started_on, Kind.TESTOSTERONE, f"{name} begun", "vaccine", text=course.dose)
    if episode.last_dose_on:
        yield Entry(episode.last_dose_on, Kind.TESTOSTERONE, f"Last dose of {_lowered(name)}", "player-stop")
    if episode.effective_stop_on:
        yield Entry(
            episode.effective_stop_on,
            Kind.TESTOSTERONE,
            "Effective stop",
            "route",
            text=f"{episode.washout_days} days after the last dose; recovery is counted from here.",
            is_ahead=episode.effective_stop_on > found.today,
            tone="next" if episode.effective_stop_on > found.today else "",
        )


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]


def _panel(panel: Panel, *, is_patient: bool) -> Entry:
    is_semen = panel.kind == PanelKind.SEMEN
    said = [
        "Before testosterone." if panel.before_testosterone else "",
        f"Corrected: {panel.amendment_reason}." if panel.version > 1 and not is_patient else "",
        "Corrected." if panel.version > 1 and is_patient else "",
        _semen_words(panel) if is_semen else "",
        "" if is_patient or panel.reviewed_at else "Not yet reviewed.",
        panel.release_comment if is_patient else panel.review_comment,
    ]
    return Entry(
        panel.collected_on,
        Kind.SEMEN if is_semen else Kind.BLOOD,
        "Semen analysis" if is_semen else "Blood panel",
        "microscope" if is_semen else "test-pipe",
        text=" ".join(filter(None, said)),
        at=panel.collected_at,
        by=panel.laboratory.name,
        results=tuple(shown(result, panel=panel) for result in ordered(panel)),
        panel_id=str(panel.id),
    )


def _semen_words(panel: Panel) -> str:
    semen = getattr(panel, "semen", None)
    if semen is None:
        return ""
    parts = [sperm_note(panel)]
    if semen.abstinence_days is not None:
        parts.append(f"abstinence {plain(semen.abstinence_days)} days")
    if semen.collection_complete == "no":
        parts.append("collection not complete")
    text = ", ".join(filter(None, parts))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _doses(found: Gathered) -> Iterator[Entry]:
    by_id = {step.id: step for step in found.steps}
    courses: dict[object, Course] = {}
    for step in found.steps:
        courses[step.course_id] = step.course
        parent = by_id.get(step.parent_id) if step.parent_id else None
        yield _step(step, parent, is_patient=found.is_patient)
    for course in courses.values():
        steps = [step for step in found.steps if step.course_id == course.id]
        name = drug(course.drug).name
        if course.stopped_on:
            reason = "" if found.is_patient else course.stop_reason
            yield Entry(
                course.stopped_on, Kind.DOSE, f"{name} stopped", "player-stop", text=reason, tone="dose"
            )
        elif course.status == CourseStatus.HELD and steps[-1].ends_on:
            yield Entry(steps[-1].ends_on, Kind.DOSE, f"{name} on hold", "player-pause", tone="dose")


def _step(step: DoseStep, parent: DoseStep | None, *, is_patient: bool) -> Entry:
    said = [f"Was {dose_words(parent)}." if parent else "Begun."]
    if not is_patient:
        said.append(f"{step.reason}." if step.reason and not step.reason.endswith(".") else step.reason)
        if step.override_reason and step.concerns:
            warned = "; ".join(concern["message"] for concern in step.concerns)
            said.append(f"Ordered all the same: {step.override_reason}. The checks said: {warned}")
    return Entry(
        step.starts_on,
        Kind.DOSE,
        f"{drug(step.course.drug).name} {dose_words(step)}",
        "pill",
        text=" ".join(filter(None, said)),
        tone="dose",
        at=step.ordered_at,
        by="" if is_patient else step.ordered_by.full_name,
    )


def _milestones(rows: Sequence[Milestone]) -> Iterator[Entry]:
    for row in rows:
        if row.key == "M0" or row.reached_on is None:
            continue
        yield Entry(
            row.reached_on, Kind.MILESTONE, row.title, "check", text=_capital(row.note), tone="milestone"
        )
        # A sustained testosterone is a milestone of its own (M3s); saying it at M3 too would say it twice.
        if row.sustained_on and row.key != "M3":
            yield Entry(
                row.sustained_on, Kind.MILESTONE, f"{row.title}: sustained", "check", tone="milestone"
            )
        if row.lost_on:
            yield Entry(row.lost_on, Kind.MILESTONE, f"{row.title}: lost again", "trending-down")


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _flag(flag: Flag) -> Iterator[Entry]:
    tone = TONES[Severity(flag.severity)]
    for change in flag.changes.all():
        if change.what not in TOLD_CHANGES:
            continue
        is_opening = change.what.startswith("opened")
        severity = Severity(flag.severity).label
        yield Entry(
            _day(change.at),
            Kind.FLAG,
            f"{TOLD_CHANGES[change.what]}: {flag.title}",
            "flag" if is_opening else "circle-check",
            text=f"{severity}. {flag.message}" if is_opening else change.comment,
            tone=tone if is_opening else "",
            at=change.at,
            by=change.by.full_name if change.by else "",
            flag_id=str(flag.id),
        )


def _retest(retest: Retest, today: date, *, is_patient: bool) -> Iterator[Entry]:
    names = ", ".join(names_of(retest.analytes))
    reason = "" if is_patient else retest.reason
    if retest.waived_at:
        if not is_patient:
            by = retest.waived_by.full_name if retest.waived_by else ""
            yield Entry(
                _day(retest.waived_at),
                Kind.RETEST,
                f"Retest waived: {names}",
                "circle-minus",
                retest.waive_reason,
                by=by,
            )
        return
    if retest.satisfied_by:
        if not is_patient and retest.satisfied_on:
            yield Entry(retest.satisfied_on, Kind.RETEST, f"Retest done: {names}", "calendar-event", reason)
        return
    state = state_word(retest, today)
    window = f"{words(retest.earliest_on)} to {words(retest.latest_on)}"
    is_late = retest.latest_on < today
    yield Entry(
        retest.latest_on if is_late else retest.target_on,
        Kind.RETEST,
        f"Retest: {names}" if is_patient else f"Retest {STATES.get(state, state)}: {names}",
        "calendar-x" if is_late else "calendar",
        text=" ".join(filter(None, (f"Window {window}.", reason and f"{reason}."))),
        tone="flag" if is_late and not is_patient else "next",
        is_ahead=not is_late,
    )


def names_of(keys: Sequence[str]) -> tuple[str, ...]:
    """Analytes by name; an unknown key stays as it is."""
    return tuple(name_of(key) for key in keys)


def state_word(retest: Retest, today: date) -> str:
    """The state of a window as the due component names it: "due_soon"."""
    return due_state_of(retest, today).value.replace(" ", "_")


def _release(panel: Panel, released_at: datetime) -> Entry:
    kind = "semen analysis" if panel.kind == PanelKind.SEMEN else "blood panel"
    return Entry(
        _day(released_at),
        Kind.RELEASE,
        f"Released to the patient: {kind} of {words(panel.collected_on)}",
        "send",
        text=panel.release_comment,
        at=released_at,
        by=panel.released_by.full_name if panel.released_by else "",
        panel_id=str(panel.id),
    )


def _note(note: Note, signed_at: datetime) -> Entry:
    return Entry(
        _day(signed_at),
        Kind.NOTE,
        "Note signed",
        "notes",
        text="For clinicians only." if note.clinicians_only else "",
        at=signed_at,
        by=note.signed_by.full_name if note.signed_by else "",
        note_id=str(note.id),
    )
