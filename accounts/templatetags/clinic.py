"""Dates and moments as the clinic writes them, in the clinic's own zone with the zone shown."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Role

register = template.Library()


@register.filter
def day(value: date | datetime | None) -> str:
    """2 Mar 2026; a moment is first moved into the current zone."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return f"{value.day} {value:%b %Y}"


@register.filter
def moment(value: datetime | None, zone: str = "") -> str:
    """2 Mar 2026, 08:05 GMT, in `zone` where given, else in the current zone."""
    if value is None:
        return ""
    local = timezone.localtime(value, ZoneInfo(zone) if zone else None)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


@register.filter
def is_clinician(role: str) -> bool:
    """True for the role that may treat, acknowledge and release."""
    return role == Role.CLINICIAN


@register.filter
def digits(value: Decimal | None) -> str:
    """A stored limit without the zeros that the column added: 1.7, not 1.700000."""
    return "" if value is None else f"{value.normalize():f}"


@register.simple_tag(takes_context=True)
def entry_key(context: template.Context, form: Any = None) -> SafeString:
    """The hidden key that makes a second click on a form no second deed; see accounts.sending.

    What comes back to its form after a log-in keeps its key; of several forms of a page, name the `form`.
    """
    kept = _kept(context, form)
    return format_html(
        '<input type="hidden" name="entry_key" value="{}">', kept.get("entry_key", uuid.uuid4())
    )


@register.simple_tag(takes_context=True)
def drawn_from(context: template.Context, version: object, form: Any = None) -> SafeString:
    """The hidden version that a form changes: that of now, or the one that had been read where he typed."""
    read = _kept(context, form).get("version", version)
    return format_html('<input type="hidden" name="version" value="{}">', read)


def _kept(context: template.Context, form: Any) -> Mapping[str, str]:
    # An include with `only` has no "request" of its own, and belongs to one all the same.
    kept = getattr(getattr(context, "request", None), "unsaved", None)
    return kept if kept and (form is None or form.is_bound) else {}
