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

log = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where the request holds more than DATA_UPLOAD_MAX_MEMORY_SIZE."""
    return _page(request, "400.html", status=413 if isinstance(exception, RequestDataTooBig) else 400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token, or from another site."""
    return _page(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 with Retry-After where PostgreSQL did not answer, wherever in the request that was."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return database_away(request, error)
    return _page(request, "500.html", status=500)


def database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    """A page without any query; what was typed is still in the browser."""
    log.error("database_away", error=type(error).__name__)
    answer = _page(request, "503.html", status=503)
    answer.headers["Retry-After"] = "5"
    return answer


def _page(request: HttpRequest, template: str, *, status: int) -> HttpResponse:
    """Nothing but the request itself, of which the page takes its nonce: context processors would query."""
    return HttpResponse(render_to_string(template, {"request": request}), status=status)
