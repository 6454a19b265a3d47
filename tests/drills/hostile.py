"""What a form can be sent that nobody types: bytes that are no text, and names and numbers made to hurt."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_from_bytes

FORM = "application/x-www-form-urlencoded"
VALUES: dict[str, bytes] = {
    "a NUL": b"a\x00b",
    "a lone surrogate": b"\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe\xfa",
    "overlong": b"\xc0\x80",
    "1e400": b"1e400",
    "digits without end": b"9" * 5_000,
    "minus without end": b"-" + b"9" * 400,
    "Arabic digits": "\u0663.\u0665".encode(),
    "NaN": b"NaN",
    "huge": b"x" * 100_000,
    "right to left": "\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH JOINER}".encode(),
    "a template": b"{{ 7*7 }}{% load x %}",
    "a quote": b"' or 1=1; --",
    "a list": b"[]",
    "nothing": b"",
}
BODIES: dict[str, tuple[bytes, str]] = {
    "random bytes": (bytes(range(256)) * 8, FORM),
    "nested names": (b"&".join(b"a" + b"[b]" * 200 + b"=%d" % each for each in range(50)), FORM),
    "2,001 fields": (b"&".join(b"n%d=1" % each for each in range(2_001)), FORM),
    "no boundary": (b"--x\r\n", "multipart/form-data"),
    "a broken part": (b'--x\r\nContent-Disposition: form-data; name="a', "multipart/form-data; boundary=x"),
    "a part of NULs": (
        b'--x\r\nContent-Disposition: form-data; name="\x00"\r\n\r\n\x00\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "JSON": (b"[" * 100_000, "application/json"),
    "an unknown charset": (b"a=b", f"{FORM}; charset=utf-99"),
    "UTF-16": ("a=b".encode("utf-16"), f"{FORM}; charset=utf-16"),
}


def spoiled(form: Mapping[str, Any], value: bytes) -> Iterator[tuple[str, bytes]]:
    """The form with each field in turn spoiled by this value, and with all of them: (field, body)."""
    for name in form:
        yield name, _encoded({**form, name: value})
    yield "every field", _encoded(dict.fromkeys(form, value))


def _encoded(form: Mapping[str, Any]) -> bytes:
    pairs = []
    for name, value in form.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            text = quote_from_bytes(each) if isinstance(each, bytes) else quote(str(each))
            pairs.append(f"{quote(name)}={text}")
    return "&".join(pairs).encode()
