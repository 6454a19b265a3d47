"""Reading JSON strictly: what two readers could read differently, or what is made to hurt, is refused."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from accounts.problems import Problem

LARGEST = 1_048_576
DEEPEST = 32
MOST_NAMES = 2_000
LONGEST_INTEGER = 15
# A string, closed or not, or a bracket. In one pass and without going back: a hostile text costs no more.
_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)


class StrictJSONParser(BaseParser):
    """The only kind of body that the API takes."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body's value; raises Problem, which says what was found and what is accepted."""
        body = stream.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise Problem("too-large", f"found more than {LARGEST} bytes. Accepted: up to {LARGEST}.")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _unreadable(f"bytes that are no UTF-8, at byte {error.start}", "JSON in UTF-8") from None
        return read_json(text)


def read_json(text: str) -> Any:
    """The value of a JSON text; raises Problem."""
    _refuse_depth(text)
    names = _Names()
    try:
        value = json.loads(
            text,
            object_pairs_hook=names.read,
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=_fraction,
        )
    except ValueError as error:
        raise _unreadable(f"no JSON: {error}", "one JSON value") from None
    for found in _texts(value):
        _refuse_letters(found)
    return value


class _Names:
    """Counts the names of a whole text while its objects are read."""

    def __init__(self) -> None:
        self.count = 0

    def read(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.count += len(pairs)
        if self.count > MOST_NAMES:
            raise _unreadable(f"more than {MOST_NAMES} names", f"up to {MOST_NAMES}")
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise _unreadable(f'the name "{_short(twice)}" twice in one object', "each name once")
        return found


def _refuse_depth(text: str) -> None:
    depth = 0
    for match in _TOKENS.finditer(text):
        letter = match[0]
        if letter in "[{":
            depth += 1
        elif letter in "]}":
            depth -= 1
        if depth > DEEPEST:
            raise _unreadable(f"lists or objects nested more than {DEEPEST} deep", f"up to {DEEPEST}")


def _refuse_constant(text: str) -> Any:
    raise _unreadable(f"{text}, which is no JSON", "numbers with digits")


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > LONGEST_INTEGER:
        found = f"a whole number of {len(text.lstrip('-'))} digits"
        raise _unreadable(found, f"up to {LONGEST_INTEGER}; values are sent as strings")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")) or len(text) > 40:
        raise _unreadable(
            f'the number "{_short(text)}"', "numbers that a double holds; values are sent as strings"
        )
    return number


def _texts(value: Any) -> Iterator[str]:
    """Every name and every string, without recursion."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]


def _refuse_letters(text: str) -> None:
    if "\0" in text:
        raise _unreadable("the letter U+0000 in a string", "strings without it")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _unreadable("half of a surrogate pair in a string", "whole letters")


def _short(text: str) -> str:
    return text[:40].encode("ascii", "backslashreplace").decode()


def _unreadable(found: str, accepted: str) -> Problem:
    return Problem("unreadable", f"found {found}. Accepted: {accepted}.")
