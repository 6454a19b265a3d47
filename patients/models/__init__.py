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
from patients.models.restricting import (
    EmergencyAccess,
    EmergencyReason,
    NamedCarer,
    Restriction,
    RestrictionReason,
    hidden_from,
)

__all__ = [
    "ConcomitantDrug",
    "Condition",
    "EmergencyAccess",
    "EmergencyReason",
    "Episode",
    "EpisodeQuerySet",
    "Exposure",
    "Goal",
    "NamedCarer",
    "Observation",
    "Outcome",
    "Patient",
    "PatientQuerySet",
    "RecordOfPatientQuerySet",
    "Restriction",
    "RestrictionReason",
    "hidden_from",
    "plain",
]
