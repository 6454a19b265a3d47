"""The details of a semen sample beside its numbers."""

import re
from decimal import Decimal

from django import forms

from clinical.readings import ReadingError, parse_reading
from labs.actions import SemenDetails
from labs.forms.collection import ONE_OF
from labs.models import SpermSeen, YesNoUnknown

EDITIONS = [("6", "6th edition, 2021"), ("5", "5th edition, 2010")]
LONGEST_MINUTES = 1440
SEEN = {
    SpermSeen.COUNTED: "Counted: sperm were seen, the concentration is below",
    SpermSeen.NONE: "None seen, also after centrifugation",
    SpermSeen.AFTER_CENTRIFUGATION: "Seen only after centrifugation",
}


def _short(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", **attrs})


class SemenForm(forms.Form):
    """How the sample was taken and what the microscope showed. `details` is the result."""

    sperm_seen = forms.ChoiceField(
        label="Sperm",
        choices=[(seen.value, label) for seen, label in SEEN.items()],
        widget=forms.RadioSelect,
        error_messages={
            "required": "found nothing. Accepted: counted, none seen, or seen only after centrifugation.",
            "invalid_choice": ONE_OF,
        },
    )
    abstinence_days = forms.CharField(
        label="Abstinence, days", required=False, strip=False, widget=_short(inputmode="decimal")
    )
    collection_complete = forms.ChoiceField(
        label="Collection complete",
        choices=YesNoUnknown,
        initial=YesNoUnknown.UNKNOWN,
        error_messages={"invalid_choice": ONE_OF},
    )
    minutes_to_analysis = forms.CharField(
        label="Minutes to analysis", required=False, strip=False, widget=_short(inputmode="numeric")
    )
    who_edition = forms.ChoiceField(
        label="WHO manual used", choices=EDITIONS, initial="6", error_messages={"invalid_choice": ONE_OF}
    )

    def clean_abstinence_days(self) -> Decimal | None:
        text = self.cleaned_data["abstinence_days"]
        if not text.strip():
            return None
        try:
            reading = parse_reading("SABST", text, "d")
        except ReadingError as problem:
            raise forms.ValidationError(_without_name(problem)) from None
        if reading.censored or reading.value != round(reading.value, 1):
            accepted = "days with up to one digit after the point, such as 3.5"
            raise forms.ValidationError(f'found "{text}". Accepted: {accepted}.')
        return reading.value

    def clean_minutes_to_analysis(self) -> int | None:
        text = self.cleaned_data["minutes_to_analysis"].strip()
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > LONGEST_MINUTES:
            accepted = f"whole minutes from 0 to {LONGEST_MINUTES}"
            raise forms.ValidationError(f'found "{text}". Accepted: {accepted}.')
        return int(text)

    @property
    def details(self) -> SemenDetails:
        """What was read; only for a valid form."""
        cleaned = self.cleaned_data
        return SemenDetails(
            sperm_seen=SpermSeen(cleaned["sperm_seen"]),
            abstinence_days=cleaned["abstinence_days"],
            collection_complete=YesNoUnknown(cleaned["collection_complete"]),
            minutes_to_analysis=cleaned["minutes_to_analysis"],
            who_edition=int(cleaned["who_edition"]),
        )


def _without_name(problem: ReadingError) -> str:
    return f'found "{problem.found}". {problem.reason} Accepted: {problem.accepted}.'
