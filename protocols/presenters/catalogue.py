"""The drugs to choose from when a course is started, and what is to be known of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Person
from clinical import drugs
from patients.models import Episode, Patient
from protocols.actions import Dose
from protocols.models import Course
from protocols.presenters.words import dose_words


@dataclass(frozen=True, slots=True)
class DrugFacts:
    """One drug of the catalogue as a card shows it. `ladder` are its usual doses in words."""

    key: str
    name: str
    drug_class: str
    routes: str
    ladder: Sequence[str]
    target: str
    contraindications: Sequence[str]
    monitoring: Sequence[str]
    off_label: str
    off_label_source: str
    sources: Sequence[str]
    version: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A drug to choose, or the course of it that is running already."""

    facts: DrugFacts
    running: Course | None


@dataclass(frozen=True, slots=True)
class ChooseDrug:
    """The page that asks which drug is to be started."""

    patient: Patient
    episode: Episode | None
    choices: Sequence[Choice]


def facts_of(key: str) -> DrugFacts:
    """What the catalogue says of a drug; raises clinical.drugs.UnknownDrug."""
    row = drugs.drug(key)
    header = drugs.CATALOGUE.header
    return DrugFacts(
        key=row.key,
        name=row.name,
        drug_class=row.drug_class,
        routes=" or ".join(row.routes),
        ladder=[
            dose_words(key, Dose(step.amount, row.dose_unit, step.frequency, step.mode or ""))
            for step in row.titration
        ],
        target=row.target,
        contraindications=row.contraindications,
        monitoring=row.monitoring,
        off_label=row.off_label_statement,
        off_label_source=_label_source(row),
        sources=[str(source) for source in row.sources],
        version=f"{header.title} {header.version}",
    )


def _label_source(row: drugs.Drug) -> str:
    """Where the statement on the label comes from, and what the label is for."""
    about = {source.about: source.cite for source in row.sources}
    cite = next((about[key] for key in ("approval", "label", "contraindications") if key in about), "label")
    return f"{cite}; labelled for: {row.label_indication}"


def choose_drug(patient: Patient, user: Person) -> ChooseDrug:
    """The catalogue beside what the patient takes already, in two queries."""
    episode = Episode.objects.visible_to(user).open().filter(patient=patient).first()
    running = {
        course.drug: course
        for course in Course.objects.visible_to(user).running().filter(episode=episode, patient=patient)
    }
    return ChooseDrug(
        patient=patient,
        episode=episode,
        choices=[Choice(facts_of(key), running.get(key)) for key in drugs.DRUGS],
    )
