"""What is said of a draw beside its numbers: hour, fasting, drugs, illness, biotin, method, collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from clinical.cohorts import period_seen
from clinical.draw_table import Standing
from clinical.findings import Severity
from clinical.index import Index
from clinical.record import DAYS_A_WEEK, Exposure, Record, Sample
from clinical.rulebook import Rulebook, load_rulebook

AXIS = ("TT", "LH", "FSH")
LCMS = "LC-MS/MS"
IMMUNOASSAYS = (None, "immunoassay")
SEVERITIES = {Standing.INFO: Severity.INFO, Standing.WARNING: Severity.WARNING}


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark on a draw. `severity` None: nothing wrong; `cannot_say`: it was not recorded."""

    key: str
    aspect: str
    words: str
    severity: Severity | None
    cannot_say: bool
    source: str


class _Draw:
    """A sample with its record, to say remarks of."""

    def __init__(self, index: Index, sample: Sample) -> None:
        self.index = index
        self.sample = sample
        self.on = sample.collected_on

    def has(self, *keys: str) -> bool:
        return any(key in self.sample.results for key in keys)

    def number(self, name: str) -> Decimal:
        return self.index.rules.limits[name].value

    def say(self, key: str, **filled: object) -> Remark:
        entry = self.index.rulebook.draws.remarks[key]
        return Remark(
            key=key,
            aspect=entry.aspect,
            words=entry.words.format(**filled),
            severity=SEVERITIES.get(entry.standing),
            cannot_say=entry.standing is Standing.CANNOT_SAY,
            source=f"{entry.source} [{entry.mark.value}], {self.index.rulebook.draws.version}",
        )

    def answer(self, answer: bool | None, yes: str, no: str, unknown: str) -> Remark:
        return self.say(unknown if answer is None else (yes if answer else no))


def _hour(draw: _Draw) -> Iterator[Remark]:
    hour, at = draw.sample.hour, draw.sample.collected_at
    if hour is None or at is None:
        yield draw.say("hour_unknown")
        return
    if hour > draw.number("latest_draw_hour"):
        key = "hour_late"
    elif hour > draw.number("ideal_draw_to"):
        key = "hour_accepted"
    else:
        key = "hour_early" if hour < draw.number("ideal_draw_from") else "hour_ideal"
    yield draw.say(key, at=f"{at:%H:%M}")


def _fasting(draw: _Draw) -> Iterator[Remark]:
    yield draw.answer(draw.sample.fasting, "fasting", "not_fasting", "fasting_unknown")


def _two_draws(draw: _Draw) -> Iterator[Remark]:
    weeks = draw.number("second_draw_within")
    apart = timedelta(days=int(weeks * DAYS_A_WEEK))
    days = draw.index.days_of("TT")
    near = [day for day in days if day != draw.on and abs(day - draw.on) <= apart]
    if near:
        yield draw.say("one_of_two", other=min(near, key=lambda day: abs(day - draw.on)))
    else:
        yield draw.say("single", weeks=f"{weeks:f}")


def _illness(draw: _Draw) -> Iterator[Remark]:
    yield draw.answer(draw.sample.acutely_ill, "ill", "healthy", "illness_unknown")
    if draw.sample.kind != "semen":
        return
    weeks = draw.number("illness_window")
    window = timedelta(days=int(weeks * DAYS_A_WEEK))
    ill = [o.on for o in draw.index.observed("illness", draw.on) if o.value is not False]
    ill += [s.collected_on for s in draw.index.record.samples if s.acutely_ill and s.collected_on < draw.on]
    recent = [on for on in ill if draw.on - on <= window]
    if recent:
        yield draw.say("ill_before", other=max(recent), weeks=f"{weeks:f}")


def _testosterone(draw: _Draw) -> Iterator[Remark]:
    record = draw.index.record
    period = period_seen(record, draw.on)
    stop = period.effective_stop if period is not None else None
    given = [e for e in record.exposures if e.last_dose_on is not None and e.last_dose_on <= draw.on]
    if stop is None or any(_goes_on(record, exposure, draw.on) for exposure in record.exposures):
        yield draw.say("testosterone_taken")
    elif not given or given[-1].last_dose_on is None:
        yield draw.say("testosterone_taken" if draw.on < stop else "testosterone_unknown")
    else:
        last = given[-1]
        row = draw.index.rulebook.washouts.formulations.get(last.formulation)
        key = "testosterone_gone" if stop <= draw.on else "testosterone_left"
        days = (draw.on - given[-1].last_dose_on).days
        yield draw.say(key, days=days, drug=row.name if row else last.formulation, other=stop)


