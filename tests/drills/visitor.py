"""A clinician who fills in forms over HTTP, without a browser."""

import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode


class FormReader(HTMLParser):
    """What the form that holds the field `named` would send if nobody typed anything."""

    def __init__(self, html: str, *, named: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = [{}]
        self.select = ""
        self.feed(html)
        self.fields = next(fields for fields in self.forms if named in fields)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self.select = name
        elif tag == "option" and ("selected" in told or self.select not in self.forms[-1]):
            self.forms[-1][self.select] = value
        elif tag == "input" and name and (told.get("type") not in {"checkbox", "radio"} or "checked" in told):
            self.forms[-1][name] = value


class Visitor:
    """One session. Redirects are followed; whatever is refused raises HTTPError."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(self.cookies)

    def read(self, path: str) -> str:
        with self.opener.open(f"{self.address}{path}", timeout=20) as page:
            return str(page.read().decode())

    def fill(self, path: str, *, named: str, to: str = "", **typed: str) -> str:
        """Open a page, fill the form that holds the field `named`, send it there or `to` where it says so;
        returns where it led."""
        fields = FormReader(self.read(path), named=named).fields
        sent: Any = urlencode({**fields, **typed}).encode()
        with self.opener.open(f"{self.address}{to or path}", data=sent, timeout=20) as answer:
            return str(answer.url)
