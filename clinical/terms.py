"""Names in medication lists and histories, matched as whole words however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=4096)
def _words(name: str) -> str:
    return " " + " ".join(_WORD.findall(name.casefold())) + " "


def matching(terms: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names in which one of the terms stands as whole words ("DVT 2015" for "dvt")."""
    wanted = [_words(term) for term in terms]
    return tuple(name for name in names if any(term in _words(name) for term in wanted))
