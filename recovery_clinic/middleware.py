"""What the outermost layer does when the database is away."""

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)


class DatabaseAwayMiddleware:
    """Answers 503 with Retry-After while PostgreSQL restarts, instead of a server error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError) as error:
            return away(error)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError | InterfaceError):
            return away(exception)
        return None


class NotStoredMiddleware:
    """Whatever somebody who is logged in was shown stays in no cache, the browser's own included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_known = request.user.is_authenticated
        response = self.get_response(request)
        if is_known:
            response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response


def away(error: Exception) -> HttpResponse:
    """A plain page without any query; what was typed is still in the browser."""
    log.error("database_away", error=type(error).__name__)
    return HttpResponse(
        "The clinic's database is not answering. Nothing was saved. Go back and try again in a few seconds.",
        status=503,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": "5", "Cache-Control": "no-store"},
    )
