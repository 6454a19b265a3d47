"""A draft of the clinic's own protocol: its words, a row for each drug of the catalogue, and its review."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from clinical import drugs
from clinical.analytes import ANALYTES
from clinical.datafile import Mark, Source
from clinical.protocols import GOALS, MOST_DRAWS, Component, Protocol, Trigger
from patients.models import Goal
from protocols.forms.fields import OneOf, read_amount
from protocols.forms.together import PartForm

LONGEST = 2000
MARKED = re.compile(r"(?:(?P<about>[^:\[\]]{1,60}): )?(?P<cite>[^\[\]]+) \[(?P<mark>V|V2|M|C|D)\]")
OWN_LIMIT = "the clinic's own limit"
# What a trigger may wait for, in each analyte's canonical unit.
MEASURED = ("TT", "LH", "FSH", "E2", "SHBG", "PRL", "HCT", "PSA", "SCONC")
MARKS_ACCEPTED = (
    'Accepted: a source a line, ending in its mark, such as "Katz 2012 BJU Int [V2]". V: read, '
    "V2: read in a secondary page, M: from memory, D: the clinic's own decision."
)


class Lines(forms.CharField):
    """Statements, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=LONGEST,
            help_text="One a line.",
            widget=forms.Textarea(attrs={"rows": 3}),
            error_messages={"required": "found nothing. Accepted: at least one line."},
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, tuple | list) else value

    def clean(self, value: Any) -> tuple[str, ...]:
        typed = super().clean(value)
        return tuple(line.strip() for line in typed.splitlines() if line.strip())


class Sources(Lines):
    """Sources with their marks, one a line, as they are printed."""

    def clean(self, value: Any) -> Any:
        return tuple(self._source(line) for line in super().clean(value))

    def _source(self, line: str) -> Source:
        found = MARKED.fullmatch(line)
        if found is None:
            raise forms.ValidationError(f'found "{line}". {MARKS_ACCEPTED}')
        return Source(found["cite"], Mark(found["mark"]), found["about"] or "")


class DraftForm(forms.Form):
    """The words of a protocol."""

    name = forms.CharField(max_length=80, label="Name")
    goals = forms.MultipleChoiceField(
        label="For whom: his goal",
        choices=[(goal, Goal(goal).label) for goal in GOALS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "found none. Accepted: at least one goal."},
    )
    aim = forms.CharField(
        max_length=300, label="What it is to reach", widget=forms.Textarea(attrs={"rows": 2})
    )
    suits = Lines(label="Whom it suits")
    not_for = Lines(label="Whom it is not for")
    stop_rules = Lines(label="When to stop or change")
    evidence = forms.CharField(max_length=LONGEST, label="Evidence", widget=forms.Textarea(attrs={"rows": 4}))
    sources = Sources(label="Sources")
    change_note = forms.CharField(
        max_length=200,
        label="What this version changes",
        required=False,
        help_text="For the reviewer.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sources"].help_text = MARKS_ACCEPTED

    @staticmethod
    def typed_of(content: Protocol, change_note: str) -> dict[str, Any]:
        """What stands in the form for a content."""
        words = ("name", "goals", "aim", "suits", "not_for", "stop_rules", "evidence")
        printed = {"sources": [str(source) for source in content.sources], "change_note": change_note}
        return {name: getattr(content, name) for name in words} | printed


