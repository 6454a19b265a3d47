"""How a form is sent: once for each key, and never over what its sender had not read.

Every form that writes carries an `entry_key`, by `{% entry_key %}`; one that changes what stands already also
carries the `version` that it was drawn from. Without them it is refused, for then nobody could tell a second
click from a second deed, or a change from an overwriting.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve

from accounts import actions
from accounts.models import Membership, Person
from audit.models import Code, Event

# A number, a digest of what stands, or the word for nothing.
VERSION = re.compile(r"[0-9a-f]{1,16}|none", re.ASCII)
# What a form carries beside what somebody typed.
CARRIED = {"csrfmiddlewaretoken", "entry_key", "version", "patient", "stage", "back", "checks_seen", "seen"}
CARRIED |= {"units_of", "amends", "course", "draft_version"}


@dataclass(frozen=True, slots=True)
class OnFile:
    """What stands now, for somebody whose form came too late: in labelled lines, by whom and since when.

    `version` is what a form that changes it must carry; `patient` is the one whose record it is, if any;
    `page` is where it is shown. Where `may_go_on` is False it can no longer be changed in this way. `field`
    is the name under which the form carries its version.
    """

    title: str
    version: str
    lines: Sequence[tuple[str, object]]
    page: str
    by: str = ""
    at: datetime | None = None
    patient: Any = None
    may_go_on: bool = True
    field: str = "version"


def sent_or_kept(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what is sent now, or what its sender had typed when his session had ended.

    None for a page that begins afresh. What was kept is only drawn: a form is stored where it is sent.
    """
    return request.POST or getattr(request, "unsaved", None)


def entry_key_in(request: HttpRequest) -> uuid.UUID | None:
    """The key that the form was drawn with; None where there is none that could be one."""
    data = sent_or_kept(request)
    try:
        return uuid.UUID(data.get("entry_key", "")) if data else None
    except ValueError:
        return None


def sent_once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A POST of this view has one effect for each entry key, and the same answer when it comes again.

    428 without a key. 422 where the key has already been used for something else, with what was typed,
    whether the forms that were sent tell or an action finds its record (KeyUsed). An
    answer that leads nowhere was no effect: the form may be corrected and sent again.
    """

    @wraps(view)
    def once(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        key = entry_key_in(request)
        if key is None:
            return _refuse(request, "sending/without_key.html", status=428)
        sent, is_first = actions.take_form(key, digest=_digest(request), by=request.user)
        if not is_first:
            return _again(request, sent)
        try:
            answer = view(request, *args, **kwargs)
        except actions.KeyUsed:
            answer = used_key(request)
        if is_effect(answer):
            actions.keep_answer(sent, answer=answer.url)
        else:
            actions.let_go(sent)
        return answer

    once.is_sent_once = True  # type: ignore[attr-defined]
    return once


def not_current(
    request: HttpRequest, on_file: OnFile, *, form: forms.BaseForm | None = None, **more: Any
) -> HttpResponse | None:
    """The answer to a form that was not drawn from what stands now, or None where it was.

    428 where it does not say what it was drawn from, else 409; see `both_sides`.
    """
    read = request.POST.get(on_file.field, "")
    if read == on_file.version:
        return None
    return both_sides(request, on_file, form=form, is_missing=VERSION.fullmatch(read) is None, **more)


def both_sides(
    request: HttpRequest,
    on_file: OnFile,
    *,
    form: forms.BaseForm | None = None,
    is_missing: bool = False,
    template: str = "sending/both_sides.html",
    **more: Any,
) -> HttpResponse:
    """What stands, who changed it and when, beside everything that was typed, which may go on from there."""
    context = {
        "on_file": on_file,
        "is_missing": is_missing,
        "typed": typed_in(request, form),
        "hidden": _carried_on(request, on_file),
        **more,
    }
    return render(request, template, context, status=428 if is_missing else 409)


def last_deed(
    user: Person, *, kind: str, object_id: object, patient_id: object
) -> tuple[str, datetime | None]:
    """Who changed a record last and when, as the audit record says."""
    deeds = Event.objects.visible_to(user).about(patient_id).exclude(code=Code.READ)
    deed = deeds.filter(object_kind=kind, object_id=str(object_id)).order_by("-id").first()
    if deed is None:
        return "", None
    names = Membership.objects.visible_to(user).filter(person_id=deed.actor_id)
    return names.values_list(
        "person__full_name", flat=True
    ).first() or "the clinic's server", deed.happened_at


def typed_in(request: HttpRequest, form: forms.BaseForm | None = None) -> list[tuple[str, str]]:
    """What somebody typed, labelled as on his form, choices in their words."""
    fields: Mapping[str, Any] = (
        {form.add_prefix(name): field for name, field in form.fields.items()} if form else {}
    )
    return [
        (_label(name, fields), _words(text, fields.get(name)))
        for name, texts in (sent_or_kept(request) or request.POST).lists()
        for text in texts
        if name not in CARRIED and text.strip()
    ]


def _digest(request: HttpRequest) -> str:
    sent = sorted(
        (name, texts)
        for name, texts in request.POST.lists()
        if name not in {"csrfmiddlewaretoken", "entry_key"}
    )
    return hashlib.sha256(json.dumps([request.path, sent]).encode()).hexdigest()


def _again(request: HttpRequest, sent: Any) -> HttpResponse:
    if sent.person_id == request.user.pk and sent.digest == _digest(request):
        messages.info(request, "This form had arrived before. It was stored once.")
        return redirect(sent.answer)
    mine = sent.answer if sent.person_id == request.user.pk else ""
    return used_key(request, became=mine, sent_at=sent.sent_at)


def used_key(request: HttpRequest, *, became: str = "", sent_at: datetime | None = None) -> HttpResponse:
    """422 with what was typed: the form's key stands for another record, and is not told of which."""
    return _refuse(request, "sending/used_key.html", status=422, became=became, sent_at=sent_at)


def _refuse(request: HttpRequest, template: str, *, status: int, **more: Any) -> HttpResponse:
    context = {"typed": typed_in(request), "hidden": _carried_on(request), **more}
    return render(request, template, context, status=status)


def is_effect(answer: HttpResponse) -> bool:
    """Whether the sender was led on. To prove once more who he is, is not yet what he wanted."""
    if not isinstance(answer, HttpResponseRedirect):
        return False
    try:
        leads_to = resolve(urlsplit(answer.url).path)
    except Resolver404:
        return True
    return not leads_to.func.__module__.startswith("allauth.")


def _carried_on(request: HttpRequest, on_file: OnFile | None = None) -> list[tuple[str, str]]:
    """All that came, for a form that sends it again, as a new one and on top of what stands."""
    fresh = {"entry_key": str(uuid.uuid4())} | ({on_file.field: on_file.version} if on_file else {})
    kept = [
        (name, text)
        for name, texts in request.POST.lists()
        for text in texts
        if name not in {"csrfmiddlewaretoken", *fresh}
    ]
    return [*kept, *fresh.items()]


def _label(name: str, fields: Mapping[str, Any]) -> str:
    field = fields.get(name)
    words = name.replace("-", " ").replace("_", " ")
    return str(field.label) if field is not None and field.label else words[:1].upper() + words[1:]


def _words(text: str, field: Any) -> str:
    """A choice in its own words; anything else exactly as typed."""
    flat: dict[str, str] = {}
    for key, value in getattr(field, "choices", ()):
        flat |= (
            {str(k): str(v) for k, v in value} if isinstance(value, list | tuple) else {str(key): str(value)}
        )
    return flat.get(text, text)
