"""The headers that every answer of a deployment has to carry, and what an answer lacks of them."""

import re
from collections.abc import Iterator
from typing import Any

POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}
# Sixteen bytes; an answer that runs no script allows none.
NONCE = re.compile(r"'nonce-([A-Za-z0-9+/]{22}==)'")
SCRIPT = re.compile(r"<script\b[^>]*>")
# An SVG opened by itself has one style, allowed by its digest alone.
PICTURE = {
    "default-src": "'none'",
    "font-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
}


def policy_of(answer: Any) -> dict[str, str]:
    """The content security policy, by directive; their order means nothing."""
    header = answer.headers.get("Content-Security-Policy", "")
    parts = [part.strip().partition(" ") for part in header.split(";") if part.strip()]
    return {name: sources for name, _, sources in parts}


def missing(answer: Any, *, is_stored: bool = False) -> Iterator[str]:
    """What an answer lacks; `is_stored` is a file that everybody may keep."""
    for name, value in HEADERS.items():
        if answer.headers.get(name) != value:
            yield f"{name}: {answer.headers.get(name)}"
    if not is_right_policy(answer):
        yield f"Content-Security-Policy: {answer.headers.get('Content-Security-Policy')}"
    yield from unsigned(answer)
    if not is_stored and "no-store" not in answer.headers.get("Cache-Control", ""):
        yield f"Cache-Control: {answer.headers.get('Cache-Control')}"
    for cookie in answer.cookies.values():
        if not is_right_cookie(cookie):
            yield f"Set-Cookie: {cookie.key}"


def is_right_policy(answer: Any) -> bool:
    policy = policy_of(answer)
    if answer.headers.get("Content-Type") != "image/svg+xml" or "script-src" in policy:
        scripts = policy.pop("script-src", "missing")
        return policy == POLICY and bool(not scripts or NONCE.fullmatch(scripts))
    style = policy.pop("style-src", "")
    return policy == PICTURE and style.startswith("'sha256-") and " " not in style


def nonce_of(answer: Any) -> str:
    """The nonce that the answer's policy allows scripts with; empty where it allows none."""
    found = NONCE.fullmatch(policy_of(answer).get("script-src", ""))
    return found[1] if found else ""


def unsigned(answer: Any) -> Iterator[str]:
    """Scripts that the browser would not run: without this answer's nonce, or with another's."""
    if "text/html" not in answer.headers.get("Content-Type", "") or answer.streaming:
        return
    carried = f'nonce="{nonce_of(answer)}"'
    for tag in SCRIPT.findall(answer.content.decode()):
        if 'type="application/json"' not in tag and (carried not in tag or " src=" not in tag):
            yield f"nonce: {tag}"


def is_right_cookie(cookie: Any) -> bool:
    """__Host-: no domain, the whole path, only over TLS; and out of reach of scripts and of other sites."""
    is_bound = cookie["path"] == "/" and not cookie["domain"] and cookie["secure"]
    # A cookie that is taken back has an age of nothing and no other word of its own.
    is_shut = cookie["max-age"] == 0 or (cookie["httponly"] and cookie["samesite"] in {"Lax", "Strict"})
    return bool(cookie.key.startswith("__Host-") and is_bound and is_shut)
