"""The protocol library and one protocol of it."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.permissions import care_team_required
from protocols.presenters import (
    Chosen,
    library_of,
    page_of,
    sheet_of,
    shipped_protocol,
    versions_of,
)


@care_team_required
@require_GET
def protocols(request: HttpRequest) -> HttpResponse:
    """The clinic's own protocols and those that the product ships."""
    return render(request, "protocols/library.html", {"library": library_of(request.user)})


@care_team_required
@require_GET
def protocol_shipped(request: HttpRequest, shipped: str) -> HttpResponse:
    """A protocol of the shipped library."""
    chosen = shipped_protocol(shipped)
    if chosen is None:
        raise Http404("The library holds no such protocol.")
    return _show(request, chosen, entry_key=uuid.uuid4())


@care_team_required
@require_GET
def protocol_version(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """A version of one of the clinic's protocols."""
    version = get_object_or_404(versions_of(request.user), pk=version_id)
    page = page_of(version, request.user)
    return _show(request, page.chosen, page=page, entry_key=uuid.uuid4())


def _show(request: HttpRequest, chosen: Chosen, **more: Any) -> HttpResponse:
    context = {"chosen": chosen, "sheet": sheet_of(chosen.content), **more}
    return render(request, "protocols/protocol.html", context)
