"""Amounts and days as typed: read strictly, and refused with what was found and what is accepted."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from accounts.templatetags.clinic import day
from labs.forms.moments import DAY_ACCEPTED, NotAMoment, parse_day

_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,5})(?:\.[0-9]{1,3})?", re.ASCII)
# The first that fits is what is said of the slip.
_SLIPS = (
    (re.compile(r"[^\x00-\x7f]"), "Only the digits 0 to 9 are read."),
    (re.compile(r".*,"), "A comma can mean two things."),
    (re.compile(r"[+-]"), "A dose has no sign."),
    (re.compile(r"\d[\d.]*[eE][+-]?\d+"), "Write the digits out."),
    (re.compile(r"\d[\d.]*\s*[A-Za-z/]+"), "The unit stands beside the box; type the number alone."),
    (re.compile(r"\d+[ _]\d"), "Write the digits without gaps."),
    (re.compile(r"\."), "Write the zero before the point."),
    (re.compile(r"\d+\.$"), "Digits are missing after the point."),
    (re.compile(r"0\d"), "A number does not begin with 0 and another digit."),
    (re.compile(r"\d+\.\d{4,}"), "At most three digits after the point."),
    (re.compile(r"\d{7,}"), "At most six digits before the point."),
)


def accepted_amount(unit: str) -> str:
    """What an amount may look like."""
    return f"Accepted: a number above zero such as 25 or 0.25, in {unit}."


def read_amount(text: str, unit: str) -> Decimal:
    """The amount of one dose; raises ValidationError."""
    typed, accepted = text.strip(), accepted_amount(unit)
    if not _AMOUNT.fullmatch(typed):
        why = next((reason for slip, reason in _SLIPS if slip.match(typed)), "")
        raise forms.ValidationError(" ".join(filter(None, [f'found "{typed}".', why, accepted])))
    amount = Decimal(typed)
    if amount == 0:
        raise forms.ValidationError(f'found "{typed}". A dose is more than nothing. {accepted}')
    return amount


class DayField(forms.CharField):
    """A calendar day within a window; what cannot be read is shown again as it was typed."""

    def __init__(self, *, earliest: date, latest: date, **kwargs: Any) -> None:
        self.earliest, self.latest = earliest, latest
        super().__init__(
            error_messages={"required": f"found nothing. Accepted: {DAY_ACCEPTED}."},
            widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}),
            **kwargs,
        )

    def clean(self, value: Any) -> date:
        typed = super().clean(value)
        try:
            on = parse_day(typed)
        except NotAMoment as problem:
            raise forms.ValidationError(str(problem)) from None
        if not self.earliest <= on <= self.latest:
            window = f"{day(self.earliest)} to {day(self.latest)}"
            where = "before" if on < self.earliest else "after"
            raise forms.ValidationError(
                f'found "{typed}". This is {where} the days that are possible. Accepted: {window}.'
            )
        return on


def keep_what_was_typed(form: forms.Form, name: str) -> None:
    """A date box shows nothing for what it cannot read; a text box keeps what was typed."""
    typed = str(form.data.get(form.add_prefix(name), ""))
    if form.is_bound and not re.fullmatch(r"(\d{4}-\d{2}-\d{2})?", typed, re.ASCII):
        form.fields[name].widget.input_type = "text"


class Reason(forms.CharField):
    """Words that stay in the record beside the deed."""

    def __init__(self, *, example: str, **kwargs: Any) -> None:
        super().__init__(
            max_length=200,
            widget=forms.Textarea(attrs={"rows": 2}),
            error_messages={
                "required": f"found nothing. Accepted: a few words, such as: {example}.",
                "max_length": "found %(show_value)d characters. Accepted: up to %(limit_value)d.",
            },
            **kwargs,
        )


class OneOf(forms.ChoiceField):
    """A choice whose refusal names the choices."""

    def __init__(self, *, choices: list[Any], **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)
        labels = [
            str(label)
            for key, value in choices
            if key != ""
            for _, label in (value if isinstance(value, list) else [(key, value)])
        ]
        accepted = f"Accepted: {', '.join(labels)}."
        self.error_messages |= {
            "required": f"found nothing. {accepted}",
            "invalid_choice": f'found "%(value)s". {accepted}',
        }
