"""What every answer carries, whoever made it."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}


class ArmourMiddleware(SecurityMiddleware):
    """The outermost layer: one set of headers, also where a layer below redirected, refused or broke."""

    def process_request(self, request: HttpRequest) -> None:
        """Redirects nobody: that may fail, and the answer to the failure needs its headers as well."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class ReadableMiddleware:
    """A query with U+0000 is refused before any view: PostgreSQL has no such letter, and fails on it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if any("\0" in text for name, values in request.GET.lists() for text in (name, *values)):
            raise BadRequest("found U+0000 in the query. Accepted: text without it.")
        return self.get_response(request)


class NotStoredMiddleware:
    """Whatever somebody who is logged in was shown stays in no cache, the browser's own included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_known = request.user.is_authenticated
        response = self.get_response(request)
        if is_known:
            response.headers["Cache-Control"] = "no-store"
        return response
