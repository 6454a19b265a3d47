"""What a log-in, a new password or a second factor brings with it: an audit row, other sessions' end."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import password_changed, password_reset, user_logged_in
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.actions import note_factor, note_log_in, note_new_password
from accounts.denials import note_refused_factor
from accounts.guesses import Guess
from accounts.models import Person
from audit.context import address_of_request


@receiver(post_save, sender=Authenticator, dispatch_uid="accounts.factor_was_added")
def factor_was_added(sender: Any, instance: Authenticator, created: bool, **kwargs: Any) -> None:
    """Django's own signal: allauth's comes after the commit, when the deed stands without its record."""
    if created:
        _note("accounts.second_factor.enabled", instance)


@receiver(post_delete, sender=Authenticator, dispatch_uid="accounts.factor_was_removed")
def factor_was_removed(sender: Any, instance: Authenticator, **kwargs: Any) -> None:
    _note("accounts.second_factor.disabled", instance)


@receiver(authentication_failed, dispatch_uid="accounts.factor_was_refused")
def factor_was_refused(sender: Any, user: Person, authenticator: Authenticator, **kwargs: Any) -> None:
    note_refused_factor(user, kind=authenticator.type)


@receiver(user_logged_in, dispatch_uid="accounts.person_is_in")
def person_is_in(sender: Any, request: HttpRequest, user: Person, **kwargs: Any) -> None:
    """After the last step: whoever knows a password and no code is not in."""
    note_log_in(user, means=[each["method"] for each in get_authentication_records(request, user)])


@receiver(password_changed, dispatch_uid="accounts.password_was_changed")
def password_was_changed(sender: Any, request: HttpRequest, user: Person, **kwargs: Any) -> None:
    note_new_password(user, by_link=False)


@receiver(password_reset, dispatch_uid="accounts.password_was_reset")
def password_was_reset(sender: Any, request: HttpRequest, user: Person, **kwargs: Any) -> None:
    """Whoever has the mails of a person may try his password anew."""
    note_new_password(user, by_link=True)
    Guess(request, user.email, address_of_request(request) or "").new_password()


def _note(action: str, factor: Authenticator) -> None:
    request: HttpRequest | None = context.request
    mine = request is not None and request.user.pk == factor.user_id
    note_factor(request.user if mine else factor.user, action=action, kind=factor.type)
    if mine:
        request.user.keep_session(request)
