"""The head of an entry: laboratory, when the specimen was collected, and in what state the patient was."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, TypeVar

from django import forms
from django.utils import timezone

from accounts.models import Person
from labs.actions import Collection
from labs.forms.moments import (
    DAY_ACCEPTED,
    TIME_ACCEPTED,
    NotAMoment,
    TwoMoments,
    moment_of,
    parse_day,
    parse_time,
)
from labs.models import Laboratory, PanelKind, YesNoUnknown
from patients.models import Patient

T = TypeVar("T")
ONE_OF = "found something else. Accepted: one of the choices."


def _nothing(accepted: str) -> dict[str, str]:
    return {"required": f"found nothing. Accepted: {accepted}."}


def _read(reader: Callable[[str], T], text: str) -> T:
    try:
        return reader(text)
    except NotAMoment as problem:
        raise forms.ValidationError(str(problem)) from None


def _question(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=YesNoUnknown,
        initial=YesNoUnknown.UNKNOWN,
        error_messages={"required": ONE_OF, "invalid_choice": ONE_OF},
    )


class LaboratoryChoice(forms.ModelChoiceField):
    """One of the clinic's laboratories."""

    default_error_messages = {
        "required": "found nothing. Accepted: one of the clinic's laboratories.",
        "invalid_choice": "found an unknown one. Accepted: one of the clinic's laboratories.",
    }


class CollectionForm(forms.Form):
    """When and how the specimen was collected. `cleaned_data["collection"]` is the result."""

    laboratory = LaboratoryChoice(queryset=Laboratory.objects.none(), empty_label="Choose")
    collected_on = forms.CharField(
        label="Collected on",
        error_messages=_nothing(DAY_ACCEPTED),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    collected_time = forms.CharField(
        label="Collected at",
        error_messages=_nothing(TIME_ACCEPTED),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "08:05", "autocomplete": "off"}),
    )
    which = forms.ChoiceField(
        label="Which of the two",
        required=False,
        choices=[("first", "first"), ("second", "second")],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": ONE_OF},
    )
    fasting = _question("Fasting")
    acutely_ill = _question("Acutely ill")
    before_testosterone = forms.BooleanField(label="Before testosterone (baseline)", required=False)
    note = forms.CharField(
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "found %(show_value)d characters. Accepted: up to %(limit_value)d."},
    )

    def __init__(
        self, *args: Any, patient: Patient, by: Person, kind: PanelKind, zone: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.patient, self.zone = patient, zone
        self.two_moments: TwoMoments | None = None
        self.fields["laboratory"].queryset = Laboratory.objects.visible_to(by).order_by("name")
        self.fields["collected_time"].help_text = f"24 hour clock, {zone}"
        if kind is PanelKind.SEMEN:
            del self.fields["fasting"]
        if not self.is_bound:
            first = "collected_on" if self.initial.get("laboratory") else "laboratory"
            self.fields[first].widget.attrs["data-focus"] = True
        elif self.errors.get("collected_on"):
            # A date box shows nothing for what is no date; a text box keeps what was typed.
            self.fields["collected_on"].widget.input_type = "text"

    def clean_collected_on(self) -> date:
        return _read(parse_day, self.cleaned_data["collected_on"])

    def clean_collected_time(self) -> time:
        return _read(parse_time, self.cleaned_data["collected_time"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("collected_on") and cleaned.get("collected_time") is not None:
            self._place_in_time(cleaned)
        return cleaned

    def _place_in_time(self, cleaned: dict[str, Any]) -> None:
        day, clock, which = cleaned["collected_on"], cleaned["collected_time"], cleaned.get("which", "")
        born = self.patient.date_of_birth
        if day < born:
            accepted = f"{born.day} {born:%b %Y}, when the patient was born, or later"
            self.add_error("collected_on", f'found "{self.data["collected_on"]}". Accepted: {accepted}.')
            return
        try:
            moment = moment_of(day, clock, zone=self.zone, which=which)
        except TwoMoments as two:
            self.two_moments = two
            self.fields["which"].choices = [
                ("first", f"{two.first:%H:%M %Z}, before the clocks went back"),
                ("second", f"{two.second:%H:%M %Z}, after the clocks went back"),
            ]
            self.add_error("which", str(two))
        except NotAMoment as problem:
            self.add_error("collected_time", str(problem))
        else:
            self._refuse_future(moment)
            cleaned["collection"] = self._collection(moment, cleaned)

    def _refuse_future(self, moment: datetime) -> None:
        now = timezone.now().astimezone(moment.tzinfo)
        if moment <= now:
            return
        name = "collected_on" if moment.date() > now.date() else "collected_time"
        accepted = f"up to now, {now.day} {now:%b %Y, %H:%M %Z}"
        self.add_error(name, f'found "{self.data[name]}". This is in the future. Accepted: {accepted}.')

    def _collection(self, moment: datetime, cleaned: dict[str, Any]) -> Collection:
        return Collection(
            collected_at=moment,
            zone=self.zone,
            fasting=YesNoUnknown(cleaned.get("fasting", YesNoUnknown.UNKNOWN)),
            acutely_ill=YesNoUnknown(cleaned.get("acutely_ill", YesNoUnknown.UNKNOWN)),
            before_testosterone=cleaned.get("before_testosterone", False),
            note=cleaned.get("note", ""),
        )
