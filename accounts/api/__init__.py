"""What every app's API is built on; who may is decided here and in accounts/permissions.py."""

from accounts.api.answering import invalid
from accounts.api.fields import (
    Count,
    Digits,
    Id,
    Instant,
    Moment,
    Pick,
    Strict,
    Text,
    YesOrNo,
    list_messages,
    listed,
)
from accounts.api.paging import PageQuery, page, page_of, page_shape
from accounts.api.views import ApiView, key_of, tag_of, tagged, unchanged_since_read

__all__ = [
    "ApiView",
    "Count",
    "Digits",
    "Id",
    "Instant",
    "Moment",
    "PageQuery",
    "Pick",
    "Strict",
    "Text",
    "YesOrNo",
    "invalid",
    "key_of",
    "list_messages",
    "listed",
    "page",
    "page_of",
    "page_shape",
    "tag_of",
    "tagged",
    "unchanged_since_read",
]
