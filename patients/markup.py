"""The one place where typed Markdown becomes HTML: no HTML of the writer's own, no links, no pictures."""

from collections.abc import Sequence
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

# All that a note needs. No element of these loads, runs, links or is styled, and only the number of
# a line may be said: what HTMX or a browser could act on has no way in.
ALLOWED = {"p", "br", "hr", "strong", "em", "ul", "ol", "li", "code", "h4"}
ATTRIBUTES = {"li": {"value"}}
# What would load or link; what would leave typed words out of sight, as the name of a fence does; and what
# would change their meaning: a quotation takes the sign from a line that begins with ">5 pg/mL".
REFUSED_RULES = [
    "html_block", "html_inline", "image", "link", "autolink", "reference",
    "fence", "code", "entity", "lheading", "blockquote",
]  # fmt: skip
DEEPEST = 20


class TooDeep(ValueError):
    """The text is nested so deeply that its innermost words would be left out."""


def _headings_of_a_note(_self: Any, tokens: Sequence[Token], index: int, options: Any, _env: Any) -> str:
    """Every heading of a note is of one level, below the page's own: a note is not a second page."""
    tokens[index].tag = "h4"
    rendered: str = _self.renderToken(tokens, index, options, _env)
    return rendered


def _numbered_as_typed(_self: Any, tokens: Sequence[Token], index: int, options: Any, _env: Any) -> str:
    """Lines that were numbered 1 and 5 are not shown as 1 and 2."""
    if tokens[index].info:
        tokens[index].attrSet("value", tokens[index].info)
    rendered: str = _self.renderToken(tokens, index, options, _env)
    return rendered


# A line that was typed is a line that is shown.
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": DEEPEST})
_markdown.disable(REFUSED_RULES)
_markdown.add_render_rule("heading_open", _headings_of_a_note)
_markdown.add_render_rule("heading_close", _headings_of_a_note)
_markdown.add_render_rule("list_item_open", _numbered_as_typed)


def html_of(text: str) -> str:
    """Markdown as HTML that holds nothing but what is allowed; what is stored beside the text.

    Raises TooDeep where the parser would give up on what is innermost.
    """
    tokens = _markdown.parse(text)
    if any(token.level >= DEEPEST - 1 for token in tokens):
        raise TooDeep(f"nested deeper than {DEEPEST} levels")
    return only_allowed(_markdown.renderer.render(tokens, _markdown.options, {}))


def only_allowed(html: str) -> str:
    """The HTML with everything else taken out, whoever stored it."""
    return nh3.clean(html, tags=ALLOWED, attributes=ATTRIBUTES, url_schemes=set(), link_rel=None)


def shown(html: str) -> SafeString:
    """Stored HTML for a page: cleaned once more, because a row may be older than the list."""
    return mark_safe(only_allowed(html))  # noqa: S308  # nosec B308 B703
