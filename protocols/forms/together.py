"""The first orders of a protocol: one row for each drug, each of which may be changed or left out."""

from collections.abc import Sequence
from typing import Any

from django import forms

from protocols.forms.fields import Reason
from protocols.forms.ordering import DoseForm


class PartForm(DoseForm):
    """The dose of one drug of a protocol; of a drug that is left out nothing else is read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["reason"]
        self.fields["include"] = forms.BooleanField(label=f"Order {self.drug.name}", required=False)
        self.order_fields(["include"])

    @property
    def is_included(self) -> bool:
        """Whether this drug is ordered, as far as the form says."""
        if self.is_bound:
            return bool(self.data.get(self.add_prefix("include")))
        return bool(self.initial.get("include"))

    def full_clean(self) -> None:
        if self.is_bound and not self.is_included:
            self._errors = forms.utils.ErrorDict()
            self.cleaned_data = {"include": False}
            return
        super().full_clean()


class WhyForm(forms.Form):
    """The reason for all orders of a protocol."""

    reason = Reason(
        label="Reason",
        example="LH low 6 weeks after the stop",
        help_text="Stays in the record with each order.",
    )


class TogetherConfirmForm(forms.Form):
    """For each drug that the checks warn of, why it is ordered all the same; and what was read."""

    def __init__(self, *args: Any, warned: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["checks_seen"] = forms.CharField(required=False, widget=forms.HiddenInput())
        for key, name in warned:
            self.fields[f"{key}-override_reason"] = Reason(
                label=f"Why {name} is ordered all the same",
                example="discussed with the patient; eye check booked",
                help_text="The checks warn. Your reason is stored beside what they say.",
            )
