"""Patients, what testosterone they took, their attempts to restore the axis, and notes about them."""

from patients.models.notes import LONGEST_NOTE, Addendum, Note
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
from patients.models.portal import PortalInvitation
from patients.models.restricting import (
    EmergencyAccess,
    EmergencyReason,
    NamedCarer,
    Restriction,
    RestrictionReason,
    hidden_from,
)

__all__ = [
    "LONGEST_NOTE",
    "Addendum",
    "ConcomitantDrug",
    "Condition",
    "EmergencyAccess",
    "EmergencyReason",
    "Episode",
    "EpisodeQuerySet",
    "Exposure",
    "Goal",
    "NamedCarer",
    "Note",
    "Observation",
    "Outcome",
    "Patient",
    "PatientQuerySet",
    "PortalInvitation",
    "RecordOfPatientQuerySet",
    "Restriction",
    "RestrictionReason",
    "hidden_from",
    "plain",
]
