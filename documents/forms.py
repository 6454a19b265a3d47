"""Asking for a document of a patient."""

from django import forms

from documents.models import DocumentKind


class RequestForm(forms.Form):
    """Which document, and the key of the form it was asked with."""

    kind = forms.ChoiceField(
        choices=DocumentKind.choices,
        error_messages={
            "required": "Document: nothing was chosen. Choose one of those listed.",
            "invalid_choice": "Document: found “%(value)s”, which we do not print. Choose one listed.",
        },
    )
    entry_key = forms.UUIDField(
        error_messages={
            "required": "This form lacks its key. Open the page again.",
            "invalid": "This form's key cannot be read. Open the page again.",
        }
    )

    @property
    def problem(self) -> str:
        """What is wrong, in one line."""
        return " ".join(message for messages in self.errors.values() for message in messages)
