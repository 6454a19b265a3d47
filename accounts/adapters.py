"""How django-allauth behaves here."""

from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.guesses import Guess
from accounts.models import Person
from accounts.unsaved import way_back
from audit.context import address_of_request


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by himself: clinics admit their members and invite their patients."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: Any, **hook: Any) -> HttpResponse:
        """On to what was typed when his session had ended, else to where the person wanted to go."""
        answer: HttpResponse = super().post_login(
            request, user, **{**hook, "redirect_url": way_back(request) or hook["redirect_url"]}
        )
        return answer

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """How somebody shows again that it is he: by the second factor where he has one, else by password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [each for each in methods if each["id"] != "reauthenticate"] or methods

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the audit notes too; one word for all that come without, by a socket."""
        return address_of_request(request) or "unknown"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the guess before the password is looked at; ValidationError where it is one too many."""
        if not self._guess(request, credentials).count():
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        person: Person | None = super().authenticate(request, **credentials)
        if person is not None:
            self.guess.was_right()
        return person

    def get_login_stages(self) -> list[str]:
        """What a log-in passes through; no factor of ours where the provider has just asked for one."""
        stages: list[str] = super().get_login_stages()
        if getattr(self.request, "factor_shown_elsewhere", False):
            stages.remove("allauth.mfa.stages.AuthenticateStage")
        return stages

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Below our own address: the Host header is whatever the sender of a request wrote."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", quote(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def _guess(self, request: HttpRequest, credentials: dict[str, Any]) -> Guess:
        login = str(credentials.get("email") or credentials.get("username") or "")
        self.guess = Guess(request, login, self.get_client_ip(request))
        return self.guess


class FactorAdapter(DefaultMFAAdapter):
    """Second factors, in the words that a browser or a phone shows beside them."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": self.get_totp_issuer()}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - allauth's name for it
        """What a new key is called until its owner says otherwise."""
        so_far = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return "Security key" if not so_far else f"Security key {so_far + 1}"
