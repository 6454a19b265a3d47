"""The portal app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The patient's own pages; no patient id in any URL."""

    name = "portal"
