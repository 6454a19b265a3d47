"""The page of one panel: results as reported with their ranges, and the versions before and after it."""

from collections.abc import Mapping
from dataclasses import dataclass

from clinical.analytes import analyte
from labs.actions import plain
from labs.kinds import NAMES, OFFERS
from labs.models import Panel, PanelKind, Place, Result, SemenAnalysis

ABSENT = "not reported"


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result as the laboratory reported it, where it lies, and by which range."""

    id: str
    key: str
    name: str
    text: str
    unit: str
    place: str
    reason: str
    range: str
    source: str
    version: str
    is_laboratorys: bool
    method: str
    confirmed: list[str]

    @property
    def state(self) -> str:
        """Which of the states that never look alike: within, failed, no_rule, or "" for below and above."""
        states = {Place.WITHIN: "within", Place.UNKNOWN: "failed", Place.NO_INTERVAL: "no_rule"}
        return states.get(Place(self.place), "")


@dataclass(frozen=True, slots=True)
class Difference:
    """One analyte in two versions of a panel, and where somebody types, his own text."""

    name: str
    old: str
    new: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the panel, what it said, and how the one after it differs."""

    panel: Panel
    lines: list[ResultLine]
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class PanelPage:
    """Everything that the page of a panel shows."""

    panel: Panel
    lines: list[ResultLine]
    semen: SemenAnalysis | None
    abstinence: str
    versions: list[Version]
    newest: Panel

    @property
    def name(self) -> str:
        return NAMES[PanelKind(self.panel.kind)]

    @property
    def is_newest(self) -> bool:
        return self.newest.pk == self.panel.pk

    @property
    def shown_before(self) -> Panel | None:
        """The latest earlier version that the patient was shown."""
        earlier = (each.panel for each in self.versions if each.panel.version < self.panel.version)
        return next((panel for panel in earlier if panel.released_at), None)

    @property
    def is_replaced(self) -> bool:
        return not self.is_newest


def panel_page(panel: Panel) -> PanelPage:
    """The page of a panel read with its results; two queries more find its other versions."""
    chain = versions_of(panel)
    lines = {each.pk: lines_of(each) for each in chain}
    versions = [
        Version(each, lines[each.pk], differences_between(before, each) if before else [])
        for before, each in zip([None, *chain], chain, strict=False)
    ]
    semen = getattr(panel, "semen", None)
    abstinence = plain(semen.abstinence_days) if semen else None
    return PanelPage(
        panel=panel,
        lines=lines[panel.pk],
        semen=semen,
        abstinence=f"{abstinence:f}" if abstinence is not None else "",
        versions=list(reversed(versions)),
        newest=chain[-1],
    )


def versions_of(panel: Panel) -> list[Panel]:
    """Every version of this panel, oldest first."""
    related = (
        Panel.objects.filter(clinic_id=panel.clinic_id, patient_id=panel.patient_id)
        .exclude(supersedes=None, superseded_at=None)
        .select_related("finalised_by", "laboratory")
        .prefetch_related("results")
    )
    by_id = {each.pk: each for each in related}
    after = {each.supersedes_id: each for each in by_id.values() if each.supersedes_id}
    first = by_id.get(panel.pk, panel)
    while first.supersedes_id:
        first = by_id[first.supersedes_id]
    chain = [first]
    while following := after.get(chain[-1].pk):
        chain.append(following)
    return chain


def lines_of(panel: Panel) -> list[ResultLine]:
    """The results of a panel in the order of the entry form."""
    order = {key: index for index, key in enumerate(OFFERS[PanelKind(panel.kind)].keys)}
    results = sorted(panel.results.all(), key=lambda each: (order.get(each.analyte, 99), each.analyte))
    return [_line(result) for result in results]


def _line(result: Result) -> ResultLine:
    row = analyte(result.analyte)
    return ResultLine(
        id=str(result.id),
        key=row.key,
        name=row.name,
        text=result.reported_text,
        unit=row.units_by_code[result.reported_unit].label,
        place=result.place,
        reason=result.place_reason,
        range=result.interval_text,
        source=result.interval_source,
        version=result.interval_version,
        is_laboratorys=result.interval_is_laboratorys,
        method=result.method,
        confirmed=result.confirmed,
    )


def differences_between(
    old: Panel, new: Panel, *, typed: Mapping[str, str] | None = None
) -> list[Difference]:
    """Analytes whose reported value or unit differs; with `typed`, also where that differs from the new."""
    before = {line.key: f"{line.text} {line.unit}" for line in lines_of(old)}
    after = {line.key: f"{line.text} {line.unit}" for line in lines_of(new)}
    own = _typed_values(typed, PanelKind(new.kind)) if typed is not None else after
    keys = [key for key in OFFERS[PanelKind(new.kind)].keys if key in {*before, *after, *own}]
    return [
        Difference(
            name=analyte(key).name,
            old=before.get(key, ABSENT),
            new=after.get(key, ABSENT),
            typed=own.get(key, ABSENT) if typed is not None else "",
        )
        for key in keys
        if before.get(key) != after.get(key) or own.get(key) != after.get(key)
    ]


def _typed_values(typed: Mapping[str, str], kind: PanelKind) -> dict[str, str]:
    values = {}
    for key in OFFERS[kind].keys:
        text = typed.get(f"value-{key}", "").strip()
        if text:
            unit = analyte(key).unit_called(typed.get(f"unit-{key}", ""))
            values[key] = f"{text} {unit.label if unit else 'without a unit'}"
    return values
