"""The entry page: head, grid, what must be put right, and what must be confirmed before it is stored."""

import uuid
from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from labs import actions
from labs.actions import Doubts
from labs.kinds import NAMES, OFFERS
from labs.models import EntryDraft, Laboratory, Panel, PanelKind
from labs.presenters.grid import Background, Doubt, EntryRow, doubts_of, grid
from labs.presenters.panel import Difference
from labs.presenters.standing import NO_DRAFT
from patients.models import Patient


@dataclass(frozen=True, slots=True)
class Mend:
    """A sentence about what must be put right, and the id of the box where."""

    anchor: str
    message: str


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Everything that the entry page shows."""

    patient: Patient
    kind: PanelKind
    form: Any
    usual: list[EntryRow]
    further: list[EntryRow]
    mend: list[Mend]
    asks: list[Doubt]
    all_checked: bool
    entry_key: uuid.UUID
    units_of: str
    has_laboratories: bool
    amends: Panel | None = None
    draft: EntryDraft | None = None
    twin: Panel | None = None
    differences: list[Difference] = field(default_factory=list)
    overtaken: bool = False
    version_missing: bool = False

    @property
    def draft_version(self) -> str:
        """The draft that this page was drawn from."""
        return self.draft.version if self.draft else NO_DRAFT

    @property
    def further_open(self) -> bool:
        return any(row.is_filled for row in self.further)

    @property
    def rows(self) -> list[EntryRow]:
        return [*self.usual, *self.further]

    @property
    def other_kind(self) -> PanelKind | None:
        """The kind that may be entered instead; a stored panel keeps its own."""
        if self.amends:
            return None
        return PanelKind.SEMEN if self.kind is PanelKind.BLOOD else PanelKind.BLOOD

    @property
    def other_name(self) -> str:
        return NAMES[self.other_kind] if self.other_kind else ""

    @property
    def title(self) -> str:
        what = NAMES[self.kind].lower()
        return f"Amend a {what}" if self.amends else f"New {what}"


def entry_page(
    patient: Patient,
    kind: PanelKind,
    form: Any,
    *,
    seen: Several[str] = frozenset(),
    live: bool = False,
    **extra: Any,
) -> EntryPage:
    """The page for what was typed so far. `live` leaves out what somebody is still about to type."""
    amends = extra.get("amends")
    background = _background(patient, form, amends=amends)
    doubts = _doubts(form, background)
    shown = [*doubts_of(doubts.stops, stops=True), *doubts_of(doubts.asks, stops=False)]
    problems = {
        key: problem
        for key, problem in form.rows.problems.items()
        if not live or form.typed.get(f"unit-{key}") or not problem.box.startswith("unit-")
    }

    def rows(keys: tuple[str, ...]) -> list[EntryRow]:
        return grid(
            kind,
            keys,
            typed=form.typed,
            problems=problems,
            entered=form.entered,
            doubts=shown,
            background=background,
        )

    laboratory = form.laboratory
    return EntryPage(
        patient=patient,
        kind=kind,
        form=form,
        usual=rows(OFFERS[kind].usual),
        further=rows(OFFERS[kind].further),
        mend=_mend(form, shown),
        asks=[doubt for doubt in shown if not doubt.stops],
        all_checked=bool(doubts.asks) and all(ask.message in seen for ask in doubts.asks),
        entry_key=extra.pop("entry_key", None) or form.entry_key,
        units_of=str(laboratory.id) if laboratory else "",
        has_laboratories=form.head.fields["laboratory"].queryset.exists(),
        **extra,
    )


def _background(patient: Patient, form: Any, *, amends: Panel | None) -> Background:
    laboratory: Laboratory | None = form.laboratory
    collection = form.collection
    before = collection.collected_at if collection else timezone.now()
    details = form.details
    return Background(
        previous=actions.previous_readings(patient, before=before, without=amends),
        own=actions.intervals_in_force(laboratory) if laboratory else {},
        proposed=actions.units_of(laboratory) if laboratory else {},
        who_edition=details.who_edition if details else 6,
    )


def _doubts(form: Any, background: Background) -> Doubts:
    if not form.bound or not (form.entered or form.details):
        return Doubts()
    collection = form.collection
    day = collection.collected_on if collection else timezone.localdate()
    entered = actions.with_statement(form.entered, form.details)
    return actions.doubts_about(entered, collected_on=day, previous=background.previous, semen=form.details)


def _mend(form: Any, shown: Sequence[Doubt]) -> list[Mend]:
    if not form.bound:
        return []
    mend = [Mend(problem.anchor, problem.message) for problem in form.problems()]
    mend += [
        Mend(f"id_value-{stop.key}" if stop.key else "rows", stop.message) for stop in shown if stop.stops
    ]
    nothing = not form.entered and not form.rows.problems
    if nothing and (form.details is None or form.details.sperm_seen == "counted"):
        mend.append(Mend("rows", "Results: found nothing. Accepted: at least one value with its unit."))
    return mend


def first_typed(patient: Patient, kind: PanelKind, *, laboratories: Sequence[Laboratory]) -> dict[str, str]:
    """What a new entry starts with: the laboratory of the last panel, and the units that it reports in."""
    last = (
        Panel.objects.current()
        .filter(clinic_id=patient.clinic_id, patient=patient, kind=kind)
        .order_by("-collected_at")
        .values_list("laboratory_id", flat=True)
        .first()
    )
    usual = next((each for each in laboratories if each.id == last), None)
    laboratory = usual or (laboratories[0] if len(laboratories) == 1 else None)
    if laboratory is None:
        return {}
    units = actions.units_of(laboratory)
    return {"laboratory": str(laboratory.id), **{f"unit-{key}": unit for key, unit in units.items()}}


def typed_of(panel: Panel) -> dict[str, str]:
    """A stored panel as somebody typed it, for its amendment."""
    local = panel.collected_at.astimezone(ZoneInfo(panel.collected_zone))
    typed = {
        **{f"unit-{key}": unit for key, unit in actions.units_of(panel.laboratory).items()},
        "laboratory": str(panel.laboratory_id),
        "collected_on": f"{local:%Y-%m-%d}",
        "collected_time": f"{local:%H:%M}",
        "which": _which(local),
        "fasting": panel.fasting,
        "acutely_ill": panel.acutely_ill,
        "before_testosterone": "on" if panel.before_testosterone else "",
        "note": panel.note,
    }
    for result in panel.results.all():
        typed[f"value-{result.analyte}"] = result.reported_text
        typed[f"unit-{result.analyte}"] = result.reported_unit
    return {**typed, **_typed_of_semen(panel)}


def _which(local: datetime) -> str:
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return ("second" if local.fold else "first") if twice else ""


def _typed_of_semen(panel: Panel) -> Mapping[str, str]:
    semen = getattr(panel, "semen", None)
    if semen is None:
        return {}
    return {
        "sperm_seen": semen.sperm_seen,
        "abstinence_days": ""
        if semen.abstinence_days is None
        else f"{actions.plain(semen.abstinence_days):f}",
        "collection_complete": semen.collection_complete,
        "minutes_to_analysis": "" if semen.minutes_to_analysis is None else str(semen.minutes_to_analysis),
        "who_edition": str(semen.who_edition),
    }
