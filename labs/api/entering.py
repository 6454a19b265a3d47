"""A blood panel as another program sends it, read by the very forms that read the page."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from accounts.api import Id, Moment, Pick, Strict, Text, YesOrNo, list_messages, listed
from accounts.models import Person
from accounts.problems import Problem
from labs.actions import Collection
from labs.forms import EntryForm
from labs.forms.rows import unit_name, value_name
from labs.kinds import OFFERS
from labs.models import Panel, PanelKind, YesNoUnknown
from patients.models import Patient

KEYS = OFFERS[PanelKind.BLOOD].keys
# The moment stands in one field here and in three boxes on the page.
POINTERS = dict.fromkeys(("collected_on", "collected_time", "which"), "/collected_at")


class ResultEntered(Strict):
    """One analyte exactly as the laboratory reported it."""

    analyte = Pick(choices=KEYS)
    value = Text(
        max_length=24,
        min_length=1,
        accepted='an optional <, >, <= or >= and digits, as reported, such as "<0.1"',
    )
    unit = Text(max_length=24, min_length=1, accepted="the unit as reported, or its UCUM code")


class PanelEntered(Strict):
    """A blood panel. Nothing is guessed: no unit, no zone, no offset."""

    laboratory = Id()
    collected_at = Moment()
    collected_zone = Text(
        required=False,
        max_length=64,
        min_length=1,
        accepted="a zone of the IANA database, such as Europe/London",
        help_text="In which zone the clock was read; the clinic's where nothing is said.",
    )
    fasting = Pick(choices=dict(YesNoUnknown.choices), required=False)
    acutely_ill = Pick(choices=dict(YesNoUnknown.choices), required=False)
    before_testosterone = YesOrNo(required=False)
    note = Text(required=False, allow_blank=True, max_length=400)
    results = ResultEntered(
        many=True, min_length=1, max_length=len(KEYS), error_messages=list_messages(1, len(KEYS))
    )
    confirmed = listed(
        Text(max_length=600, min_length=1),
        required=False,
        most=100,
        help_text="The very sentences of an `unconfirmed` problem, once a person has checked them.",
    )
    store_both = YesOrNo(
        required=False,
        help_text="A person has said that the sample recorded for the same moment is another one.",
    )


class Amendment(PanelEntered):
    """The whole panel anew, and why it is changed."""

    reason = Text(max_length=200, min_length=1, accepted="a sentence that says why the panel is changed")


@dataclass(frozen=True, slots=True)
class Read:
    """What the forms made of a panel that was sent."""

    form: EntryForm
    collection: Collection

    def is_told_by(self, panel: Panel) -> bool:
        """Whether a stored panel says the same beside its results, which its action compares itself."""
        mine, asked = self.collection, self.form.laboratory
        told = (panel.collected_zone, panel.fasting, panel.acutely_ill, panel.before_testosterone, panel.note)
        return asked is not None and (panel.laboratory_id, *told) == (
            asked.id,
            mine.zone,
            mine.fasting,
            mine.acutely_ill,
            mine.before_testosterone,
            mine.note,
        )


def read_panel(sent: dict[str, Any], *, patient: Patient, by: Person, zone: str) -> Read:
    """The panel that was sent, as the page's own forms read it; raises Problem, which names each field."""
    zone = sent.get("collected_zone") or zone
    if zone not in available_timezones():
        accepted = "a zone of the IANA database, such as Europe/London"
        raise _refused([("/collected_zone", f'found "{zone}". Accepted: {accepted}.')])
    _refuse_twice(sent["results"])
    moment: datetime = sent["collected_at"]
    if moment > timezone.now():
        now = timezone.now().astimezone(UTC)
        told = f"found a moment in the future. Accepted: up to now, {now:%Y-%m-%dT%H:%M}Z."
        raise _refused([("/collected_at", told)])
    typed = _typed(sent, moment.astimezone(ZoneInfo(zone)))
    form = EntryForm(
        typed,
        patient=patient,
        by=by,
        kind=PanelKind.BLOOD,
        zone=zone,
        bound=True,
        amends="reason" in sent,
    )
    if not form.is_valid() or form.collection is None:
        raise _refused(_problems(form, sent["results"]))
    # The page's clock has no seconds, a laboratory's system may.
    return Read(form, replace(form.collection, collected_at=moment))


def _typed(sent: dict[str, Any], local: datetime) -> dict[str, str]:
    return {
        "laboratory": str(sent["laboratory"]),
        "collected_on": f"{local:%Y-%m-%d}",
        "collected_time": f"{local:%H:%M}",
        "which": "second" if local.fold else "first",
        "fasting": sent.get("fasting", YesNoUnknown.UNKNOWN.value),
        "acutely_ill": sent.get("acutely_ill", YesNoUnknown.UNKNOWN.value),
        "before_testosterone": "on" if sent.get("before_testosterone") else "",
        "note": sent.get("note", ""),
        "reason": sent.get("reason", ""),
        **{value_name(row["analyte"]): row["value"] for row in sent["results"]},
        **{unit_name(row["analyte"]): row["unit"] for row in sent["results"]},
    }


def _refuse_twice(rows: list[dict[str, str]]) -> None:
    seen: set[str] = set()
    for place, row in enumerate(rows):
        if row["analyte"] in seen:
            told = f'found "{row["analyte"]}" a second time. Accepted: each analyte once.'
            raise _refused([(f"/results/{place}/analyte", told)])
        if not row["value"].strip():
            raise _refused([(f"/results/{place}/value", "found only spaces. Accepted: a value.")])
        seen.add(row["analyte"])


def _problems(form: EntryForm, rows: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    places = {row["analyte"]: place for place, row in enumerate(rows)}
    for part in form.parts:
        for field, told in part.errors.items():
            yield from ((POINTERS.get(field, f"/{field}"), str(each)) for each in told)
    for key, problem in form.rows.problems.items():
        box = problem.box.partition("-")[0]
        yield f"/results/{places[key]}/{box}", problem.message


def _refused(found: Any) -> Problem:
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in found]
    return Problem(
        "invalid", f"Not accepted: {', '.join(each['pointer'] for each in errors)}.", errors=errors
    )
