"""django-allauth's forms of the second factor, made so that a code counts once."""

import hashlib
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp import forms as totp
from django import forms
from django.core.cache import cache

from accounts.models import Person

# A code is taken one step of thirty seconds before and after its own.
GOOD_FOR = 150


class UsedOnce(forms.Form):
    """Of all who send the same code of a person, at whatever time and to whichever page, one gets in."""

    user: Person

    def clean_code(self) -> str:
        key = _key(self.user, self.cleaned_data["code"])
        if cache.get(key):
            # Counted like a wrong one. The code is not looked at: to find it right would forget the count.
            check_rate_limit(self.user)
            raise self.used()
        code: str = super().clean_code()  # type: ignore[misc]
        if not cache.add(key, True, GOOD_FOR):
            raise self.used()
        return code

    def used(self) -> Exception:
        refused: Exception = get_adapter().validation_error("incorrect_code")
        return refused


class AuthenticateForm(UsedOnce, base.AuthenticateForm):
    """At the log-in."""


class ReauthenticateForm(UsedOnce, base.ReauthenticateForm):
    """Before something sensitive."""


class ActivateTOTPForm(UsedOnce, totp.ActivateTOTPForm):
    """The first code of a new app, which is no second one for a log-in."""


def _key(person: Any, code: str) -> str:
    """The code itself is stored nowhere."""
    typed = "".join(code.split()).replace("-", "")
    return f"accounts.code:{person.pk}:{hashlib.sha256(typed.encode()).hexdigest()[:32]}"
