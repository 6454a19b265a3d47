"""The desk on which a dose is ordered: whose, of which drug, what is taken now, on which days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from accounts.models import Person
from accounts.templatetags.clinic import day
from clinical import drugs
from clinical.analytes import analyte
from clinical.rulebook import load_rulebook
from labs.models import Result
from patients.models import Episode, Patient
from protocols.actions import step_replaced
from protocols.models import Course, CourseStatus, DoseStep
from protocols.presenters.catalogue import DrugFacts, facts_of
from protocols.presenters.words import distance_words, step_words

# A dose of an episode cannot be older than the testosterone before it; without that day, five years are.
OLDEST_DAYS = 5 * 365
# A plan for later than a quarter would be judged on results nobody has seen.
LATEST_DAYS = 90
ALWAYS_SHOWN = ("TT", "LH", "FSH", "E2", "HCT")


@dataclass(frozen=True, slots=True)
class LatestResult:
    """The newest result of an analyte, as reported, with its age."""

    name: str
    text: str
    unit: str
    place: str
    collected_on: date
    age: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything an order starts from. `course` and `last` are None where the drug is being started."""

    patient: Patient
    episode: Episode
    drug: drugs.Drug
    facts: DrugFacts
    course: Course | None
    last: DoseStep | None
    results: Sequence[LatestResult]
    today: date
    earliest: date
    latest: date

    @property
    def version(self) -> int | None:
        return self.course.version if self.course else None

    @property
    def title(self) -> str:
        verb = "Adjust" if self.course else "Start"
        return f"{verb} {self.drug.name}"

    @property
    def status(self) -> str:
        return self.course.get_status_display() if self.course else "Not taken now"

    @property
    def now(self) -> str:
        """The last dose ordered, in words, with the day from which it holds or until which it held."""
        if self.course is None or self.last is None:
            return ""
        dose, ended = step_words(self.drug.key, self.last), self.last.ends_on
        match CourseStatus(self.course.status):
            case CourseStatus.HELD if ended:
                return f"{dose}, on hold since {day(ended)} ({distance_words(ended, today=self.today)})"
            case CourseStatus.STOPPED if ended:
                return f"{dose} until {day(ended)} ({distance_words(ended, today=self.today)})"
        return f"{dose} {_since(self.last, self.today)}"

    @property
    def is_open_to_change(self) -> bool:
        return self.course is None or self.course.status == CourseStatus.ACTIVE

    def replaced(self, on: date) -> tuple[DoseStep | None, list[DoseStep]]:
        """The step that an order from this day ends, and those planned for later that it withdraws."""
        if self.course is None:
            return None, []
        return step_replaced(self.course, on=on, today=self.today)


def _since(step: DoseStep, today: date) -> str:
    word = "from" if step.starts_on > today else "since"
    return f"{word} {day(step.starts_on)} ({distance_words(step.starts_on, today=today)})"


def desk_for_start(patient: Patient, episode: Episode, drug: str, user: Person) -> Desk:
    """The desk for a drug that is to be started; raises clinical.drugs.UnknownDrug."""
    today = timezone.localdate()
    row = drugs.drug(drug)
    oldest = today - timedelta(days=OLDEST_DAYS)
    return Desk(
        patient=patient,
        episode=episode,
        drug=row,
        facts=facts_of(drug),
        course=None,
        last=None,
        results=latest_results(patient, [row], user, today=today),
        today=today,
        earliest=max(filter(None, [oldest, episode.exposure.started_on])),
        latest=today + timedelta(days=LATEST_DAYS),
    )


def desk_of(course: Course, user: Person) -> Desk:
    """The desk for a course that exists; `course` with its episode, exposure and patient selected."""
    today = timezone.localdate()
    row = drugs.drug(course.drug)
    last = (
        DoseStep.objects.visible_to(user)
        .filter(course=course)
        .select_related("ordered_by")
        .order_by("-starts_on", "-ordered_at")
        .first()
    )
    begun = (
        DoseStep.objects.visible_to(user)
        .filter(course=course, starts_on__lte=today)
        .order_by("-starts_on")
        .values_list("starts_on", flat=True)
        .first()
    )
    return Desk(
        patient=course.patient,
        episode=course.episode,
        drug=row,
        facts=facts_of(course.drug),
        course=course,
        last=last,
        results=latest_results(course.patient, [row], user, today=today),
        today=today,
        earliest=begun or today,
        latest=today + timedelta(days=LATEST_DAYS),
    )


def latest_results(
    patient: Patient, ordered: Sequence[drugs.Drug], user: Person, *, today: date
) -> Sequence[LatestResult]:
    """The newest result of each analyte that is retested on these drugs; one query."""
    table = load_rulebook().retests
    asked = dict.fromkeys(ALWAYS_SHOWN)
    for of in (key for drug in ordered for key in (drug.key, drug.drug_class)):
        for rule in table.of_phase("drug", of):
            asked.update(dict.fromkeys(rule.analytes))
    rows = (
        Result.objects.visible_to(user)
        .current()
        .filter(panel__patient=patient, analyte__in=list(asked))
        .order_by("analyte", "-panel__collected_at")
        .distinct("analyte")
        .select_related("panel")
    )
    by_key = {row.analyte: row for row in rows}
    return [_latest(by_key[key], today) for key in asked if key in by_key]


def _latest(row: Result, today: date) -> LatestResult:
    return LatestResult(
        name=analyte(row.analyte).name,
        text=row.reported_text,
        unit=analyte(row.analyte).units_by_code[row.reported_unit].label,
        place=row.place,
        collected_on=row.panel.collected_on,
        age=distance_words(row.panel.collected_on, today=today),
    )
