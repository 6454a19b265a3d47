"""Dose steps in words and as bars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from clinical.drugs import dose_text, drug
from protocols.models import DoseStep
from timeline.story import DoseBar


def dose_words(step: DoseStep) -> str:
    """The dose as it is safely written: "25 mg every other day"."""
    return dose_text(
        step.course.drug,
        step.amount,
        step.unit,
        step.frequency,
        mode=step.mode or None,
        pulse_interval_min=step.pulse_interval_minutes,
    )


def bars_of(steps: Sequence[DoseStep], *, with_reasons: bool) -> tuple[DoseBar, ...]:
    """Every dose step as a bar, in order of time."""
    most: dict[str, Decimal] = defaultdict(Decimal)
    for step in steps:
        most[step.course.drug] = max(most[step.course.drug], step.weekly_amount)
    return tuple(
        _bar(
            step,
            share=step.weekly_amount / most[step.course.drug],
            reason=step.reason if with_reasons else "",
        )
        for step in steps
    )


def _bar(step: DoseStep, *, share: Decimal, reason: str) -> DoseBar:
    text = dose_words(step)
    return DoseBar(
        step_id=str(step.id),
        course_id=str(step.course_id),
        drug=step.course.drug,
        drug_name=drug(step.course.drug).name,
        text=text,
        amount_text=" ".join(text.split(" ")[:2]),
        starts_on=step.starts_on,
        ends_on=step.ends_on,
        share=share,
        reason=reason,
    )
