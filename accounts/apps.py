"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Clinics, people, roles, and what each may see."""

    name = "accounts"
