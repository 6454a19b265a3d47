"""How django-allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):
    """Nobody signs up by himself: clinics admit their members and invite their patients."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
