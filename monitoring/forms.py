"""What people say when they see to a flag or waive a retest, and what a draft of the rulebook changes."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField

from clinical.datafile import RulebookError
from clinical.dry_run import Change, Kind, drafted
from clinical.rulebook import load_rulebook
from monitoring.actions import CutOffRefused, cut_off_value
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


class DryRunForm(forms.Form):
    """A draft: up to ROWS changes of the rulebook, each a thing to change and its new value."""

    ROWS = 4
    title = forms.CharField(
        label="What is tried, and why",
        max_length=120,
        help_text="Shown in the list of dry runs. Name no patient here.",
        error_messages={"required": "found nothing. Say what is tried, so that others understand the run."},
    )

    def __init__(self, *args: object, choices: list[Any], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for row in range(1, self.ROWS + 1):
            self.fields[f"what_{row}"] = forms.ChoiceField(
                label=f"Change {row}", required=False, choices=[("", "Nothing"), *choices]
            )
            self.fields[f"value_{row}"] = forms.CharField(
                label=f"New value {row}",
                max_length=20,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    @property
    def rows(self) -> Iterator[tuple[BoundField, BoundField]]:
        """Each change as a template draws it."""
        for row in range(1, self.ROWS + 1):
            yield self[f"what_{row}"], self[f"value_{row}"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        changes: list[Change] = []
        for row in range(1, self.ROWS + 1):
            what, value = cleaned.get(f"what_{row}", ""), cleaned.get(f"value_{row}", "").strip()
            if not what and value:
                self.add_error(f"what_{row}", f'found "{value}" and nothing that it is for.')
            elif what:
                self._add(changes, row, Change(Kind(what.partition(":")[0]), what.partition(":")[2], value))
        if not changes and not self.errors:
            self.add_error("what_1", "found nothing. Accepted: at least one thing to change.")
        return {"title": cleaned.get("title", ""), "changes": changes}

    def _add(self, changes: list[Change], row: int, change: Change) -> None:
        """Take up a change that can be made beside those before it; any other is refused at its row."""
        if not change.value:
            self.add_error(f"value_{row}", "found nothing. Accepted: the value to try.")
            return
        if any((each.kind, each.name) == (change.kind, change.name) for each in changes):
            self.add_error(f"what_{row}", "found twice. Accepted: one new value for each thing.")
            return
        try:
            drafted(load_rulebook(), [*changes, change])
        except RulebookError as problem:
            self.add_error(f"value_{row}", str(problem))
        else:
            changes.append(change)


class CutOffForm(forms.Form):
    """One cut-off of the clinic's own, with its reason."""

    name = forms.ChoiceField(label="Cut-off")
    typed = forms.CharField(
        label="The clinic's own value",
        max_length=20,
        required=False,
        help_text="In the unit named. Leave it empty to go back to the rulebook's.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label="Why",
        max_length=200,
        error_messages={"required": "found nothing. A cut-off is set with a reason, which is kept."},
    )

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            if "name" in cleaned and "typed" in cleaned:
                cut_off_value(cleaned["name"], cleaned["typed"])
        except CutOffRefused as problem:
            self.add_error("typed", str(problem))
        return cleaned
