"""What every answer carries, whoever made it."""

from collections.abc import Callable

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
