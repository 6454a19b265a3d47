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

log = structlog.get_logger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where the request holds more than DATA_UPLOAD_MAX_MEMORY_SIZE."""
    answer = defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        answer.status_code = 413
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 with Retry-After where PostgreSQL did not answer, wherever in the request that was."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return database_away(error)
    return defaults.server_error(request)


def database_away(error: Exception) -> HttpResponse:
    """A page without any query; what was typed is still in the browser."""
    log.error("database_away", error=type(error).__name__)
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "5"})
