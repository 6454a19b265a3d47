"""What speaks against a dose for this patient: limits, interactions, history, missing results."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from accounts.templatetags.clinic import day
from clinical import drugs
from clinical.analytes import analyte
from clinical.checks import Limit
from clinical.rulebook import load_rulebook
from labs.models import Result
from patients.models import ConcomitantDrug, Condition, Episode, Patient
from protocols.models import DoseStep

RANK = {"critical": 0, "warning": 1, "info": 2}
BASELINE = ("TT", "LH")
# The rule that judges doses against their limits.
LIMITS = "R86"


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as ordered: amount with unit, frequency, route; for gonadorelin the mode and pulse interval."""

    amount: Decimal
    unit: str
    frequency: str
    mode: str = ""
    pulse_interval_minutes: int | None = None
    route: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that speaks against a dose, and how much."""

    severity: str
    message: str
    source: str
    rule: str = ""

    @property
    def is_over_limit(self) -> bool:
        """True where the dose is above a maximum, not only above what is usual."""
        return self.severity == "critical" and self.rule == LIMITS

    @property
    def is_serious(self) -> bool:
        """True where the dose is ordered only with a reason."""
        return self.severity != "info"


def weekly_of(drug: str, dose: Dose) -> drugs.Weekly:
    """What the dose comes to in a week; raises clinical.drugs.UnknownDrug or DoseError."""
    return drugs.weekly_amount(
        drug,
        dose.amount,
        dose.unit,
        dose.frequency,
        mode=dose.mode or None,
        pulse_interval_min=dose.pulse_interval_minutes,
    )


def _limits_of(drug: str, dose: Dose, amount: Decimal) -> tuple[drugs.DoseConcern, ...]:
    return drugs.check_dose(
        drug,
        amount,
        dose.unit,
        dose.frequency,
        mode=dose.mode or None,
        pulse_interval_min=dose.pulse_interval_minutes,
    )


def slip_in(drug: str, dose: Dose) -> str:
    """Why this amount is taken for a slip of the pen, which no reason can override; empty where it is not.

    Raises clinical.drugs.UnknownDrug or DoseError.
    """
    times = _number("dose_slip").value
    above = [each for each in _limits_of(drug, dose, dose.amount / times) if each.limit.startswith("up to")]
    if not above:
        return ""
    return f"This is more than {times} times the usual range ({above[0].limit})."


@dataclass(frozen=True, slots=True)
class Around:
    """What is on file that a dose would meet, read once for all the doses of one order."""

    effective_stop_on: date | None
    medicines: tuple[str, ...]
    history: tuple[str, ...]
    # Drug and last day of each dose step, and analyte and day of each baseline result.
    steps: tuple[tuple[str, date | None], ...]
    baseline: frozenset[tuple[str, date]]


def around(episode: Episode) -> Around:
    """What is on file of this patient, in four queries."""
    patient = episode.patient
    medicines = ConcomitantDrug.objects.filter(patient=patient, stopped_on=None)
    steps = DoseStep.objects.filter(patient_id=patient.id).order_by("starts_on", "ordered_at")
    results = Result.objects.current().filter(panel__patient=patient, analyte__in=BASELINE)
    return Around(
        episode.effective_stop_on,
        tuple(medicines.values_list("name", flat=True)),
        _history_of(patient),
        tuple(steps.values_list("course__drug", "ends_on")),
        frozenset(results.values_list("analyte", "panel__collected_on")),
    )


def checks_of(
    episode: Episode, *, drug: str, dose: Dose, on: date, current: DoseStep | None = None
) -> tuple[Check, ...]:
    """What the catalogue and the record say against this dose from this day, the worst first.

    `current` is the step that it would replace. A fixed number of queries. Raises clinical.drugs.UnknownDrug
    or DoseError.
    """
    return checks_in(around(episode), drug=drug, dose=dose, on=on, current=current)


def checks_in(
    met: Around,
    *,
    drug: str,
    dose: Dose,
    on: date,
    current: DoseStep | None = None,
    beside: Sequence[str] = (),
) -> tuple[Check, ...]:
    """As checks_of, of what was read before; `beside` are drugs that are ordered together with it."""
    taken = _last_days(met, on=on, besides=drug) | {key: None for key in beside if key != drug}
    found = [
        *_limits_of(drug, dose, dose.amount),
        *_conflicts(met, drug=drug, taken=tuple(taken), on=on),
    ]
    checks = [
        *(Check(each.severity.value, each.message, each.source, each.rule) for each in found),
        *_jump(drug, dose, current),
        *_washouts(taken, on=on),
        *_missing_results(met, on=on),
    ]
    return tuple(sorted(checks, key=lambda check: RANK[check.severity]))


def _conflicts(met: Around, *, drug: str, taken: tuple[str, ...], on: date) -> Iterator[drugs.DoseConcern]:
    """What the drug must not meet; and, of the drugs being taken, what must not meet it."""
    found = drugs.check_combination(
        drug,
        taken=taken,
        concomitant=met.medicines,
        history=met.history,
        on_testosterone=met.effective_stop_on is None or on < met.effective_stop_on,
    )
    yield from found
    # A row of the matrix may be written from one side only: tamoxifen names anastrozole, not the reverse.
    said = {(concern.key.split(":")[0], concern.limit) for concern in found}
    for other in taken:
        for concern in drugs.check_combination(other, taken=(drug,)):
            if (concern.key.split(":")[0], drugs.drug(other).name) not in said:
                yield concern


def _number(name: str) -> Limit:
    return load_rulebook().rules.limits[name]


def _history_of(patient: Patient) -> tuple[str, ...]:
    """Conditions in words, and each allergy as one."""
    kinds = Condition.objects.filter(patient=patient).values_list("kind", flat=True)
    allergies = [part.strip() for part in re.split(r"[,;]", patient.allergies) if part.strip()]
    return (*(kind.replace("_", " ") for kind in kinds), *(f"allergy to {each}" for each in allergies))


def _last_days(met: Around, *, on: date, besides: str) -> dict[str, date | None]:
    """Other drugs being taken, or ended and not yet washed out, with the last day if there is one."""
    last_days: dict[str, date | None] = {}
    for drug, ends_on in met.steps:
        if drug == besides:
            continue
        washout = timedelta(weeks=drugs.drug(drug).washout_weeks)
        if ends_on is None or on < ends_on + washout:
            last_days[drug] = ends_on
    return last_days


def _jump(drug: str, dose: Dose, current: DoseStep | None) -> Iterator[Check]:
    most = _number("big_dose_change")
    if current is None:
        return
    weekly = weekly_of(drug, dose)
    if weekly.unit != current.weekly_unit or weekly.amount <= current.weekly_amount * most.value:
        return
    before = drugs.Weekly(current.weekly_amount, current.weekly_unit)
    times = f"{(weekly.amount / current.weekly_amount).quantize(Decimal('0.1')).normalize():f}"
    message = f"{times} times the dose that is taken now ({before.text}, then {weekly.text})."
    yield Check("warning", f"{drugs.drug(drug).name}: {message}", most.origin)


def _washouts(last_days: dict[str, date | None], *, on: date) -> Iterator[Check]:
    for key, last_day in last_days.items():
        if last_day is None or last_day > on:
            continue
        row = drugs.drug(key)
        until = last_day + timedelta(weeks=row.washout_weeks)
        yield Check(
            "info",
            f"{row.name} ended on {day(last_day)} and counts as taken until {day(until)} "
            f"(washout of {row.washout_weeks} weeks).",
            row.source_of("washout"),
        )


def _missing_results(met: Around, *, on: date) -> Iterator[Check]:
    recent = _number("labs_before_order")
    since = on - timedelta(days=int(recent.value))
    known = {key for key, collected_on in met.baseline if since <= collected_on <= on}
    missing = [analyte(key).name for key in BASELINE if key not in known]
    if missing:
        names = " and no ".join(name[0].lower() + name[1:] for name in missing)
        yield Check(
            "info",
            f"There is no {names} on file from the {recent.value} days before {day(on)}: "
            "nothing to compare the effect with.",
            recent.origin,
        )
