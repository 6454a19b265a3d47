"""The documents app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Handouts and sheets as PDF; the only package that imports WeasyPrint."""

    name = "documents"
