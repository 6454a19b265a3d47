"""Doses, changes and days in words, as they are safely written."""

from datetime import date
from decimal import Decimal

from accounts.templatetags.clinic import day
from clinical import drugs
from protocols.actions import Dose, dose_of
from protocols.models import DoseStep

HUNDRED = Decimal(100)


def dose_words(drug: str, dose: Dose) -> str:
    """ "25 mg every other day", "10 mcg every 90 minutes by pump"."""
    return drugs.dose_text(
        drug,
        dose.amount,
        dose.unit,
        dose.frequency,
        mode=dose.mode or None,
        pulse_interval_min=dose.pulse_interval_minutes,
    )


def step_words(drug: str, step: DoseStep) -> str:
    """The dose of a stored step in words."""
    return dose_words(drug, dose_of(step))


def weekly_words(step: DoseStep) -> str:
    """ "87.5 mg a week"."""
    return drugs.Weekly(step.weekly_amount, step.weekly_unit).text


def change_words(before: drugs.Weekly, after: drugs.Weekly) -> str:
    """By how much a week's amount changes: "100 % more than 87.5 mg a week"; empty across units."""
    if before.unit != after.unit:
        return ""
    if before.amount == after.amount:
        return "the same amount a week as before"
    percent = abs(after.amount - before.amount) / before.amount * HUNDRED
    shown = f"{percent.quantize(Decimal(1)):f}"
    way = "more" if after.amount > before.amount else "less"
    return f"{shown} % {way} than {before.text}"


def distance_words(on: date, *, today: date) -> str:
    """How far a day is from today: "today", "in 6 days", "12 days ago"."""
    days = (on - today).days
    match days:
        case 0:
            return "today"
        case 1:
            return "tomorrow"
        case -1:
            return "yesterday"
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def from_words(on: date, *, today: date) -> str:
    """ "from 2 Mar 2026 (in 6 days)"."""
    return f"from {day(on)} ({distance_words(on, today=today)})"
