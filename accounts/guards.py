"""What a form says of the version that it changes; one that does not say is refused."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def version_in(request: HttpRequest) -> int | None:
    """The version that the form was drawn from, or None where it does not say."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def without_version(request: HttpRequest, *, back_to: str) -> HttpResponse:
    """428: nothing was saved, because what the form changes may be newer than the form."""
    return render(request, "accounts/incomplete.html", {"back_to": back_to}, status=428)
