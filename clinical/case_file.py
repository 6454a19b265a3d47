"""Reads a synthetic case (a JSON course with what is expected at each event) as a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from clinical.analytes import ANALYTES, analyte
from clinical.readings import Reading, parse_reading
from clinical.record import Dose, Observation, Record, Result, Sample, TestosteronePeriod

OPEN_END = date(2099, 1, 1)
DRAWN_AT = time(8, 0, tzinfo=UTC)
ABSTINENCE_DAYS = Decimal(3)
ESTRADIOL_METHOD = "LC-MS/MS"
UNITS = {"hcg": "IU", "fsh": "IU"}
SCORES = {"PHQ9": "phq9", "PHQ9_9": "phq9_item9", "biotin_mg": "biotin"}
# Cases write symptoms as they like; the first part of a word that is found says what is meant.
SYMPTOMS = (
    ("testic", "testis_pain"),
    ("testis", "testis_pain"),
    ("lump", "breast_lump"),
    ("mass", "breast_mass"),
    ("breast", "breast"),
    ("gyn", "breast"),
    ("nipple", "breast"),
    ("edema", "fluid"),
    ("fluid", "fluid"),
    ("field", "visual_field"),
    ("hemianop", "visual_field"),
    ("vis", "visual"),
    ("blur", "visual"),
    ("scotoma", "visual"),
    ("flash", "visual"),
    ("headache", "headache"),
    ("leg", "leg_swelling"),
    ("dyspn", "dyspnea"),
    ("chest", "chest_pain"),
    ("moptysis", "hemoptysis"),
    ("jaundice", "jaundice"),
)


class CaseError(ValueError):
    """The file is not a case; the sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a case; `proposed` are orders that are entered and not carried out."""

    on: date
    proposed: tuple[Dose, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A case as a record and its events in order."""

    record: Record
    events: tuple[Event, ...]


def read_case(content: Mapping[str, Any]) -> Case:
    """The case in this JSON object; raises CaseError."""
    try:
        return _case(content)
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as problem:
        raise CaseError(f"This is no case: {type(problem).__name__}: {problem}.") from problem


def _case(content: Mapping[str, Any]) -> Case:
    context = content["context"]
    events = sorted(content["events"], key=lambda event: str(event["date"]))
    prostate, prostate_on = _prostate_baseline(context)
    known = (context.get("base") or {}).items()
    baseline = {key: _number(value) for key, value in known if value is not None}
    record = Record(
        id=str(content["id"]),
        fertility_goal=bool(context.get("fert")),
        periods=tuple(_periods(context)),
        baseline=baseline | prostate,
        baseline_on=prostate_on,
        samples=tuple(sample for event in events for sample in _samples(event)),
        doses=tuple(_dose(row, f"dose-{n}") for n, row in enumerate(context.get("drugs") or ())),
        observations=tuple(note for event in events for note in _observations(event)),
        concomitant=_listed(context.get("conmed")),
        history=_listed(context.get("hx")),
        diagnoses=tuple(_diagnoses(context.get("dx") or [])),
    )
    return Case(record, tuple(_event(event) for event in events))


def _number(value: object) -> Decimal:
    return Decimal(str(value))


def _date(text: object) -> date:
    return date.fromisoformat(str(text))


def _diagnoses(given: list[Any]) -> Iterator[tuple[str, date]]:
    pairs = [given] if given and isinstance(given[0], str) else given
    return ((str(name), _date(on)) for name, on in pairs)


def _prostate_baseline(context: Mapping[str, Any]) -> tuple[dict[str, Decimal], date | None]:
    """PSA before testosterone: a number, or a number and its day."""
    given = context.get("psabase")
    if given is None:
        return {}, None
    if isinstance(given, list):
        return {"PSA": _number(given[0])}, _date(given[1]) if len(given) > 1 else None
    return {"PSA": _number(given)}, None


def _periods(context: Mapping[str, Any]) -> Iterator[TestosteronePeriod]:
    for stop, end in context.get("stops") or ():
        ends_on = _date(end) if end else OPEN_END
        yield TestosteronePeriod(_date(stop), None if ends_on >= OPEN_END else ends_on)
    if not context.get("stops") and context.get("stop"):
        yield TestosteronePeriod(_date(context["stop"]))


def _dose(row: list[Any], key: str) -> Dose:
    name, weekly, starts_on, ends_on = row
    drug, _, mode = str(name).lower().partition("-")
    ends = _date(ends_on) if ends_on else OPEN_END
    return Dose(
        id=key,
        drug=drug,
        weekly=_number(weekly),
        unit=UNITS.get(drug, "mg"),
        starts_on=_date(starts_on),
        ends_on=None if ends >= OPEN_END else ends,
        mode=mode if mode in ("pump", "bolus", "continuous") else None,  # type: ignore[arg-type]
    )


def _reading(key: str, value: object) -> Reading:
    unit = analyte(key).canonical_unit
    return parse_reading(key, value, unit) if isinstance(value, str) else Reading(key, _number(value), unit)


def _samples(event: Mapping[str, Any]) -> Iterator[Sample]:
    """What was drawn: all at 08:00, fasting, after three days of abstinence."""
    on = _date(event["date"])
    labs = {_key(key): value for key, value in (event.get("labs") or {}).items() if value is not None}
    for specimen in ("serum", "semen"):
        keys = [
            key
            for key in labs
            if key in ANALYTES and (ANALYTES[key].specimen == "semen") == (specimen == "semen")
        ]
        if not keys:
            continue
        results = {
            key: Result(
                f"{on}-{key}", _reading(key, labs[key]), method=ESTRADIOL_METHOD if key == "E2" else None
            )
            for key in keys
        }
        yield Sample(
            id=f"{on}-{specimen}",
            collected_on=on,
            kind="semen" if specimen == "semen" else "serum",
            collected_at=datetime.combine(on, DRAWN_AT),
            fasting=True,
            abstinence_days=ABSTINENCE_DAYS if specimen == "semen" else None,
            results=results,
        )


def _key(name: str) -> str:
    return "DXA_T" if name == "DXA" else name


def _observations(event: Mapping[str, Any]) -> Iterator[Observation]:
    on = _date(event["date"])
    labs = event.get("labs") or {}
    yield Observation(on, "visit")
    for key, kind in SCORES.items():
        if labs.get(key) is not None:
            yield Observation(on, kind, _number(labs[key]))
    visual = labs.get("visual")
    if visual:
        yield Observation(on, "symptom", "visual_field" if "field" in str(visual).lower() else "visual")
    for symptom in _listed(event.get("symptoms")):
        yield Observation(on, "symptom", _symptom(str(symptom)))


def _symptom(text: str) -> str:
    name = text.strip().lower()
    return next((key for part, key in SYMPTOMS if part in name), name.replace(" ", "_"))


def _listed(given: object) -> tuple[Any, ...]:
    """A list as written, or the one thing that stands where a list is expected."""
    if given is None:
        return ()
    return tuple(given) if isinstance(given, (list, tuple)) else (given,)


def _event(event: Mapping[str, Any]) -> Event:
    on = _date(event["date"])
    proposed = event.get("proposes") or ()
    far = (on + timedelta(days=1)).isoformat()
    rows = ([name, weekly, on.isoformat(), far] for name, weekly, *_ in proposed)
    return Event(on, tuple(_dose(row, f"proposed-{n}") for n, row in enumerate(rows)))
