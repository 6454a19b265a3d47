"""The recovery chart of a patient: as a specification for the page's own drawing, and as a picture."""

import hashlib
import json
import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_GET

from accounts.permissions import care_team_required
from patients.actions import note_look
from patients.models import Patient
from timeline.charts import AUTO, NARROW, PAGE, WIDE, picture_policy, recovery_spec, recovery_svg
from timeline.presenters import episode_of, story_of
from timeline.story import Story


@care_team_required
@require_GET
def recovery_chart(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """The chart as Vega-Lite; the page that draws it has the colours."""
    story = _story(request, patient_id, page="timeline.recovery_chart")
    spec = json.dumps(recovery_spec(story, theme=PAGE))
    return HttpResponse(spec, content_type="application/json")


@care_team_required
@require_GET
def recovery_chart_svg(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    """The chart as a picture: `?theme=dark` or `auto`, and `?width=narrow`, choose its form."""
    return picture(request, _story(request, patient_id, page="timeline.recovery_chart_svg"))


def _story(request: HttpRequest, patient_id: uuid.UUID, *, page: str) -> Story:
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)
    episode = episode_of(patient, request.user)
    if episode is None:
        raise Http404
    note_look(patient, by=request.user, page=page)
    return story_of(episode, request.user)


def picture(request: HttpRequest, story: Story) -> HttpResponse:
    """A story's chart as SVG, drawn only where the reader does not have it already."""
    asked = request.GET.get("theme", "")
    theme = asked if asked in {AUTO, "dark"} else "light"
    width = NARROW if request.GET.get("width") == "narrow" else WIDE
    drawn_from = [theme, recovery_spec(story, theme=PAGE, width=width)]
    etag = f'"{hashlib.sha256(json.dumps(drawn_from).encode()).hexdigest()}"'
    known = get_conditional_response(request, etag=etag)
    if known is not None:
        return known
    return HttpResponse(
        recovery_svg(story, theme=theme, width=width),
        content_type="image/svg+xml",
        headers={
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "Content-Security-Policy": picture_policy(theme),
        },
    )
