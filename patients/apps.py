"""The patients app."""

from django.apps import AppConfig


class PatientsConfig(AppConfig):
    """Patients, exposures to testosterone, recovery episodes."""

    name = "patients"
