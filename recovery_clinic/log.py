"""What a log line must not hold: words of the record, and the one-time tokens of links in mails."""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

# An invitation, and django-allauth's link for a new password.
TOKENS = re.compile(r"(/join/|/password/reset/key/)[^/\s\"'?]+")


def without_tokens(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The same event with each token cut out of its texts, and a request without what was searched for."""
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].partition("?")[0]
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = TOKENS.sub(r"\1...", value)
    return event


def without_words(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an exception came from and of which kind it is, but not what it says.

    PostgreSQL quotes the row that it refused, and a parser the value that it could not read.
    """
    error: Any = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    error = error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        event["exception"] = "".join(_told(error))
    return event


def _told(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _told(cause)
    yield from traceback.format_tb(error.__traceback__)
    # What PostgreSQL calls the mistake, and the constraint's name, are ours.
    diagnosis = getattr(error, "diag", None)
    known = [getattr(diagnosis, name, None) for name in ("sqlstate", "constraint_name", "table_name")]
    yield f"{' '.join([type(error).__qualname__, *filter(None, known)])}\n"


class NoTaskWords(logging.Filter):
    """Celery writes what a failed task's exception says into its own sentence; here it says which task."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record pass, shortened where it is such a sentence."""
        if record.name.startswith("celery.") and isinstance(record.args, dict) and "exc" in record.args:
            record.msg = "Task %(name)s[%(id)s] %(description)s"
        return True
