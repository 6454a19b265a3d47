"""The workspace app."""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    """The clinic's pages across the record."""

    name = "workspace"
