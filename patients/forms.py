"""What desk and clinician write down about a patient; messages name field, found and accepted."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import CARE_TEAM, Membership, Person
from clinical.exposure import FORMULATIONS
from patients.markup import DEEPEST, TooDeep, html_of
from patients.models import LONGEST_NOTE, EmergencyReason, Goal, Patient, RestrictionReason

OLDEST = 110
YOUNGEST = 18
DATE_ACCEPTED = "a date as 2026-03-02 or 2 Mar 2026"


class PlainDateField(forms.DateField):
    """A calendar day in a spelling that cannot be misread; 02/03/2026 is refused, not guessed."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def to_python(self, value: Any) -> date | None:
        try:
            return super().to_python(value)
        except forms.ValidationError:
            raise forms.ValidationError(
                f'{self.label}: found "{value}". Accepted: {DATE_ACCEPTED}, a day that exists.',
                code="invalid",
            ) from None


def not_in_the_future(label: str, day: date | None) -> None:
    """Raise ValidationError for a day that has not come yet in the clinic's zone."""
    if day is not None and day > timezone.localdate():
        raise forms.ValidationError(
            f'{label}: found "{day.isoformat()}", which is in the future. Accepted: today or an earlier day.'
        )


class RegisterForm(forms.Form):
    """A new patient: two identifiers, and how to reach him."""

    family_name = forms.CharField(max_length=80)
    given_name = forms.CharField(max_length=80)
    date_of_birth = PlainDateField(label="Date of birth")
    mrn = forms.CharField(
        label="MRN", max_length=32, help_text="The clinic's own record number, as on its papers."
    )
    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(max_length=40, required=False)
    allergies = forms.CharField(max_length=400, required=False)
    confirm_duplicate = forms.BooleanField(
        label="I have checked: this is a different man with the same name or date of birth", required=False
    )

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        not_in_the_future("Date of birth", born)
        today = timezone.localdate()
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        if not YOUNGEST <= age <= OLDEST:
            raise forms.ValidationError(
                f'Date of birth: found "{born.isoformat()}", which makes him {age}. '
                f"Accepted: an age of {YOUNGEST} to {OLDEST}."
            )
        return born


class PortalForm(forms.Form):
    """Where the invitation to the portal goes."""

    email = forms.EmailField(label="E-mail", max_length=254)


class EpisodeForm(forms.Form):
    """What testosterone was taken, when it ended, and what the patient wants back."""

    formulation = forms.ChoiceField(choices=lambda: [(key, row.name) for key, row in FORMULATIONS.items()])
    dose = forms.CharField(max_length=120, required=False, help_text="As he took it: 160 mg a week.")
    started_on = PlainDateField(label="First dose", required=False)
    last_dose_on = PlainDateField(
        label="Last dose", required=False, help_text="Leave empty while he is still taking it."
    )
    goal = forms.ChoiceField(choices=Goal)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        started, last = cleaned.get("started_on"), cleaned.get("last_dose_on")
        for name, label in (("started_on", "First dose"), ("last_dose_on", "Last dose")):
            try:
                not_in_the_future(label, cleaned.get(name))
            except forms.ValidationError as problem:
                self.add_error(name, problem)
        if started and last and last < started:
            self.add_error(
                "last_dose_on",
                f'Last dose: found "{last.isoformat()}", before the first dose. '
                f"Accepted: {started.isoformat()} or later.",
            )
        return cleaned


