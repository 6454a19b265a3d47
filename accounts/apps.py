"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Clinics, people, roles, and what each may see."""

    name = "accounts"

    def ready(self) -> None:
        """Listen for failed log-ins and changed second factors; check that each route has its audience."""
        import_module("accounts.denials")
        import_module("accounts.factors")
        import_module("accounts.declared")
