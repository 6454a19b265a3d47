"""Every refusal of an API view as a problem that names the field, what was found and what is accepted."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.problems import MEDIA_TYPE, NOT_FOUND, Problem, no_credentials


def answer_problem(exception: Exception, context: Any) -> Response | None:
    """The answer to what a view raised; None leaves the rest to the roof's last handler."""
    problem = _problem_of(exception)
    if problem is None:
        return None
    answer = Response(problem.body, status=problem.status, headers=problem.headers, content_type=MEDIA_TYPE)
    answer.exception = True
    return answer


def _problem_of(exception: Exception) -> Problem | None:
    match exception:
        case Problem():
            return exception
        case Http404() | exceptions.NotFound():
            return Problem("not-found", NOT_FOUND)
        case PermissionDenied() | exceptions.PermissionDenied():
            return Problem("role", str(exception) or "found a role whose deed this is not.")
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return no_credentials()
        case exceptions.MethodNotAllowed():
            return Problem("method", str(exception.detail))
        case exceptions.UnsupportedMediaType():
            return Problem("media-type", f"{exception.detail} Accepted: application/json.")
        case exceptions.ValidationError():
            return invalid(exception.detail)
        case _:
            return None


def invalid(detail: Any, kind: str = "invalid") -> Problem:
    """The errors of a serializer, each under a JSON pointer to its field."""
    errors = [{"pointer": pointer, "detail": told} for pointer, told in _flat(detail)]
    where = ", ".join(sorted({each["pointer"] for each in errors})[:8])
    return Problem(kind, f"Not accepted: {where or 'the body'}.", errors=errors)


def _flat(detail: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            path = pointer if name == "non_field_errors" else f"{pointer}/{_escaped(str(name))}"
            yield from _flat(inner, path)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            yield from _flat(inner, pointer if isinstance(inner, str) else f"{pointer}/{place}")
    else:
        yield pointer, str(detail)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