class LastDoseForm(forms.Form):
    """The day of the last dose of testosterone."""

    last_dose_on = PlainDateField(label="Last dose")

    def __init__(self, *args: Any, started_on: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.started_on = started_on

    def clean_last_dose_on(self) -> date:
        last: date = self.cleaned_data["last_dose_on"]
        not_in_the_future("Last dose", last)
        if self.started_on and last < self.started_on:
            raise forms.ValidationError(
                f'Last dose: found "{last.isoformat()}", before the first dose. '
                f"Accepted: {self.started_on.isoformat()} or later."
            )
        return last


SYMPTOMS = [
    ("symptom:breast", "Breast tenderness or growth"),
    ("symptom:fluid", "Swelling of the ankles, fluid"),
    ("symptom:visual", "A change in vision"),
    ("symptom:headache", "Headache"),
    ("symptom:leg_swelling", "Pain or swelling of a leg"),
    ("symptom:chest_pain", "Chest pain or shortness of breath"),
]


class ObservationForm(forms.Form):
    """Symptoms and scores of one day."""

    observed_on = PlainDateField(label="Day")
    symptoms = forms.MultipleChoiceField(
        choices=SYMPTOMS, required=False, widget=forms.CheckboxSelectMultiple(), label="Symptoms present"
    )
    phq9 = forms.IntegerField(label="PHQ-9 total", min_value=0, max_value=27, required=False)
    phq9_item9 = forms.IntegerField(label="PHQ-9, item 9", min_value=0, max_value=3, required=False)
    biotin = forms.IntegerField(label="Biotin, mg a day", min_value=0, max_value=1000, required=False)

    def clean_observed_on(self) -> date:
        on: date = self.cleaned_data["observed_on"]
        not_in_the_future("Day", on)
        return on

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        scores = [cleaned.get(name) for name in ("phq9", "phq9_item9", "biotin")]
        if not self.errors and not cleaned.get("symptoms") and all(score is None for score in scores):
            raise forms.ValidationError("Nothing was noted. Accepted: at least one symptom or score.")
        return cleaned

    @property
    def observations(self) -> dict[str, Decimal | None]:
        """What was noted, by kind; a symptom has no value."""
        scores = {name: self.cleaned_data[name] for name in ("phq9", "phq9_item9", "biotin")}
        noted: dict[str, Decimal | None] = {symptom: None for symptom in self.cleaned_data["symptoms"]}
        return noted | {name: Decimal(score) for name, score in scores.items() if score is not None}


class NoteText(forms.CharField):
    """Words as they were typed; refused only where the page could not show all of them."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 14, "spellcheck": "true"})
        super().__init__(**{"max_length": LONGEST_NOTE, "strip": False, "widget": widget, **kwargs})

    def to_python(self, value: Any) -> str:
        # Browsers send a line break as two characters.
        return str(super().to_python(value)).replace("\r\n", "\n")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.required and not value.strip():
            raise forms.ValidationError("Nothing was written. Accepted: at least one word.")
        try:
            html_of(value)
        except TooDeep:
            raise forms.ValidationError(
                f"Lists were found inside lists, more than {DEEPEST} levels deep. Accepted: fewer levels."
            ) from None


class NoteForm(forms.Form):
    """A clinical note; only a clinician may keep it to clinicians."""

    text = NoteText(
        label="Note",
        help_text="A line that begins with - is a list, with # a heading; **two stars** make a word strong.",
    )
    clinicians_only = forms.BooleanField(
        label="For clinicians only: staff do not see this note", required=False
    )

    def __init__(self, *args: Any, may_hide: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_hide:
            del self.fields["clinicians_only"]

    @property
    def is_for_clinicians(self) -> bool:
        return bool(self.cleaned_data.get("clinicians_only"))


class AddendumForm(forms.Form):
    """What is added to a signed note, and why."""

    text = NoteText(label="What you add", widget=forms.Textarea(attrs={"rows": 6}))
    reason = forms.CharField(
        label="Why it is added", max_length=200, help_text="For example: result came after the visit."
    )


SHORT = forms.Textarea(attrs={"rows": 3})


def carers_to_choose(user: Person) -> list[tuple[uuid.UUID, str]]:
    """The clinicians and staff of the clinic, by name."""
    members = Membership.objects.visible_to(user).current().filter(role__in=CARE_TEAM)
    return [
        (member.person_id, f"{member.person.full_name} ({member.get_role_display().lower()})")
        for member in members.select_related("person").order_by("person__full_name", "id")
    ]


class CarersForm(forms.Form):
    """Who alone sees a restricted record."""

    carers = forms.TypedMultipleChoiceField(
        coerce=uuid.UUID,
        widget=forms.CheckboxSelectMultiple(),
        label="Named carers",
        help_text="Only they see the record. At least one of them is a clinician.",
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput())
    # Whose page draws the form; see accounts.unsaved.
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, choices: list[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["carers"].choices = choices


class RestrictForm(CarersForm):
    """Why a record is restricted, and to whom."""

    reason = forms.ChoiceField(choices=RestrictionReason, widget=forms.RadioSelect())
    words = forms.CharField(label="More about the reason", max_length=400, required=False, widget=SHORT)
    version = patient = None
    field_order = ("reason", "words", "carers")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reason") == RestrictionReason.OTHER and not cleaned.get("words", "").strip():
            self.add_error("words", "Found nothing. Accepted: the other reason, in your words.")
        return cleaned


class LiftForm(forms.Form):
    """Why everybody in the care team may see the record again."""

    lift_reason = forms.CharField(label="Why it is lifted", max_length=400, widget=SHORT)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput())
    # Whose page draws the form; see accounts.unsaved.
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput())


class BreakGlassForm(forms.Form):
    """Whose record, and why it cannot wait."""

    whose = forms.CharField(
        label="Whose record",
        max_length=200,
        help_text="The whole MRN, or full name and date of birth as 1988-05-17. This page names nobody.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.ChoiceField(label="Why now", choices=EmergencyReason, widget=forms.RadioSelect())
    explanation = forms.CharField(
        label="What happened",
        max_length=400,
        widget=SHORT,
        help_text="In a sentence. The clinic's admin reads it.",
    )
    entry_key = forms.UUIDField(widget=forms.HiddenInput())

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patient = patient

    def clean_whose(self) -> str:
        words: str = self.cleaned_data["whose"]
        if not self.patient.is_named_by(words):
            raise forms.ValidationError(
                f'Found "{words}", which does not name this record. '
                "Accepted: the whole MRN, or full name and date of birth as 1988-05-17."
            )
        return words


class ReviewForm(forms.Form):
    """What the review of an emergency access found."""

    comment = forms.CharField(
        label="What the review found",
        max_length=400,
        widget=SHORT,
        help_text="For example: called the clinician, the reason holds.",
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput())
