"""Writing, sending to review, reviewing and retiring the clinic's own protocols."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import clinician_required
from accounts.sending import both_sides, entry_key_in, not_current, sent_once, sent_or_kept
from clinical.protocols import Protocol, concerns_of
from protocols import actions
from protocols.forms import ComponentForm, DraftForm, ReviewForm, component_forms, content_of
from protocols.models import ProtocolVersion, VersionState
from protocols.presenters import page_of, sheet_of, shipped_protocol, version_on_file, versions_of

# What may be asked of a version by a button, and what is then said.
MOVES = {
    VersionState.IN_REVIEW: "Sent to review. Another clinician publishes it or gives it back.",
    VersionState.DRAFT: "Taken back: it is a draft again.",
    VersionState.DISCARDED: "The draft is discarded.",
    VersionState.RETIRED: "Retired: no patient is started on it any more. Courses that came from it go on.",
}


def version_or_404(request: HttpRequest, version_id: uuid.UUID) -> ProtocolVersion:
    """A version of this clinic, with its protocol and people."""
    version: ProtocolVersion = get_object_or_404(versions_of(request.user), pk=version_id)
    return version


@clinician_required
@sent_once
@require_POST
def protocol_copy_shipped(request: HttpRequest, shipped: str) -> HttpResponse:
    """Begin a protocol of the clinic with a copy of a shipped one."""
    chosen = shipped_protocol(shipped)
    if chosen is None:
        raise Http404("The library holds no such protocol.")
    draft = actions.begin_protocol(
        chosen.content,
        copied_from=f"{chosen.key} {chosen.number}",
        by=request.user,
        entry_key=entry_key_in(request),
    )
    messages.success(request, "A draft is begun. Change it, then send it to review.")
    return redirect("protocol_edit", draft.id)


@clinician_required
@sent_once
@require_POST
def protocol_copy(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """Begin the next version of one of the clinic's protocols with a copy of this one."""
    version = version_or_404(request, version_id)
    try:
        draft = actions.begin_version(
            version.protocol, content=version.says, by=request.user, entry_key=entry_key_in(request)
        )
    except actions.NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("protocol_version", version.id)
    messages.success(request, f"Version {draft.number} is begun as a draft.")
    return redirect("protocol_edit", draft.id)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed of a draft: its words, and a form for each drug."""

    words: DraftForm
    parts: dict[str, ComponentForm]

    def is_valid(self) -> bool:
        # Each is asked, so that every mistake is shown at once.
        return all([form.is_valid() for form in (self.words, *self.parts.values())])

    @property
    def with_errors(self) -> list[DraftForm | ComponentForm]:
        return [form for form in (self.words, *self.parts.values()) if form.errors]


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def protocol_edit(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """Change a draft; its writer does."""
    version = version_or_404(request, version_id)
    content = version.says
    if request.method == "GET":
        if not page_of(version, request.user).may_edit:
            messages.error(request, "Only a draft is changed, and only by its writer.")
            return redirect("protocol_version", version.id)
        kept = sent_or_kept(request)
        return _draw(request, version, _typed(version, content, kept), key=entry_key_in(request))
    typed = _typed(version, content, request.POST)
    if refused := not_current(request, version_on_file(version, request.user), form=typed.words):
        return refused
    if not typed.is_valid():
        return _draw(request, version, typed, key=entry_key_in(request), status=422)
    return _store(request, version, typed)


def _typed(version: ProtocolVersion, content: Protocol, data: object) -> Typed:
    initial = DraftForm.typed_of(content, version.change_note)
    return Typed(DraftForm(data, initial=initial), component_forms(content, data))


def _store(request: HttpRequest, version: ProtocolVersion, typed: Typed) -> HttpResponse:
    content = content_of(typed.words, typed.parts, version.says)
    try:
        actions.write_draft(
            version,
            content=content,
            change_note=typed.words.cleaned_data["change_note"],
            read_version=version.version,
            by=request.user,
        )
    except actions.Overtaken:
        now = version_or_404(request, version.id)
        return both_sides(request, version_on_file(now, request.user), form=typed.words)
    except actions.NotPossible as problem:
        typed.words.add_error(None, str(problem))
        return _draw(request, version, typed, key=entry_key_in(request), status=422)
    messages.success(request, "The draft is saved. Read it as its reviewer will, then send it to review.")
    return redirect("protocol_version", version.id)


def _draw(
    request: HttpRequest,
    version: ProtocolVersion,
    typed: Typed,
    *,
    key: uuid.UUID | None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "version": version,
        "words": typed.words,
        "parts": list(typed.parts.values()),
        "errors": typed.with_errors,
        "concerns": concerns_of(version.says),
        "entry_key": key or uuid.uuid4(),
    }
    return render(request, "protocols/draft.html", context, status=status)


@clinician_required
@require_POST
def protocol_move(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """Send a draft to review, take it back, discard it, or retire what was published."""
    version = version_or_404(request, version_id)
    if refused := not_current(request, version_on_file(version, request.user)):
        return refused
    to = request.POST.get("to", "")
    if to not in MOVES:
        raise Http404("A version does not become that.")
    state = VersionState(to)
    try:
        actions.move_version(version, to=state, read_version=version.version, by=request.user)
    except actions.Overtaken:
        now = version_or_404(request, version.id)
        return both_sides(request, version_on_file(now, request.user))
    except actions.NotPossible as problem:
        messages.error(request, str(problem))
        return redirect("protocol_version", version.id)
    messages.success(request, MOVES[state])
    return (
        redirect("protocols") if state == VersionState.DISCARDED else redirect("protocol_version", version.id)
    )


@clinician_required
@sent_once
@require_http_methods(["GET", "POST"])
def protocol_review(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """Publish what is in review, or return it to its writer; a second person does."""
    version = version_or_404(request, version_id)
    form = ReviewForm(sent_or_kept(request))
    if request.method == "GET":
        return _draw_review(request, version, form)
    if refused := not_current(request, version_on_file(version, request.user), form=form):
        return refused
    if not form.is_valid():
        return _draw_review(request, version, form, status=422)
    return _judge(request, version, form)


def _judge(request: HttpRequest, version: ProtocolVersion, form: ReviewForm) -> HttpResponse:
    said = {"words": form.cleaned_data["words"].strip(), "read_version": version.version, "by": request.user}
    is_published = form.cleaned_data["verdict"] == "publish"
    try:
        if is_published:
            actions.publish_version(version, **said)
        else:
            actions.move_version(version, to=VersionState.DRAFT, **said)
    except actions.Overtaken:
        now = version_or_404(request, version.id)
        return both_sides(request, version_on_file(now, request.user), form=form)
    except actions.NotPossible as problem:
        form.add_error(None, str(problem))
        return _draw_review(request, version, form, status=422)
    messages.success(
        request, "Published: patients may be started on it." if is_published else "Returned to its writer."
    )
    return redirect("protocol_version", version.id)


def _draw_review(
    request: HttpRequest, version: ProtocolVersion, form: ReviewForm, *, status: int = 200
) -> HttpResponse:
    page = page_of(version, request.user)
    context = {
        "page": page,
        "chosen": page.chosen,
        "sheet": sheet_of(page.chosen.content),
        "form": form,
        "entry_key": entry_key_in(request) or uuid.uuid4(),
    }
    return render(request, "protocols/review.html", context, status=status)
