"""What every view of the API is built on: who may, in which scope, and what it reads."""

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.answering import answer_problem, invalid
from accounts.api.fields import UUID_SHAPE, Strict, sentence
from accounts.api.parsing import StrictJSONParser
from accounts.models import CARE_TEAM, ApiToken, Person, Role
from accounts.permissions import check_role
from accounts.problems import Problem

KEY = "Idempotency-Key"


class KnownPerson(BaseAuthentication):
    """Whoever the middleware found by session or by token; it has checked both, CSRF included."""

    def authenticate(self, request: Request) -> tuple[Person, ApiToken | None] | None:
        person = request._request.user
        if not person.is_authenticated:
            return None
        return person, getattr(request._request, "api_token", None)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Recovery Clinic"'


class AlwaysJSON(BaseContentNegotiation):
    """One kind of answer, whatever `Accept` or `?format=` wish for."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((each for each in parsers if each.media_type == sent), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class NoQuery(Strict):
    """An address that takes no query."""


class ApiView(APIView):
    """A view of the API. `audience` and `scopes` are asked before anything is read."""

    audience: ClassVar[tuple[Role, ...]] = CARE_TEAM
    # The scope of a method, where it is not "read" for GET and "write" for everything else.
    scopes: ClassVar[dict[str, str]] = {}
    # What stands in its query.
    asks: ClassVar[type[Strict]] = NoQuery

    http_method_names = ["get", "post"]
    authentication_classes = [KnownPerson]
    content_negotiation_class = AlwaysJSON
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    permission_classes = []
    throttle_classes = []
    metadata_class = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        view = super().as_view(**initkwargs)
        # Django's own check of forged requests stays in force for sessions; a token's request is let off by
        # the middleware that knew it.
        view.csrf_exempt = False  # type: ignore[attr-defined]
        view.allowed_roles = cls.audience  # type: ignore[attr-defined]
        return view

    def get_exception_handler(self) -> Any:
        return answer_problem

    def check_permissions(self, request: Request) -> None:
        if not request.user.is_authenticated:
            self.permission_denied(request)
        check_role(request.user, self.audience)
        token: ApiToken | None = request.auth
        safe = request.method in {"GET", "HEAD"}
        scope = self.scopes.get(request.method or "", "read" if safe else "write")
        if token is not None and scope not in token.scopes:
            challenge = f'Bearer realm="Recovery Clinic", error="insufficient_scope", scope="{scope}"'
            found = ", ".join(sorted(token.scopes))
            raise Problem(
                "scope",
                f"found the scope {found}. Accepted: a token with the scope {scope}.",
                headers={"WWW-Authenticate": challenge},
            )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # A method that is not taken is told so, whatever stands in the query.
        is_taken = request.method in self.allowed_methods
        self.asked = _query(request, self.asks) if is_taken else {}

    def read(self, request: Request, shape: type[Strict]) -> dict[str, Any]:
        """The body as `shape` reads it; raises Problem."""
        # Asked here as well: a form is read by the layers before any view, and would look like no body.
        if AlwaysJSON().select_parser(request, self.parser_classes) is None:
            raise Problem("media-type", f'found "{request.content_type}". Accepted: application/json.')
        body = request.data
        if not isinstance(body, dict):
            raise invalid(sentence(body, "an object"))
        form = shape(data=body)
        if not form.is_valid():
            raise invalid(form.errors)
        found: dict[str, Any] = form.validated_data
        return found


def _query(request: Request, shape: type[Strict]) -> dict[str, Any]:
    twice = [name for name, values in request.query_params.lists() if len(values) > 1]
    if twice:
        raise invalid({name: ["found it more than once. Accepted: once."] for name in twice}, "unreadable")
    form = shape(data=dict(request.query_params.items()))
    if not form.is_valid():
        raise invalid(form.errors, "unreadable")
    found: dict[str, Any] = form.validated_data
    return found


def key_of(request: Request) -> uuid.UUID:
    """The key under which the same request again is the same deed; raises Problem without one."""
    key = request.headers.get(KEY, "").strip()
    if not key:
        raise Problem(
            "header-missing", f"found no {KEY}. Accepted: a new UUID for each deed, the same for its repeats."
        )
    if not re.match(UUID_SHAPE, key):
        raise Problem("unreadable", f"found a {KEY} that is none. Accepted: a UUID.")
    return uuid.UUID(key)


def tagged(body: Any) -> Response:
    """The body with an ETag of what it says, for If-Match."""
    return Response(body, headers={"ETag": tag_of(body)})


def tag_of(body: Any) -> str:
    """A strong ETag: another representation has another tag."""
    text = json.dumps(body, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def unchanged_since_read(request: Request, body: Any) -> None:
    """Raise Problem unless If-Match names what stands now."""
    shown = request.headers.get("If-Match", "").strip()
    if not shown:
        raise Problem("header-missing", "found no If-Match. Accepted: the ETag that was read.")
    if tag_of(body) not in {each.strip() for each in shown.split(",")}:
        raise Problem("overtaken", "found another ETag than that of what stands now. Read it again.")
