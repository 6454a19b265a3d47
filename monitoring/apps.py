"""The monitoring app."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Rules run over the record: flags, retests, milestones."""

    name = "monitoring"
