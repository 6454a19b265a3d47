"""The scripts of every page, in a real Chromium under the real content policy."""

import json
import mimetypes
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from csp.utils import build_policy
from django.template import engines
from playwright.sync_api import Page, expect

STATIC = Path(__file__).resolve().parents[2] / "static"
LOGIN = "/account/login/"
NONCE = "bm9uY2Utb2Ytb25lLXRlc3Q="
POLICY = build_policy(nonce=NONCE)
LISTEN = (
    "document.addEventListener('securitypolicyviolation', e => console.log('refused ' + e.violatedDirective))"
)
PERSON = SimpleNamespace(is_authenticated=True, pk="ada", email="ada@harbour.example")

FORM = """{% extends "base.html" %}{% block main %}
<form id="form" hx-post="POST_TO" hx-target="#answer"><textarea id="words" name="words"></textarea>
<button id="send">Send</button></form><div id="answer">before</div>{% endblock %}"""
LIST = """{% extends "base.html" %}{% block main %}<ul data-rowlist>{% for row in "abc" %}
<li data-row id="{{ row }}"><a href="#opened-{{ row }}" data-open>{{ row }}</a>
<button data-key="a" hx-post="/gone" hx-target="closest li" hx-swap="outerHTML">Done</button></li>
{% endfor %}</ul>{% endblock %}"""
# Focused as it is parsed: a test that had to focus it would race with the first asking.
POLL = """{% extends "base.html" %}{% block main %}
<div id="asks" data-poll hx-get="/gone" hx-trigger="every 300ms">
<a id="inside" href="#inside" autofocus>here</a></div>
{% endblock %}"""
CHART = """{% extends "base.html" %}
{% block main %}
{% include "_components/chart.html" with id="c" title="T" url="/spec" image="/svg" alt="It rises" only %}
{% endblock %}{% block scripts %}
{% include "_components/chart_scripts.html" with nonce=request.csp_nonce only %}{% endblock %}"""
SPEC = {
    "data": {"values": [{"on": "2026-01-26", "value": 289}, {"on": "2026-03-02", "value": 410}]},
    "transform": [{"calculate": "datum.value + ' ng/dL'", "as": "said"}],
    "height": 120,
    "mark": {"type": "point", "filled": True, "size": 900, "tooltip": True},
    "encoding": {
        "x": {"field": "on", "type": "temporal"},
        "y": {"field": "value", "type": "quantitative"},
        "tooltip": {"field": "said"},
    },
}


def page_of(template: str) -> bytes:
    request = SimpleNamespace(csp_nonce=NONCE)
    context = {"request": request, "user": PERSON, "csrf_token": "fresh-token", "search_url": "/patients/"}
    return engines["django"].from_string(template).render(context).encode()


class Clinic(BaseHTTPRequestHandler):
    """Answers as the product would: pages under its policy, and the errors that a form must survive."""

    def answer(self, body: bytes, kind: str = "text/html", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        every = {"Content-Type": kind, "Content-Security-Policy": POLICY, "Content-Length": str(len(body))}
        for name, value in {**every, **{n.replace("_", "-"): v for n, v in headers.items()}}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            return self.answer(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "font/woff2")
        if path.startswith("/form/"):
            return self.answer(page_of(FORM.replace("POST_TO", path.removeprefix("/form"))))
        pages = {"/list": LIST, "/poll": POLL, "/chart": CHART}
        if path in pages:
            return self.answer(page_of(pages[path]))
        if path == "/spec":
            return self.answer(json.dumps(SPEC).encode(), "application/json")
        if path == "/svg":
            return self.answer(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml")
        return self.answer(b"<p>log in</p>" if path == LOGIN else b"")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        path = urlsplit(self.path).path
        if path == "/ended":
            return self.answer(b"", HX_Redirect=f"{LOGIN}?next=/form/ended")
        if path == "/conflict":
            detail = json.dumps({"detail": "Ben changed this dose at 08:05."}).encode()
            return self.answer(detail, "application/problem+json", 412)
        if path.removeprefix("/").isdigit():
            return self.answer(b"<p>an error page</p>", status=int(path.removeprefix("/")))
        return self.answer(b"")

    def log_message(self, *_: Any) -> None:
        """Quiet: pytest shows what matters."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Clinic)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Any) -> Iterator[Page]:
    """A page that fails the test when anything is refused by the policy or thrown by a script."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened, complaints = context.new_page(), []
    opened.add_init_script(LISTEN)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console", lambda line: complaints.append(line.text) if "refused" in line.text.lower() else None
    )
    yield opened
    context.close()
    assert complaints == []


def say(page: Page, address: str, to: str) -> str:
    """Type, send to an address that answers badly, and give back what the page says then."""
    page.goto(f"{address}/form/{to}")
    page.fill("#words", "typed by hand")
    page.click("#send")
    page.wait_for_selector("#notices .notice")
    assert page.input_value("#words") == "typed by hand"
    assert page.inner_text("#answer") == "before"
    return page.inner_text("#notices")


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 413, 428, 429, 500, 503])
def test_a_refused_request_is_told_and_what_was_typed_stays(page, address, status):
    assert "What you typed is still on this page." in say(page, address, str(status))


