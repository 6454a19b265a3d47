"""Notes where each request comes from, for the events that it leaves."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit.context import address_of_request, coming_from


class SourceMiddleware:
    """Stands after the one that gives the request its id, and before any that writes an event."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with coming_from(address_of_request(request)):
            return self.get_response(request)
