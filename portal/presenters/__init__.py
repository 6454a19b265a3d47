"""What the patient's own pages show: facts, and his clinician's words."""

from portal.presenters.recovery import recovery_of
from portal.presenters.results import results_of

__all__ = ["recovery_of", "results_of"]
