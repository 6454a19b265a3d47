"""Asking for a document of a patient."""

from django import forms

from documents.models import DocumentKind


class RequestForm(forms.Form):
    """Which document."""

    kind = forms.ChoiceField(
        choices=DocumentKind.choices,
        error_messages={
            "required": "Document: nothing was chosen. Choose one of those listed.",
            "invalid_choice": "Document: found “%(value)s”, which we do not print. Choose one listed.",
        },
    )

    @property
    def problem(self) -> str:
        """What is wrong, in one line."""
        return " ".join(message for messages in self.errors.values() for message in messages)
