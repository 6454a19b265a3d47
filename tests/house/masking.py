"""An answer without what is fresh in each: its token against forgery and its nonce for scripts."""

import re
from typing import Any

TOKEN = re.compile(rb'"X-CSRFToken": "[^"]*"|csrfmiddlewaretoken" value="[^"]*')
NONCE = re.compile(rb"'nonce-[^']+'|nonce=\"[^\"]+\"")


def masked(answer: Any) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body, to be compared with those of another answer."""
    headers = {name: NONCE.sub(b"", value.encode()).decode() for name, value in answer.headers.items()}
    return answer.status_code, headers, NONCE.sub(b"", TOKEN.sub(b"", answer.content))
