"""Holding, resuming and stopping a course: from which day and why."""

from datetime import date
from typing import Any

from django import forms

from protocols.forms.fields import DayField, Reason, keep_what_was_typed


class ChangeForm(forms.Form):
    """The day and the reason; with warnings, also why it is done all the same."""

    def __init__(
        self, *args: Any, verb: str, earliest: date, latest: date, needs_reason: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"] = DayField(label=f"{verb} from", earliest=earliest, latest=latest)
        self.fields["reason"] = Reason(label="Reason", example="blurred vision; eye check booked")
        if needs_reason:
            self.fields["override_reason"] = Reason(
                label="Why it is taken all the same",
                example="discussed with the patient",
                help_text="The checks warn. Your reason is stored beside what they say.",
            )
        keep_what_was_typed(self, "on")
