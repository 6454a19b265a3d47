"""The order of a dose, and its confirmation after it was read back."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from clinical import drugs
from protocols.actions import Dose, slip_in
from protocols.forms.fields import DayField, OneOf, Reason, accepted_amount, keep_what_was_typed, read_amount

PUMP = "pump"


def frequencies_of(drug: drugs.Drug) -> list[Any]:
    """The drug's frequencies as choices; pulses of a pump apart from the rest."""
    rows = [drugs.FREQUENCIES[key] for key in drug.frequencies]
    plain = [(row.key, row.label) for row in rows if row.interval_min is None]
    pulses = [(row.key, row.label) for row in rows if row.interval_min is not None]
    empty: list[Any] = [("", "Choose")]
    return empty + ([("Doses", plain), ("Pulses of a pump", pulses)] if pulses else plain)


def route_of(drug: drugs.Drug, mode: str) -> str:
    """The route that the mode implies, or the drug's first."""
    label = drug.mode_by_key[mode].label if mode else ""
    return label if label in drug.routes else drug.routes[0]


class DoseForm(forms.Form):
    """A dose of one drug, from a day, with the reason. `cleaned_data["dose"]` is what was ordered."""

    def __init__(self, *args: Any, drug: drugs.Drug, earliest: date, latest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drug = drug
        self.unit = "units" if drug.dose_unit == "IU" else drug.dose_unit
        self.fields["amount"] = forms.CharField(
            label=f"Amount of one dose, {self.unit}",
            error_messages={"required": f"found nothing. {accepted_amount(self.unit)}"},
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
        if drug.modes:
            modes = [(mode.key, mode.label) for mode in drug.modes]
            self.fields["mode"] = OneOf(label="Given", choices=[("", "Choose"), *modes])
        self.fields["frequency"] = OneOf(label="How often", choices=frequencies_of(drug))
        if len(drug.routes) > 1 and not drug.modes:
            routes = [(route, route) for route in drug.routes]
            self.fields["route"] = OneOf(label="Route", choices=[("", "Choose"), *routes])
        self.fields["starts_on"] = DayField(label="From", earliest=earliest, latest=latest)
        self.fields["reason"] = Reason(
            label="Reason", example="LH still low after 4 weeks", help_text="Stays in the record."
        )
        keep_what_was_typed(self, "starts_on")

    def clean_amount(self) -> Decimal:
        return read_amount(self.cleaned_data["amount"], self.unit)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        mode, frequency = cleaned.get("mode", ""), cleaned.get("frequency")
        if frequency and (mode or not self.drug.modes) and self._fit(mode, frequency):
            amount = cleaned.get("amount")
            if amount is not None:
                self._set_dose(cleaned, amount, mode, frequency)
        return cleaned

    def _fit(self, mode: str, frequency: str) -> bool:
        is_pulse = drugs.FREQUENCIES[frequency].interval_min is not None
        if not self.drug.modes or is_pulse == (mode == PUMP):
            return True
        found = drugs.FREQUENCIES[frequency].label
        accepted = [
            row.label
            for row in (drugs.FREQUENCIES[key] for key in self.drug.frequencies)
            if (row.interval_min is not None) == (mode == PUMP)
        ]
        given = self.drug.mode_by_key[mode].label
        self.add_error(
            "frequency", f'found "{found}", given {given}. Accepted with that: {", ".join(accepted)}.'
        )
        return False

    def _set_dose(self, cleaned: dict[str, Any], amount: Decimal, mode: str, frequency: str) -> None:
        dose = Dose(
            amount=amount,
            unit=self.drug.dose_unit,
            frequency=frequency,
            mode=mode,
            pulse_interval_minutes=drugs.FREQUENCIES[frequency].interval_min,
            route=cleaned.get("route") or route_of(self.drug, mode),
        )
        slip = slip_in(self.drug.key, dose)
        if slip:
            typed = self.data[self.add_prefix("amount")]
            self.add_error("amount", f'found "{typed}". {slip} Accepted: a dose in that range.')
        else:
            cleaned["dose"] = dose


class ConfirmForm(forms.Form):
    """The reason to order a dose that the checks warn of, and the digest of the checks that were read."""

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["checks_seen"] = forms.CharField(required=False, widget=forms.HiddenInput())
        if needs_reason:
            self.fields["override_reason"] = Reason(
                label="Why this dose is ordered all the same",
                example="discussed with the patient; eye check booked",
                help_text="The checks warn. Your reason is stored beside what they say.",
            )
