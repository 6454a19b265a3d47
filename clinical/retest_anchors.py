"""What retests are counted from: the stop, changes of the drugs, their starts, and the last dose of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from clinical.drug_catalogue import Drug
from clinical.record import Dose
from clinical.retest_rules import Phase

AnchorKind: TypeAlias = Literal["effective_stop", "dose_step", "course_start", "off_drug", "result"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A day that windows are counted from, and the drug if it was one.

    `id` names what happened and not when: a corrected day moves the windows, and they keep their keys.
    """

    kind: AnchorKind
    on: date
    id: str
    drug: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Exposure without a gap; `ends_on` None while it goes on."""

    first: Dose
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase of care from its anchor until the next anchor resets it."""

    phase: Phase
    anchor: Anchor
    until: date | None


def spans_of(doses: Iterable[Dose], gap: timedelta) -> list[Span]:
    """The doses, taken together, as exposures with no gap longer than this between them."""
    spans: list[Span] = []
    for dose in sorted(doses, key=lambda d: (d.starts_on, d.drug, d.id)):
        last = spans[-1] if spans else None
        if last is None or (last.ends_on is not None and dose.starts_on - last.ends_on > gap):
            spans.append(Span(dose, dose.ends_on))
        elif last.ends_on is not None:
            spans[-1] = Span(last.first, None if dose.ends_on is None else max(last.ends_on, dose.ends_on))
    return spans


def doses_of(doses: Iterable[Dose], of: str, mode: str, drugs: Mapping[str, Drug]) -> list[Dose]:
    """The doses of a drug key or class, in a mode where one is named."""
    return [
        dose
        for dose in doses
        if dose.drug in drugs and of in (dose.drug, drugs[dose.drug].drug_class) and mode in ("", dose.mode)
    ]


def classes_after(doses: Iterable[Dose], on: date, drugs: Mapping[str, Drug]) -> frozenset[str]:
    """The classes of the drugs that go on being taken after a day."""
    return frozenset(
        drugs[dose.drug].drug_class
        for dose in doses
        if dose.drug in drugs and dose.starts_on <= on and (dose.ends_on is None or dose.ends_on > on)
    )


def _changes(doses: list[Dose], gap: timedelta) -> list[Anchor]:
    """Starts and changes of one drug; an entry that only continues the dose is none."""
    found: list[Anchor] = []
    previous: Dose | None = None
    for dose in doses:
        is_start = previous is None or (
            previous.ends_on is not None and dose.starts_on - previous.ends_on > gap
        )
        if is_start:
            found.append(Anchor("course_start", dose.starts_on, dose.id, dose.drug))
        elif previous is not None and (dose.weekly, dose.mode) != (previous.weekly, previous.mode):
            found.append(Anchor("dose_step", dose.starts_on, dose.id, dose.drug))
        previous = dose
    return found


def _stops(doses: list[Dose], together: list[Span], gap: timedelta) -> list[Anchor]:
    """The ends of one drug while others go on, which change the treatment as a new dose does."""
    return [
        Anchor("dose_step", span.ends_on, f"{span.first.id}:stopped", span.first.drug)
        for span in spans_of(doses, gap)
        if span.ends_on is not None
        and any(
            other.first.starts_on <= span.ends_on and (other.ends_on is None or span.ends_on < other.ends_on)
            for other in together
        )
    ]


def stretches_of(doses: tuple[Dose, ...], stop: Anchor, gap: timedelta) -> list[Stretch]:
    """The phases since the stop, each until the next: observation, treatment anew at a change, off drug."""
    together = spans_of(doses, gap)
    anchors: dict[date, tuple[Phase, Anchor]] = {}
    for span in together:
        if span.ends_on is not None and span.ends_on >= stop.on:
            off = Anchor("off_drug", span.ends_on, span.first.id, span.first.drug)
            anchors[span.ends_on] = ("off_drug", off)
    by_drug: dict[str, list[Dose]] = {}
    for dose in doses:
        by_drug.setdefault(dose.drug, []).append(dose)
    changes = [a for own in by_drug.values() for a in (*_stops(own, together, gap), *_changes(own, gap))]
    for anchor in sorted(changes, key=lambda a: (a.on, a.kind == "course_start", a.drug or "", a.id or "")):
        if anchor.on >= stop.on:
            anchors[anchor.on] = ("treatment", anchor)
    is_treated = any(d.starts_on <= stop.on and (d.ends_on is None or d.ends_on > stop.on) for d in doses)
    first: Phase = "treatment" if is_treated else "observation"
    anchors.setdefault(stop.on, (first, stop))
    days = sorted(anchors)
    return [
        Stretch(*anchors[day], until=following)
        for day, following in zip(days, [*days[1:], None], strict=True)
    ]
