"""What a log line must not hold: the one-time tokens that stand in the addresses of links in mails."""

import re
from collections.abc import MutableMapping
from typing import Any

# An invitation, and django-allauth's link for a new password.
TOKENS = re.compile(r"(/join/|/password/reset/key/)[^/\s\"'?]+")


def without_tokens(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The same event with each token cut out of its texts."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = TOKENS.sub(r"\1...", value)
    return event
