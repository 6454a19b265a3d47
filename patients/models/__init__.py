"""Patients, what testosterone they took, and their attempts to restore the axis."""

from patients.models.patients import (
    ConcomitantDrug,
    Condition,
    Episode,
    EpisodeQuerySet,
    Exposure,
    Goal,
    Observation,
    Outcome,
    Patient,
    PatientQuerySet,
    RecordOfPatientQuerySet,
    plain,
)

__all__ = [
    "ConcomitantDrug",
    "Condition",
    "Episode",
    "EpisodeQuerySet",
    "Exposure",
    "Goal",
    "Observation",
    "Outcome",
    "Patient",
    "PatientQuerySet",
    "RecordOfPatientQuerySet",
    "plain",
]
