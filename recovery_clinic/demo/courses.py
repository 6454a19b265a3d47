"""Replaying a synthetic course as if it had been entered here, dated so that its last event was just now."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import clinical
from accounts.models import Person
from clinical.exposure import FORMULATIONS
from clinical.readings import parse_reading
from labs import actions as labs
from labs.models import Laboratory, Panel, PanelKind, SpermSeen, YesNoUnknown
from patients import actions as patients
from patients.models import Episode, Goal, Patient
from protocols import actions as protocols
from protocols.models import Course
from recovery_clinic.demo.people import DemoMan

COURSES = Path(clinical.__file__).parent / "cases"
SEMEN = ("SVOL", "SCONC", "SMOT", "SPR", "SMORPH")
UNITS = {
    "TT": "ng/dL",
    "LH": "[IU]/L",
    "FSH": "[IU]/L",
    "E2": "pg/mL",
    "SHBG": "nmol/L",
    "PRL": "ng/mL",
    "HCT": "%",
    "PSA": "ng/mL",
    "ALT": "U/L",
    "AST": "U/L",
    "TG": "mg/dL",
    "LDL": "mg/dL",
    "HDL": "mg/dL",
    "SVOL": "mL",
    "SCONC": "10*6/mL",
    "SMOT": "%",
    "SPR": "%",
    "SMORPH": "%",
}
FORMULATION = {
    "c1": ("testosterone_cypionate", "160 mg a week", 14),
    "c2": ("testosterone_undecanoate_im", "1000 mg every 12 weeks", 72),
    "c4": ("testosterone_cypionate", "200 mg a week", 48),
    "c5": ("testosterone_enanthate", "125 mg a week", 24),
    "c7": ("testosterone_cypionate", "120 mg a week", 18),
    "c8": ("anabolic_steroids", "enanthate with nandrolone, self-administered", 36),
}
# The courses give amounts a week; a clinician orders an amount and a frequency.
DOSES = {
    ("clomiphene", 87.5): protocols.Dose(Decimal(25), "mg", "every_other_day"),
    ("clomiphene", 175): protocols.Dose(Decimal(25), "mg", "daily"),
    ("tamoxifen", 140): protocols.Dose(Decimal(20), "mg", "daily"),
    ("anastrozole", 3): protocols.Dose(Decimal("0.5"), "mg", "daily"),
    ("anastrozole", 3.5): protocols.Dose(Decimal(1), "mg", "every_other_day"),
    ("anastrozole", 1.75): protocols.Dose(Decimal("0.5"), "mg", "every_other_day"),
    ("gonadorelin-bolus", 0.2): protocols.Dose(Decimal(100), "mcg", "twice_weekly", "bolus"),
    ("gonadorelin-pump", 1.1): protocols.Dose(Decimal(10), "mcg", "every_90_min", "pump", 90),
    ("hcg", 10500): protocols.Dose(Decimal(3000), "IU", "every_other_day"),
    ("hcg", 7000): protocols.Dose(Decimal(2000), "IU", "every_other_day"),
    ("fsh", 225): protocols.Dose(Decimal(75), "IU", "three_times_weekly"),
}
# The courses name only what matters to them; a real panel carries more, and retests ask for it.
BESIDE = {"PRL": "8.4", "ALT": "28", "AST": "24", "TG": "118", "LDL": "104", "HDL": "49", "PSA": "0.9"}
UNEVENTFUL = {"c1", "c2", "c7"}
OVERRIDE = "Discussed with the patient; monitored as the course shows"


@cache
def course(name: str) -> Mapping[str, Any]:
    """A synthetic course as its file gives it."""
    found: Mapping[str, Any] = json.loads((COURSES / f"{name}.json").read_text())
    return found


@dataclass
class Replay:
    """One man's course in the making; `shift` moves its dates so that the last event was `days_ago`."""

    man: DemoMan
    patient: Patient
    laboratory: Laboratory
    clinician: Person
    staff: Person
    zone: str
    today: date
    courses: dict[str, Course] = field(default_factory=dict)
    panels: list[Panel] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.case = course(self.man.course)
        self.events = self.case["events"][: self.man.events]
        last = date.fromisoformat(self.events[-1]["date"])
        self.shift = self.today - timedelta(days=self.man.days_ago) - last
        self.last_day = self.today - timedelta(days=self.man.days_ago)

    def day(self, text: str) -> date:
        """A date of the course, moved to where this man's course lies."""
        return date.fromisoformat(text) + self.shift

    def run(self) -> Episode:
        """Everything that happened, in order."""
        self._history()
        episode = self._episode()
        self._baseline()
        for day in sorted({*(self.day(event["date"]) for event in self.events), *self._dose_days()}):
            for event in self.events:
                if self.day(event["date"]) == day:
                    self._event(event)
            self._doses(episode, day)
        self._read_and_release()
        return episode

    def _history(self) -> None:
        for name in self.case["context"].get("conmed", []):
            patients.note_concomitant_drug(self.patient, name=name, by=self.clinician)

    def _episode(self) -> Episode:
        formulation, dose, months = FORMULATION[self.man.course]
        stop = self.day(self.case["context"]["stop"])
        last_dose = stop - timedelta(days=FORMULATIONS[formulation].washout_days)
        exposure = patients.record_exposure(
            self.patient,
            by=self.clinician,
            formulation=formulation,
            dose=dose,
            started_on=last_dose - timedelta(days=30 * months),
            last_dose_on=last_dose if last_dose <= self.today else None,
        )
        wants = Goal.BOTH if self.case["context"].get("fert") else Goal.TESTOSTERONE
        return patients.open_episode(
            self.patient, exposure=exposure, goal=self.man.goal or wants, by=self.clinician
        )

    def _baseline(self) -> None:
        base = self.case["context"].get("base") or {}
        if base:
            first = self.day(self.case["events"][0]["date"])
            before = first - timedelta(days=365 * 7)
            panel = self._panel(base, PanelKind.BLOOD, before, before_testosterone=True)
            labs.review_panel(panel, by=self.clinician)

    def _event(self, event: Mapping[str, Any]) -> None:
        on = self.day(event["date"])
        blood = {key: value for key, value in event["labs"].items() if key in UNITS and key not in SEMEN}
        semen = {key: value for key, value in event["labs"].items() if key in SEMEN}
        if "TT" in blood:
            beside = {**BESIDE, "HCT": "45.8"} if self.man.course in UNEVENTFUL else BESIDE
            blood = {**beside, **blood}
        for kind, values in ((PanelKind.BLOOD, blood), (PanelKind.SEMEN, semen)):
            if values:
                self.panels.append(self._panel(values, kind, on))
        noted: dict[str, Decimal | None] = {f"symptom:{name}": None for name in event.get("symptoms", [])}
        for key, kind in (("PHQ9", "phq9"), ("PHQ9_9", "phq9_item9")):
            if key in event["labs"]:
                noted[kind] = Decimal(str(event["labs"][key]))
        if noted:
            patients.observe(self.patient, observations=noted, on=on, by=self.clinician)

    def _panel(self, values: Mapping[str, Any], kind: PanelKind, on: date, **fields: Any) -> Panel:
        collection = labs.Collection(
            collected_at=datetime.combine(on, time(8, 10), ZoneInfo(self.zone)),
            zone=self.zone,
            fasting=YesNoUnknown.YES,
            **fields,
        )
        semen = None
        if kind == PanelKind.SEMEN:
            seen = SpermSeen.COUNTED if values.get("SCONC") else SpermSeen.NONE
            semen = labs.SemenDetails(seen, Decimal(3), YesNoUnknown.YES, 45)
        return labs.record_panel(
            self.patient,
            by=self.staff,
            laboratory=self.laboratory,
            kind=kind,
            collection=collection,
            entered=[
                labs.Entered(parse_reading(key, str(value), UNITS[key]), str(value), UNITS[key])
                for key, value in values.items()
            ],
            entry_key=uuid.uuid4(),
            semen=semen,
            confirmed=True,
        )

    def _dose_days(self) -> set[date]:
        days = set()
        for _, _, start, end in self.case["context"]["drugs"]:
            days |= {self.day(start), *([] if end.startswith("2099") else [self.day(end)])}
        return {day for day in days if day <= self.last_day}

    def _doses(self, episode: Episode, day: date) -> None:
        drugs = self.case["context"]["drugs"]
        starting = {
            name.split("-")[0]: (name, weekly) for name, weekly, start, _ in drugs if self.day(start) == day
        }
        ending = {
            name.split("-")[0]
            for name, _, _, end in drugs
            if not end.startswith("2099") and self.day(end) == day
        }
        for drug in sorted(ending - set(starting)):
            self._stop(drug, day)
        for drug, (name, weekly) in starting.items():
            self._start_or_adjust(episode, drug, DOSES[name, weekly], day)

    def _stop(self, drug: str, day: date) -> None:
        course = self.courses.pop(drug)
        course.refresh_from_db()
        protocols.stop_course(
            course,
            on=day,
            reason="End of this step of the course",
            by=self.clinician,
            read_version=course.version,
        )

    def _start_or_adjust(self, episode: Episode, drug: str, dose: protocols.Dose, day: date) -> None:
        words: dict[str, Any] = {
            "dose": dose,
            "starts_on": day,
            "by": self.clinician,
            "entry_key": uuid.uuid4(),
            "override_reason": OVERRIDE,
        }
        if drug in self.courses:
            course = self.courses[drug]
            course.refresh_from_db()
            protocols.adjust_dose(course, reason="By the last panel", read_version=course.version, **words)
        else:
            self.courses[drug] = protocols.start_course(
                episode, drug=drug, reason="Start of recovery treatment", **words
            )

    def _read_and_release(self) -> None:
        read = self.panels[: len(self.panels) - self.man.unread] if self.man.unread else self.panels
        for panel in read:
            labs.review_panel(panel, by=self.clinician)
            labs.release_panel(
                panel, by=self.clinician, comment="As expected at this point. See you at the next visit."
            )
