"""Answers to what no view answered: a request that is too large, a database that is away, our own mistake.

Each layer of middleware has its exceptions turned into an answer at once, so that no layer above it can
catch them; Django's error handlers are the one place that sees them all.
"""

import sys

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from accounts.problems import NOT_FOUND, Problem, asks_api, no_credentials

log = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where the request holds more than DATA_UPLOAD_MAX_MEMORY_SIZE."""
    if isinstance(exception, RequestDataTooBig):
        return _answer(
            request, "too-large", "400.html", "found a larger body. Accepted: up to 1 MiB.", status=413
        )
    return _answer(request, "unreadable", "400.html", "found what cannot be read.", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token, or from another site; 401 for a program that showed nothing."""
    if asks_api(request) and not request.user.is_authenticated:
        return no_credentials().answer()
    told = "found a session's cookie without its CSRF token. Accepted: the header X-CSRFToken, or a token."
    return _answer(request, "forged", "403_csrf.html", told, status=403)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 with the sentence that says whose deed it is."""
    if asks_api(request):
        return Problem("role", str(exception)).answer()
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, the same for what does not exist and for what somebody else has."""
    if asks_api(request):
        return Problem("not-found", NOT_FOUND).answer()
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 with Retry-After where PostgreSQL did not answer, wherever in the request that was."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return database_away(request, error)
    return _answer(request, "failed", "500.html", "found a mistake of ours.", status=500)


def database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    """An answer without any query; what was typed is still in the browser."""
    log.error("database_away", error=type(error).__name__)
    told = "found a database that does not answer. Accepted: the same again in a few seconds."
    answer = _answer(request, "away", "503.html", told, status=503)
    answer.headers["Retry-After"] = "5"
    return answer


def _answer(request: HttpRequest, kind: str, template: str, told: str, *, status: int) -> HttpResponse:
    """A problem for a program, a page for a person.

    The page knows the request alone, of which it takes its nonce: context processors would query.
    """
    if asks_api(request):
        return Problem(kind, told).answer()
    return HttpResponse(render_to_string(template, {"request": request}), status=status)