def test_the_servers_own_words_are_shown(page, address):
    assert "Ben changed this dose at 08:05." in say(page, address, "conflict")


@pytest.mark.parametrize("way", ["401", "ended"])
def test_a_session_that_ends_keeps_the_page_and_takes_the_new_token(page, address, way):
    assert "Your session has ended." in say(page, address, way)
    page.evaluate("document.body.setAttribute('hx-headers', '{\"X-CSRFToken\": \"old-token\"}')")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.wait_for_selector("text=You are logged in again.")
    assert "fresh-token" in page.get_attribute("body", "hx-headers")
    assert page.input_value("#words") == "typed by hand"


def test_an_ended_session_without_typed_text_leads_to_the_log_in(page, address):
    page.goto(f"{address}/form/ended")
    page.click("#send")
    page.wait_for_url(f"**{LOGIN}**")
    assert "next=%2Fform%2Fended" in page.url


def test_a_list_is_worked_by_keys_and_the_next_row_follows_the_one_done(page, address):
    page.goto(f"{address}/list")
    for key in ["j", "j", "k", "j"]:
        page.keyboard.press(key)
    expect(page.locator("#b")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#b")).to_have_count(0)
    expect(page.locator("#c")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#opened-c$"))
    page.keyboard.press("/")
    page.keyboard.type("jk")
    expect(page.locator("[data-search]")).to_have_value("jk")


def test_a_polling_list_waits_while_somebody_is_in_it(page, address):
    page.goto(f"{address}/poll")
    page.wait_for_timeout(900)
    assert page.inner_text("#asks") == "here"
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#asks")).to_have_text("")


def test_only_the_word_for_the_colours_is_stored(page, address):
    page.goto(f"{address}/list?q=Okafor")
    page.click(".menu summary")
    page.click("[data-theme-toggle]")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert page.evaluate("JSON.stringify([localStorage, sessionStorage])") == '[{"theme":"dark"},{}]'
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_a_chart_is_drawn_and_explains_its_points_under_the_policy(page, address):
    page.goto(f"{address}/chart")
    page.wait_for_selector('[data-chart-state="drawn"]')
    assert not page.is_visible("#c picture")
    assert page.get_attribute(".chart-live", "aria-label") == "It rises"
    page.hover(".chart-live .mark-symbol path >> nth=0")
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert page.inner_text("#vg-tooltip-element") == "289 ng/dL"
    page.set_viewport_size({"width": 400, "height": 800})
    expect(page.locator('.chart-live svg[width^="3"]')).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_chart_whose_numbers_cannot_be_had_stays_a_picture(page, address):
    page.route("**/spec", lambda route: route.fulfill(status=503, body="busy"))
    page.goto(f"{address}/chart")
    page.wait_for_selector('[data-chart-state="picture"]')
    assert page.locator("#c picture").evaluate("picture => getComputedStyle(picture).display") != "none"
