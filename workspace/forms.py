"""What is asked of an admin: whose record and which days, and what a program may do in whose name."""

import uuid
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import CARE_TEAM, Membership, Person
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


class MemberChoice(forms.ModelChoiceField):
    """A member of the clinic who works with its patients, by name and role."""

    default_error_messages = {
        "required": "found nobody. Accepted: one of the clinic's clinicians and staff.",
        "invalid_choice": "found somebody else. Accepted: one of the clinic's clinicians and staff.",
    }

    def label_from_instance(self, obj: Membership) -> str:
        return f"{obj.person.full_name}, {obj.get_role_display().lower()}"


class TokenForm(forms.Form):
    """What a program may do, in whose name, and for how long."""

    name = forms.CharField(
        label="What it is for",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="For example: results from City Laboratory.",
        error_messages={
            "required": "found nothing. Accepted: a few words.",
            "max_length": "found %(show_value)d characters. Accepted: up to %(limit_value)d.",
        },
    )
    membership = MemberChoice(
        label="In whose name",
        queryset=Membership.objects.none(),
        empty_label="Choose",
        help_text="It may never do more than this person may at that moment, and ends with his role.",
    )
    may_read = forms.BooleanField(label="Read patients, results, findings", required=False)
    may_write = forms.BooleanField(label="Record results", required=False)
    days = forms.TypedChoiceField(
        label="For how long",
        choices=[(30, "30 days"), (90, "90 days"), (365, "One year")],
        coerce=int,
        initial=90,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "found something else. Accepted: one of the choices."
        ),
    )
    entry_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = Membership.objects.visible_to(by).current().filter(role__in=CARE_TEAM)
        self.fields["membership"].queryset = members.select_related("person").order_by("person__full_name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("may_read") and not cleaned.get("may_write"):
            self.add_error("may_read", "found neither reading nor recording. Accepted: one or both.")
        return cleaned
