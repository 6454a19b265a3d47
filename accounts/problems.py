"""What goes wrong under /api/, told as RFC 9457 says, by whichever layer of the product noticed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, JsonResponse

API = "/api/"
MEDIA_TYPE = "application/problem+json"
# The same words for what does not exist and for what somebody else has.
NOT_FOUND = "found no such record, or none that you may see."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the status that it answers with, and what it is called."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "unreadable": Kind(400, "The request could not be read"),
        "no-credentials": Kind(401, "Nobody is logged in, and no token was shown"),
        "token-refused": Kind(401, "The token opens nothing"),
        "forged": Kind(403, "The request carries a session without its CSRF token"),
        "role": Kind(403, "This is for another role"),
        "scope": Kind(403, "The token's scopes do not reach so far"),
        "not-found": Kind(404, "There is no such thing here"),
        "method": Kind(405, "This address does not take that method"),
        "already-recorded": Kind(409, "A sample of this moment is recorded already"),
        "overtaken": Kind(412, "It was changed since it was read"),
        "too-large": Kind(413, "The body is too large"),
        "media-type": Kind(415, "The body is not JSON"),
        "invalid": Kind(422, "Some of it cannot be accepted"),
        "unconfirmed": Kind(422, "Something unlikely was not confirmed"),
        "key-used": Kind(422, "The Idempotency-Key stands for another request"),
        "header-missing": Kind(428, "A header that makes this safe is missing"),
        "too-many": Kind(429, "Too many requests were refused"),
        "failed": Kind(500, "The request could not be answered"),
        "away": Kind(503, "The database does not answer"),
    }
)


class Problem(Exception):
    """Raised where a request under /api/ cannot be answered; `errors` names the fields, `more` adds facts."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.errors = kind, detail, list(errors)
        self.headers, self.more = dict(headers or {}), more

    @property
    def status(self) -> int:
        return KINDS[self.kind].status

    @property
    def body(self) -> dict[str, Any]:
        kind = KINDS[self.kind]
        body: dict[str, Any] = {
            "type": f"urn:recovery-clinic:problem:{self.kind}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail,
            **self.more,
        }
        return {**body, "errors": self.errors} if self.errors else body

    def answer(self) -> JsonResponse:
        """The problem as an answer, for the layers around the views."""
        return JsonResponse(self.body, status=self.status, content_type=MEDIA_TYPE, headers=self.headers)


def asks_api(request: HttpRequest) -> bool:
    """Whether a program asks: it is answered in JSON and never in HTML."""
    return request.path_info.startswith(API)


def no_credentials() -> Problem:
    """Whoever asks has to say who he is."""
    return Problem(
        "no-credentials",
        "found no credentials. Accepted: Authorization: Bearer and a token, or a session's cookie.",
        headers={"WWW-Authenticate": 'Bearer realm="Recovery Clinic"'},
    )