class ComponentForm(PartForm):
    """One drug of a draft: its first dose, and when it starts. Of a drug left out nothing is read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, earliest=date.min, latest=date.max, **kwargs)
        del self.fields["starts_on"]
        self.fields["include"].label = f"{self.drug.name} is part of it"
        self.fields |= _start_fields()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("starts") == "trigger":
            cleaned["trigger"] = self._trigger(cleaned)
        return cleaned

    def _trigger(self, cleaned: dict[str, Any]) -> Trigger | None:
        key, value, says = (cleaned.get(f"trigger_{name}") for name in ("analyte", "value", "says"))
        if bool(key) != (value is not None):
            self.add_error(
                "trigger_value", "found half a limit. Accepted: an analyte and its value, or neither."
            )
        elif not key and not says:
            self.add_error("starts", "found no trigger. Accepted: a limit of an analyte, or words.")
        if self.errors or value is None:
            return Trigger(says=says or "")
        return Trigger(
            analyte=str(key),
            relation=cleaned["trigger_relation"],
            value=value,
            unit=ANALYTES[str(key)].canonical_unit,
            draws=int(cleaned["trigger_draws"]),
            after_weeks=cleaned.get("trigger_after"),
            says=says or "",
            origin=OWN_LIMIT,
        )

    def clean_trigger_value(self) -> Decimal | None:
        return self._number("trigger_value", "the analyte's unit")

    def clean_trigger_after(self) -> Decimal | None:
        return self._number("trigger_after", "weeks")

    def _number(self, name: str, unit: str) -> Decimal | None:
        typed = self.cleaned_data.get(name, "")
        return read_amount(typed, unit) if typed else None

    @property
    def component(self) -> Component:
        """What was typed of this drug; the form is valid and its drug included."""
        typed, dose = self.cleaned_data, self.cleaned_data["dose"]
        return Component(
            drug=self.drug.key,
            amount=dose.amount,
            frequency=dose.frequency,
            starts=typed["starts"],
            mode=dose.mode,
            route=typed.get("route", ""),
            trigger=typed.get("trigger"),
        )

    @staticmethod
    def typed_of(component: Component | None) -> dict[str, Any]:
        """What stands in the form for a component; for none, nothing but how a drug starts."""
        if component is None:
            return {"starts": "effective_stop", "trigger_relation": "above", "trigger_draws": 1}
        trigger = component.trigger or Trigger()
        return {
            "include": True,
            "amount": f"{component.amount.normalize():f}",
            "frequency": component.frequency,
            "mode": component.mode,
            "route": component.route,
            "starts": component.starts,
            "trigger_analyte": trigger.analyte,
            "trigger_relation": trigger.relation,
            "trigger_value": _plain(trigger.value),
            "trigger_draws": trigger.draws,
            "trigger_after": _plain(trigger.after_weeks),
            "trigger_says": trigger.says,
        }


def _start_fields() -> dict[str, forms.Field]:
    analytes = [(key, f"{ANALYTES[key].name}, {_unit(key)}") for key in MEASURED]
    box = {"inputmode": "decimal", "autocomplete": "off"}
    return {
        "starts": OneOf(
            label="Starts",
            choices=[("effective_stop", "at the effective stop"), ("trigger", "later, on a trigger")],
        ),
        "trigger_analyte": OneOf(label="Trigger: analyte", choices=[("", "None"), *analytes], required=False),
        "trigger_relation": OneOf(
            label="Trigger: above or below", choices=[("above", "above"), ("below", "below")]
        ),
        "trigger_value": forms.CharField(
            label="Trigger: value", required=False, max_length=12, widget=forms.TextInput(attrs=box)
        ),
        "trigger_draws": OneOf(
            label="Trigger: on how many draws", choices=[(str(n), str(n)) for n in range(1, MOST_DRAWS + 1)]
        ),
        "trigger_after": forms.CharField(
            label="Trigger: after how many weeks",
            required=False,
            max_length=6,
            widget=forms.TextInput(attrs=box),
        ),
        "trigger_says": forms.CharField(label="Trigger in words", required=False, max_length=200),
    }


def _unit(key: str) -> str:
    return ANALYTES[key].units_by_code[ANALYTES[key].canonical_unit].label


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def content_of(words: DraftForm, parts: dict[str, ComponentForm], before: Protocol) -> Protocol:
    """What was typed, as a protocol: drugs in the order in which they stood, then the new ones.

    A limit that was not touched keeps saying whose it is.
    """
    old = {each.drug: each for each in before.components}
    typed = {key: form.component for key, form in parts.items() if form.is_included}
    order = [*(key for key in old if key in typed), *(key for key in typed if key not in old)]
    fields = {name: words.cleaned_data[name] for name in DraftForm.base_fields if name != "change_note"}
    fields["goals"] = tuple(fields["goals"])
    return Protocol(**fields, components=tuple(_keep_origin(typed[key], old.get(key)) for key in order))


def _keep_origin(now: Component, before: Component | None) -> Component:
    if now.trigger is None or before is None or before.trigger is None:
        return now
    is_same = replace(now.trigger, origin=before.trigger.origin) == before.trigger
    return replace(now, trigger=before.trigger) if is_same else now


def component_forms(content: Protocol, data: Any = None) -> dict[str, ComponentForm]:
    """A form for each drug of the catalogue, those of the content first."""
    known = {each.drug: each for each in content.components}
    keys = [*known, *(key for key in drugs.DRUGS if key not in known)]
    return {
        key: ComponentForm(
            data, initial=ComponentForm.typed_of(known.get(key)), prefix=key, drug=drugs.drug(key)
        )
        for key in keys
    }


class ReviewForm(forms.Form):
    """What the reviewer says of a version, and whether it is published or goes back."""

    verdict = OneOf(
        label="Your verdict",
        choices=[("publish", "Publish it"), ("return", "Return it to its writer")],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label="What you say of it",
        max_length=500,
        required=False,
        help_text="Needed where it goes back.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("verdict") == "return" and not cleaned.get("words", "").strip():
            self.add_error("words", "found nothing. Accepted: a few words on what is to be changed.")
        return cleaned
