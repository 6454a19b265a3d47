"""Where the work at hand comes from: the network address and the id of its request or task."""

import ipaddress
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from django.conf import settings
from django.http import HttpRequest

_token: ContextVar[uuid.UUID | None] = ContextVar("audit_token", default=None)
_address: ContextVar[str | None] = ContextVar("audit_address", default=None)


def address() -> str | None:
    """The address that the request came from; None for work of the software's own."""
    return _address.get()


def request_id() -> str:
    """The id under which the logs speak of this request or task; empty outside both."""
    bound = structlog.contextvars.get_contextvars()
    found = bound.get("request_id") or bound.get("task_id") or ""
    return "".join(letter for letter in str(found) if letter.isprintable())[:64]


def token() -> dict[str, str]:
    """The id of the API token that the person of this request acts through, as a detail of an event."""
    found = _token.get()
    return {"token": str(found)} if found else {}


@contextmanager
def by_token(token_id: uuid.UUID) -> Iterator[None]:
    """Until the block ends, events say that a program acted in the person's name."""
    before = _token.set(token_id)
    try:
        yield
    finally:
        _token.reset(before)


@contextmanager
def coming_from(found: str | None) -> Iterator[None]:
    """Until the block ends, events carry this address."""
    token = _address.set(found)
    try:
        yield
    finally:
        _address.reset(token)


def address_of_request(request: HttpRequest) -> str | None:
    """Whence a request comes: for the record, and for the limits of tries."""
    return address_of(
        request.META.get("REMOTE_ADDR", ""),
        request.headers.get("X-Forwarded-For", ""),
        trusted_proxies=settings.AUDIT_TRUSTED_PROXIES,
    )


def address_of(remote: str, forwarded: str, *, trusted_proxies: int) -> str | None:
    """The client's address: `remote`, or the entry of X-Forwarded-For that our outermost proxy wrote.

    Each of `trusted_proxies` adds one entry at the right; whatever lies further left came from the client
    and is not believed. None where there is no address, as on a socket.
    """
    entries = [entry.strip() for entry in forwarded.split(",") if entry.strip()]
    if trusted_proxies and len(entries) >= trusted_proxies:
        remote = entries[-trusted_proxies]
    try:
        return str(ipaddress.ip_address(remote))
    except ValueError:
        return None