def _goes_on(record: Record, exposure: Exposure, on: date) -> bool:
    """Whether a dose is still to come that day, as far as the record says."""
    if exposure.started_on is not None and exposure.started_on > on:
        return False
    last = exposure.last_dose_on
    return record.on_testosterone(on) if last is None else last > on


def _hcg(draw: _Draw) -> Iterator[Remark]:
    taking = draw.index.taking
    if taking.active("hCG", draw.on):
        yield draw.say("hcg_taken")
        return
    last = taking.last_dose("hCG", draw.on)
    if last is not None:
        still_felt = bool(taking.felt("hCG", draw.on))
        yield draw.say("hcg_left" if still_felt else "hcg_gone", days=(draw.on - last).days)


def _biotin(draw: _Draw) -> Iterator[Remark]:
    sensitive = draw.index.rules.terms["biotin_sensitive"].terms
    results = draw.sample.results
    affected = [key for key in sensitive if key in results and results[key].method in IMMUNOASSAYS]
    if not affected:
        return
    noted = [o.value for o in draw.index.observed("biotin", draw.on) if o.on == draw.on]
    dose = noted[-1] if noted else None
    analytes = ", ".join(affected)
    if not isinstance(dose, Decimal):
        yield draw.say("biotin_unknown", analytes=analytes)
    else:
        is_high = dose >= draw.number("biotin_dose")
        yield draw.say("biotin_high" if is_high else "biotin_low", dose=f"{dose:f}", analytes=analytes)


def _method(draw: _Draw) -> Iterator[Remark]:
    method = draw.sample.results["E2"].method
    if method is None:
        yield draw.say("method_unknown")
    elif method == LCMS:
        yield draw.say("method_good")
    else:
        on_inhibitor = bool(draw.index.taking.felt("AI", draw.on))
        yield draw.say("method_on_inhibitor" if on_inhibitor else "method_plain", method=method)


def _collection(draw: _Draw) -> Iterator[Remark]:
    sample = draw.sample
    reported = sample.results.get("SABST")
    days = sample.abstinence_days if reported is None else reported.reading.value
    low, high = draw.number("abstinence_from"), draw.number("abstinence_to")
    if days is None:
        yield draw.say("abstinence_unknown")
    else:
        key = "abstinence_good" if low <= days <= high else "abstinence_off"
        yield draw.say(key, days=f"{days.normalize():f}", low=f"{low:f}", high=f"{high:f}")
    yield draw.answer(sample.complete, "complete", "incomplete", "complete_unknown")
    minutes, most = sample.minutes_to_analysis, draw.number("semen_minutes")
    if minutes is None:
        yield draw.say("minutes_unknown")
    else:
        yield draw.say(
            "minutes_late" if minutes > most else "minutes_good", minutes=minutes, high=f"{most:f}"
        )


def _remarks(draw: _Draw) -> Iterator[Remark]:
    if draw.has("TT"):
        yield from _hour(draw)
        yield from _fasting(draw)
        yield from _two_draws(draw)
    yield from _illness(draw)
    if draw.has(*AXIS):
        yield from _testosterone(draw)
        yield from _hcg(draw)
    yield from _biotin(draw)
    if draw.has("E2"):
        yield from _method(draw)
    if draw.sample.kind == "semen":
        yield from _collection(draw)


def draw_quality(record: Record, sample: Sample, rulebook: Rulebook | None = None) -> tuple[Remark, ...]:
    """The remarks on one sample of a record, in the order in which a clinician asks."""
    index = Index(record, rulebook or load_rulebook())
    return tuple(_remarks(_Draw(index, sample)))


def draw_qualities(record: Record, rulebook: Rulebook | None = None) -> Mapping[str, tuple[Remark, ...]]:
    """The remarks on every sample, by its id."""
    index = Index(record, rulebook or load_rulebook())
    return {sample.id: tuple(_remarks(_Draw(index, sample))) for sample in record.samples}
