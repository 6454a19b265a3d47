"""What a clinician adds when reviewing or releasing a panel."""

from typing import Any

from django import forms

TOO_LONG = "found %(show_value)d characters. Accepted: up to %(limit_value)d."


class JudgementForm(forms.Form):
    """A comment: to the team with a review, to the patient with a release."""

    def __init__(self, *args: Any, label: str, hint: str, longest: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["comment"] = forms.CharField(
            label=label,
            help_text=hint,
            required=False,
            max_length=longest,
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages={"max_length": TOO_LONG},
        )


def review_form(**given: Any) -> JudgementForm:
    """The comment of a review; it stays within the care team."""
    return JudgementForm(
        prefix="review",
        label="Comment",
        hint="For the care team; the patient does not see it.",
        longest=400,
        **given,
    )


def release_form(**given: Any) -> JudgementForm:
    """The words that the patient reads above his results."""
    return JudgementForm(
        prefix="release",
        label="Comment to the patient",
        hint="He reads this above his results.",
        longest=1000,
        **given,
    )
