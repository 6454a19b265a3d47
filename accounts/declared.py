"""Every route says who may pass: one that does not keeps the product from starting."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

# django-allauth's routes by their names, whether they are switched on or not: each shows and changes only
# the person who is logged in, or who is proving to be. A new one of a later release is looked at first.
OF_ALLAUTH = frozenset(
    """
    account_login account_logout account_inactive account_signup account_reauthenticate account_email
    account_email_verification_sent account_change_password account_set_password account_reset_password
    account_confirm_login_code account_confirm_email account_reset_password_from_key_done
    account_reset_password_from_key account_reset_password_done
    mfa_index mfa_authenticate mfa_reauthenticate mfa_activate_totp mfa_deactivate_totp
    mfa_view_recovery_codes mfa_generate_recovery_codes mfa_download_recovery_codes
    mfa_list_webauthn mfa_add_webauthn mfa_reauthenticate_webauthn mfa_remove_webauthn mfa_edit_webauthn
    mfa_login_webauthn
    socialaccount_login_cancelled socialaccount_login_error socialaccount_signup socialaccount_connections
    openid_connect_login openid_connect_callback
    usersessions_list
    """.split()
)


def undeclared(resolver: Any = None, above: str = "/") -> Iterator[str]:
    """The address of every route, through all includes, that nobody said the audience of."""
    for each in (resolver or get_resolver()).url_patterns:
        address = f"{above}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from undeclared(each, address)
        elif not is_declared(each):
            yield address


def is_declared(route: URLPattern) -> bool:
    """True where the view carries a decorator of `accounts.permissions`, or is django-allauth's by name."""
    if str(route.callback.__module__).startswith("allauth."):
        return route.name in OF_ALLAUTH
    return hasattr(route.callback, "allowed_roles")


@register(Tags.security)
def every_route_says_who_may_pass(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """For `manage.py check`, and with it for every command."""
    hint = "Give the view its decorator from accounts/permissions.py, or name the route in OF_ALLAUTH."
    return [
        Error(f"{address} does not say who may pass.", hint=hint, id="accounts.E001")
        for address in undeclared()
    ]


def refuse_undeclared_routes() -> None:
    """Raise ImproperlyConfigured for a route without an audience; a server runs no checks by itself."""
    if found := list(undeclared()):
        raise ImproperlyConfigured(f"Nobody said who may pass: {', '.join(found)}")
