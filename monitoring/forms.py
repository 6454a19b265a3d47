"""What people say when they see to a flag or waive a retest."""

from django import forms

from monitoring.models import Severity


class AcknowledgeForm(forms.Form):
    """A comment, which a critical flag must have."""

    comment = forms.CharField(
        label="What was done, or why nothing is needed",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: object, severity: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["comment"].required = severity == Severity.CRITICAL
        self.fields["comment"].error_messages["required"] = (
            "found nothing. A critical flag needs a comment: what was done, or why nothing is needed."
        )


class WaiveForm(forms.Form):
    """The reason why a retest is called off."""

    reason = forms.CharField(
        label="Why this retest is not needed",
        max_length=200,
        error_messages={"required": "found nothing. A retest is waived with a reason."},
    )
