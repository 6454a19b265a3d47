"""Showing that one is who one is, as a browser of the tests does it: by password, by code, or a while ago."""

import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa import app_settings
from allauth.mfa.totp.internal import auth
from django.test import Client

from accounts.models import Person


def proven(client: Client, person: Person, *, minutes_ago: float = 0) -> Client:
    """Log in as a person who showed that long ago that it was he: by every means that he has."""
    client.force_login(person)
    session = client.session
    at = time.time() - 60 * minutes_ago
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": method, "at": at} for method in ("password", "mfa")
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client


def a_second_factor(person: Person) -> str:
    """Give a person an authenticator app; returns the secret that it holds."""
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(person, secret)
    return str(secret)


def code_of(secret: str) -> str:
    """What the app shows now."""
    shown: Any = auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // app_settings.TOTP_PERIOD))
    return str(shown)
