"""Logging in with an account of the clinic's own organisation, by OpenID Connect; off unless configured."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from joserfc.errors import JoseError
from requests import RequestException

# Signatures by a key of the provider's; "none", and HMAC with a secret that we share, are none.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
SECONDS = 5
# By how much the provider's clock and ours may differ.
LEEWAY_SECONDS = 30


class Refused(Exception):
    """Nobody is let in. `because` is one word for the audit; whoever stands outside is told none."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


@dataclass(frozen=True, slots=True)
class Vouched:
    """An address that the provider says its person has proven to be his."""

    email: str


def is_on() -> bool:
    """Whether the operator named a provider."""
    return bool(settings.OIDC_ISSUER)


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


def leave(request: HttpRequest) -> HttpResponse:
    """To the provider's log-in, with a state, a nonce and a PKCE challenge that this session alone knows.

    Raises Refused where the provider does not answer as it should.
    """
    try:
        client = _client()
        # Our policy lets a form lead to this one origin; to any other the browser would stay without a word.
        if _origin(client.server_metadata["authorization_endpoint"]) != _origin(settings.OIDC_ISSUER):
            raise Refused("provider")
        answer: HttpResponse = client.authorize_redirect(request, settings.SITE_URL + reverse("oidc_back"))
    except (AuthlibBaseError, RequestException, LookupError, ValueError) as problem:
        raise Refused("provider") from problem
    return answer


def vouched(request: HttpRequest) -> Vouched:
    """Whom the provider sends back. Raises Refused unless all that it says is signed, fresh and for us."""
    # Of several providers a browser could be sent back by the wrong one (RFC 9207).
    if request.GET.get("iss", settings.OIDC_ISSUER) != settings.OIDC_ISSUER:
        raise Refused("issuer")
    try:
        claims = _claims(request)
    except RequestException as problem:
        raise Refused("provider") from problem
    except (AuthlibBaseError, JoseError, LookupError, TypeError, ValueError) as problem:
        raise Refused("token") from problem
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise Refused("unverified")
    return Vouched(email=email)


def _claims(request: HttpRequest) -> dict[str, Any]:
    client = _client()
    wanted = {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
        "nonce": {"essential": True},
    }
    token = client.authorize_access_token(request, claims_options=wanted, leeway=LEEWAY_SECONDS)
    claims = dict(token["userinfo"])
    if "email" not in claims:
        # Some providers keep the token thin; what they then say must be about the same person.
        told = client.userinfo(token=token)
        if told.get("sub") != claims["sub"]:
            raise Refused("token")
        claims |= {name: told.get(name) for name in ("email", "email_verified")}
    return claims


def _client() -> Any:
    """Made anew for each step, with what the provider says of itself now: its keys change."""
    client = OAuth().register(
        "oidc",
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=settings.OIDC_CLIENT_SECRET,
        server_metadata_url=settings.OIDC_ISSUER.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )
    told = client.load_server_metadata()
    if told.get("issuer") != settings.OIDC_ISSUER:
        raise Refused("issuer")
    told["id_token_signing_alg_values_supported"] = ALGORITHMS
    return client
