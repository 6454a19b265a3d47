"""The labs app."""

from django.apps import AppConfig


class LabsConfig(AppConfig):
    """Laboratories, panels, results and semen analyses."""

    name = "labs"
