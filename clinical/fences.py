"""Where a series must break: another method, another laboratory, calculated beside measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType

from clinical.record import Record, Result, Sample

# Analytes of one quantity, of which one is measured and the other calculated. They never make one line.
CALCULATED: Mapping[str, str] = MappingProxyType({"CFT": "FT", "FT": "CFT"})


class FenceKind(StrEnum):
    """Why a series breaks."""

    METHOD = "method"
    LABORATORY = "laboratory"
    CALCULATED = "calculated"


@dataclass(frozen=True, slots=True)
class Fence:
    """A break in the series of an analyte, before the result of that sample."""

    kind: FenceKind
    analyte: str
    on: date
    sample_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Results of one analyte that may be joined by a line, in order of time."""

    analyte: str
    results: tuple[tuple[Sample, Result], ...]


def breaks(earlier: tuple[Sample, Result], later: tuple[Sample, Result]) -> Iterator[tuple[FenceKind, str]]:
    """Why two results may not be joined. What is not recorded of one of them breaks nothing."""
    (before, old), (after, new) = earlier, later
    for kind, was, now in (
        (FenceKind.METHOD, old.method, new.method),
        (FenceKind.LABORATORY, before.laboratory, after.laboratory),
    ):
        if was and now and was != now:
            analyte = new.reading.analyte
            yield kind, f"{analyte}: {was} on {before.collected_on}, {now} on {after.collected_on}"
    if old.reading.analyte != new.reading.analyte:
        words = (
            f"{old.reading.analyte} on {before.collected_on}, {new.reading.analyte} on {after.collected_on}"
        )
        yield FenceKind.CALCULATED, f"{words}: measured and calculated values are not one series"


def series(record: Record, *analytes: str) -> tuple[tuple[Sample, Result], ...]:
    """All results of these analytes, in order of time."""
    return tuple(
        (sample, sample.results[key])
        for sample in record.samples
        for key in analytes
        if key in sample.results
    )


def _fences(found: Sequence[tuple[Sample, Result]]) -> Iterator[Fence]:
    for earlier, later in pairwise(found):
        for kind, words in breaks(earlier, later):
            sample, result = later
            yield Fence(kind, result.reading.analyte, sample.collected_on, sample.id, words)


def fences(record: Record, analyte: str) -> tuple[Fence, ...]:
    """Every break in the series of an analyte, and where its calculated counterpart takes over."""
    keys = (analyte, CALCULATED[analyte]) if analyte in CALCULATED else (analyte,)
    return tuple(_fences(series(record, *keys)))


def segments(record: Record, analyte: str) -> tuple[Segment, ...]:
    """The results of an analyte, cut where method or laboratory change."""
    cut: list[list[tuple[Sample, Result]]] = []
    for found in series(record, analyte):
        if cut and not any(breaks(cut[-1][-1], found)):
            cut[-1].append(found)
        else:
            cut.append([found])
    return tuple(Segment(analyte, tuple(part)) for part in cut)
