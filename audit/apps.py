"""The audit app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Who saw and did what; rows are only added."""

    name = "audit"
