"""A whole entry as one page posts it: head, rows, details of the sample, and for an amendment its reason."""

import uuid
from collections.abc import Collection as Several
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.models import Person
from labs.actions import Collection, Entered, SemenDetails
from labs.forms.collection import CollectionForm
from labs.forms.rows import Rows, read_rows, unit_name, value_name
from labs.forms.semen import SemenForm
from labs.kinds import OFFERS, has_fixed_unit
from labs.models import Laboratory, PanelKind
from patients.models import Patient

CARRIED = ("entry_key", "version", "amends", "units_of", "reason")


class ReasonForm(forms.Form):
    """Why a panel is amended."""

    reason = forms.CharField(
        label="Reason for the amendment",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-focus": True}),
        help_text="It stays beside the old version, for everybody who reads it.",
        error_messages={
            "required": "found nothing. Accepted: a sentence that says why the panel is changed.",
            "max_length": "found %(show_value)d characters. Accepted: up to %(limit_value)d.",
        },
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence about what must be put right, and the id of the box where."""

    anchor: str
    message: str


def typed_in(posted: QueryDict, kind: PanelKind) -> dict[str, str]:
    """What was typed, exactly, under the names that this kind of entry knows."""
    names = [*CollectionForm.base_fields, *CARRIED]
    names += SemenForm.base_fields if kind is PanelKind.SEMEN else []
    names += [name for key in OFFERS[kind].keys for name in (value_name(key), unit_name(key))]
    return {name: posted[name] for name in names if name in posted}


class EntryForm:
    """The forms of one entry page, read together; unless `bound`, nothing is checked."""

    def __init__(
        self,
        typed: Mapping[str, str],
        *,
        patient: Patient,
        by: Person,
        kind: PanelKind,
        zone: str,
        bound: bool,
        amends: bool = False,
    ) -> None:
        self.typed, self.kind, self.bound = typed, kind, bound
        given: dict[str, Any] = {"data": typed} if bound else {"initial": _initial(typed)}
        self.head = CollectionForm(**given, patient=patient, by=by, kind=kind, zone=zone)
        self.semen = SemenForm(**given) if kind is PanelKind.SEMEN else None
        self.reason = ReasonForm(**given) if amends else None
        self.rows = read_rows(typed, OFFERS[kind].keys) if bound else Rows()
        if bound:
            self._ask_about_units()

    @property
    def parts(self) -> list[forms.Form]:
        return [part for part in (self.reason, self.head, self.semen) if part is not None]

    def is_valid(self) -> bool:
        return all(part.is_valid() for part in self.parts) and not self.rows.problems

    def problems(self) -> Iterator[Problem]:
        """Everything to put right, in the order of the page."""
        for part in self.parts:
            for field in part:
                for error in field.errors:
                    yield Problem(field.id_for_label or field.auto_id, f"{field.label}: {error}")
        for problem in self.rows.problems.values():
            yield Problem(f"id_{problem.box}", problem.message)

    @property
    def laboratory(self) -> Laboratory | None:
        """The laboratory chosen, also where the rest cannot be read."""
        if not self.bound:
            return self._laboratory_typed()
        return self.head.cleaned_data.get("laboratory") or self._laboratory_typed()

    def _laboratory_typed(self) -> Laboratory | None:
        field = self.head.fields["laboratory"]
        try:
            return field.clean(self.typed.get("laboratory"))
        except forms.ValidationError:
            return None

    @property
    def collection(self) -> Collection | None:
        return self.head.cleaned_data.get("collection") if self.bound else None

    @property
    def entered(self) -> tuple[Entered, ...]:
        return self.rows.entered

    @property
    def details(self) -> SemenDetails | None:
        """The details of a semen sample, where they can be read."""
        if self.semen is None or not self.bound or not self.semen.is_valid():
            return None
        return self.semen.details

    @property
    def entry_key(self) -> uuid.UUID:
        """The key of this page, or a new one where none came along."""
        try:
            return uuid.UUID(self.typed.get("entry_key", ""))
        except ValueError:
            return uuid.uuid4()

    def _ask_about_units(self) -> None:
        """Units proposed for one laboratory are not those of another: asked once, never carried over."""
        proposed_for, chosen = self.typed.get("units_of", ""), self.laboratory
        taken = any(not has_fixed_unit(self.kind, row.reading.analyte) for row in self.entered)
        if not proposed_for or not taken or chosen is None or str(chosen.id) == proposed_for:
            return
        self.head.add_error(
            "laboratory",
            f'found "{chosen}". The units were proposed for another laboratory. '
            f"Accepted: the units on the report of {chosen}; check each one, then store again.",
        )


def confirmed_in(posted: QueryDict) -> Several[str]:
    """The very sentences that were on the page when somebody ticked that they had been checked."""
    return frozenset(posted.getlist("seen")) if posted.get("checked") else frozenset()


def _initial(typed: Mapping[str, str]) -> dict[str, Any]:
    return {**typed, "before_testosterone": bool(typed.get("before_testosterone"))}
