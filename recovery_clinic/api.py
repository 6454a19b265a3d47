"""The API's description of itself in OpenAPI 3.1, read off the views."""

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import ApiView
from accounts.models import MEMBERS
from accounts.problems import KINDS, MEDIA_TYPE

# Which kinds of problem a method can meet; every address can meet the first row.
ALWAYS = ("unreadable", "no-credentials", "role", "not-found", "method", "too-many", "failed", "away")
WITH_BODY = ("already-recorded", "too-large", "media-type", "invalid")
DEEDS = ("header-missing", "overtaken")
# Gunicorn's own answer, in its own words: no request reaches the product that it does not take.
TOO_LONG = {"description": "The address is longer than the web server takes"}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `errors` names each field with what was found and what is accepted.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "enum": [f"urn:recovery-clinic:problem:{kind}" for kind in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "unconfirmed": {"type": "array", "items": {"type": "string"}},
        "panel": {"type": "string", "format": "uuid"},
    },
}


class Credentials(OpenApiAuthenticationExtension):
    """A token, or the session of somebody who is logged in."""

    target_class = "accounts.api.views.KnownPerson"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        from django.conf import settings

        return [
            {"type": "http", "scheme": "bearer", "description": "A token that the clinic's admin created."},
            {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"token": []}, {"session": []}]


def described(result: dict[str, Any], generator: Any, **kwargs: Any) -> dict[str, Any]:
    """Each operation with the problems that it can meet, and bodies that take no other name."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for methods in result["paths"].values():
        for operation in methods.values():
            kinds = [*ALWAYS, *(WITH_BODY if "requestBody" in operation else ())]
            headers = {each["name"] for each in operation.get("parameters", []) if each["in"] == "header"}
            kinds += DEEDS if headers else ()
            for kind in kinds:
                answer = {"description": KINDS[kind].title, "content": content}
                operation["responses"].setdefault(str(KINDS[kind].status), answer)
            operation["responses"].setdefault("414", TOO_LONG)
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
    return result


@cache
def description() -> dict[str, Any]:
    """The description, made once: it is the same for everybody."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


class SchemaView(ApiView):
    """The description, for members and their programs."""

    audience = MEMBERS

    @extend_schema(operation_id="schema", responses={(200, "application/json"): {"type": "object"}})
    def get(self, request: Request) -> Response:
        return Response(description())
