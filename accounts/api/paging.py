"""Pages that stay right while rows are added: the next one begins after the last row shown."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.answering import invalid
from accounts.api.fields import HowMany, Id, Strict

PAGE = 50
UNKNOWN = "found a cursor of no row here. Accepted: the `next` of a page of this list."


class PageQuery(Strict):
    """Where a page begins and how many rows it has."""

    cursor = Id(required=False, help_text="The `next` of the page before.")
    limit = HowMany(required=False, help_text=f"How many rows, {PAGE} where nothing is said.")


def page_of(
    rows: models.QuerySet[Any], order: Sequence[str], asked: dict[str, Any]
) -> tuple[list[Any], str | None]:
    """The rows of the page asked for, and the cursor of the next one, None on the last.

    A cursor is the id of a row: a name in it would stand in addresses and their logs. It is looked up among
    the very rows that this person may see. `order` ends in the id. Raises Problem.
    """
    limit = asked.get("limit") or PAGE
    cursor = asked.get("cursor")
    if cursor is not None:
        last = rows.order_by().filter(pk=cursor).first()
        if last is None:
            raise invalid({"cursor": [UNKNOWN]}, "unreadable")
        rows = rows.filter(_after(last, order))
    found = list(rows.order_by(*order)[: limit + 1])
    return found[:limit], str(found[limit - 1].pk) if len(found) > limit else None


def _after(last: Any, order: Sequence[str]) -> models.Q:
    later, same = models.Q(), models.Q()
    for name in order:
        field, is_falling = name.removeprefix("-"), name.startswith("-")
        value = getattr(last, field)
        beyond = models.Q(**{f"{field}__{'lt' if is_falling else 'gt'}": value})
        later |= same & beyond
        same &= models.Q(**{field: value})
    return later


def page_shape(name: str, row: type[serializers.Serializer[Any]], **more: Any) -> Any:
    """The description of a page of such rows."""
    fields = {
        **more,
        "next": serializers.CharField(
            allow_null=True, help_text="The cursor of the next page; null on the last one."
        ),
        "rows": row(many=True),
    }
    return type(name, (serializers.Serializer,), fields)


def page(rows: Any, following: str | None, **more: Any) -> Response:
    """The answer of a list."""
    return Response({**more, "next": following, "rows": rows})
