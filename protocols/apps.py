"""The protocols app."""

from django.apps import AppConfig


class ProtocolsConfig(AppConfig):
    """Courses of drugs and their dose steps."""

    name = "protocols"
