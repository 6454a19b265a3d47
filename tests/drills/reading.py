"""What an answer says, in whatever form it comes, and what tells two answers apart."""

import io
import re
from typing import Any

from django.conf import settings
from pypdf import PdfReader

TEXTS = {"text/html", "text/plain", "text/csv", "text/calendar", "text/javascript", "image/svg+xml"}
TEXTS |= {"application/json", "application/problem+json"}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What is drawn anew for each answer, and what a page may have of the address that it was asked by.
_MASKS = (
    (re.compile(r'csrfmiddlewaretoken" value="[^"]*'), "TOKEN"),
    (re.compile(r'X-CSRFToken["&#;x0-9a-z]*: *["&#;x0-9a-z]*[A-Za-z0-9]{32,64}'), "TOKEN"),
    (re.compile(r'nonce(-|=")[A-Za-z0-9+/_=-]+'), "NONCE"),
    (_ID, "ID"),
)


class UnreadableAnswer(AssertionError):
    """An answer of a kind that this module cannot read: teach it, or a leak in it would not be seen."""


def kind_of(answer: Any) -> str:
    return str(answer.headers.get("Content-Type", "")).partition(";")[0]


def words_of(answer: Any) -> str:
    """Everything that an answer says: body, headers and cookies; of a PDF its text and its title."""
    return "\n".join([_body_of(answer), str(dict(answer.headers)), answer.cookies.output()])


def _body_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if kind_of(answer) == "application/pdf":
        return _pdf_text(content)
    if content and kind_of(answer) not in TEXTS:
        raise UnreadableAnswer(f"{kind_of(answer)!r} is nothing that tests/drills/reading.py can read.")
    return str(content.decode(errors="replace"))


def _pdf_text(content: bytes) -> str:
    """As a reader shows it, with a line break or a hyphen of the layout taken out, and as it is stored."""
    stored = content.decode("latin-1")
    if not content.startswith(b"%PDF") or b"%%EOF" not in content:
        return stored
    reader = PdfReader(io.BytesIO(content))
    shown = "\n".join(page.extract_text() for page in reader.pages)
    return "\n".join([stored, shown, re.sub(r"\s", "", shown), str(reader.metadata)])


def found_in(words: str, hidden: tuple[str, ...]) -> list[str]:
    """Which of these canaries are in it, in whatever case."""
    lower = words.lower()
    return [canary for canary in hidden if canary.lower() in lower]


def masked(answer: Any) -> tuple[int, list[str], str]:
    """Status, headers and body without what differs from answer to answer."""
    body = answer.content.decode(errors="replace")
    # The directives of a policy come in any order.
    headers = [f"{name}: {sorted(value.split('; '))}" for name, value in answer.headers.items()]
    for mask, word in _MASKS:
        body = mask.sub(word, body)
        headers = [mask.sub(word, line) for line in headers]
    # A session is written anew each few seconds, whatever was asked.
    cookies = [name for name in answer.cookies if name != settings.SESSION_COOKIE_NAME]
    return answer.status_code, sorted([*headers, *cookies]), body


def with_other_ids(address: str, other: str) -> str:
    """The same address for a record that nobody has; unchanged where it names none."""
    return _ID.sub(other, address)
