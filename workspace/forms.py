"""What is asked for an access report: whose record, and which days."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from patients.forms import PlainDateField

DAYS = 90


class WhoseRecordForm(forms.Form):
    """The patient, by the number on his papers."""

    mrn = forms.CharField(label="MRN", max_length=32, help_text="The clinic's own record number.")


class PeriodForm(forms.Form):
    """First and last day, both included; the last 90 days where nothing was asked."""

    since = PlainDateField(label="From")
    until = PlainDateField(label="To")

    def __init__(self, data: Any) -> None:
        today = timezone.localdate()
        usual = {"since": (today - timedelta(days=DAYS)).isoformat(), "until": today.isoformat()}
        super().__init__({name: data.get(name) or usual[name] for name in usual})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", f'To: found "{until}", before From. Accepted: the same or a later day.')
        return cleaned

    @property
    def days(self) -> tuple[date, date]:
        """The period, of a form that is valid."""
        return self.cleaned_data["since"], self.cleaned_data["until"]
