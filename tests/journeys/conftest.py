"""The product as `make run` starts it, and a Chromium that complains about everything."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from recovery_clinic.demo.people import PASSWORD
from tests.served import Served

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# A refused form is answered with 422 or 409, which Chromium reports as a failed resource; leaving a page
# aborts what it was asking for, which htmx reports.
EXPECTED = ("Failed to load resource", "htmx:afterRequest", "htmx:sendError", "htmx:sendAbort")
# What makes the page wider than its window, innermost last; nothing where nothing does.
BEYOND = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter(each => each.getBoundingClientRect().right > width + 1)
    .map(each => `${each.tagName} ${each.id} ${each.getAttribute("class") || ""}`).slice(0, 12);
}"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of gunicorn, with worker, beat, PostgreSQL, Valkey and the demo clinic behind it."""
    import signal
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = Served(tmp_path_factory.mktemp("product") / "data", port)
    served.until_told()
    yield f"http://localhost:{port}"
    served.end(signal.SIGINT)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield launched
        launched.close()


class Walker:
    """One person's browser window; every page it looks at must be accessible and without complaint."""

    def __init__(self, browser: Browser, base: str, **window: Any) -> None:
        self.context: BrowserContext = browser.new_context(base_url=base, accept_downloads=True, **window)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        is_complaint = message.type in {"error", "warning"}
        if is_complaint and not any(words in message.text for words in EXPECTED):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def log_in(self, email: str) -> None:
        self.page.goto("/")
        self.page.locator("input[name=login]").fill(email)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("form button[type=submit]").first.click()
        self.page.wait_for_load_state()

    def looks_right(self, *, narrow: bool = True) -> None:
        """axe finds nothing, nothing runs out of the window, the console is silent; wide and on a phone."""
        for size in (DESK, PHONE) if narrow else (DESK,):
            self.page.set_viewport_size(size)
            found = Axe().run(self.page)
            assert found.violations_count == 0, (
                f"{self.page.url} at {size['width']}: {found.generate_report()}"
            )
            assert self.page.evaluate(BEYOND) == [], f"{self.page.url} runs out of {size['width']}"
        self.page.set_viewport_size(DESK)
        assert self.complaints == []


@pytest.fixture
def walker(browser: Browser, product: str) -> Iterator[Any]:
    opened: list[Walker] = []

    def open_window(**window: Any) -> Walker:
        opened.append(Walker(browser, product, **{"viewport": DESK, **window}))
        return opened[-1]

    yield open_window
    for each in opened:
        each.context.close()


@pytest.fixture(scope="module")
def men() -> list[dict[str, dict[str, str]]]:
    """Three men's values as a laboratory sends them: nmol/L and decimal commas.

    Those of the real data set where it lies beside the checkout, else invented ones of the same shape.
    """
    folder = Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.exists():
        return INVENTED
    hormones = _rows(folder / "visem_hormones.csv")
    semen = {row[0]: row for row in _rows(folder / "visem_semen.csv")}
    wanted = [row for row in hormones if row[0] in {"3", "19", "31"}]
    return [
        {
            "blood": dict(zip(("TT", "E2", "SHBG", "FSH", "LH"), row[2:7], strict=True)),
            "semen": dict(
                zip(
                    ("SCONC", "SVOL", "SVIT", "SMORPH", "SPR", "SNP", "SIM"),
                    _semen(semen[row[0]]),
                    strict=True,
                )
            ),
        }
        for row in wanted
    ]


def _rows(path: Path) -> list[list[str]]:
    return [line.split(";") for line in path.read_text().splitlines()[1:] if line]


def _semen(row: list[str]) -> list[str]:
    return [row[1], *row[3:9]]


INVENTED = [
    {
        "blood": {"TT": "8,4", "E2": "0,17", "SHBG": "31", "FSH": "4,1", "LH": "4,6"},
        "semen": {
            "SCONC": "48,5",
            "SVOL": "2,6",
            "SVIT": "88",
            "SMORPH": "6,1",
            "SPR": "20",
            "SNP": "25",
            "SIM": "55",
        },
    },
    {
        "blood": {"TT": "24,6", "E2": "0,18", "SHBG": "35", "FSH": "14,0", "LH": "10,1"},
        "semen": {
            "SCONC": "13,8",
            "SVOL": "4,6",
            "SVIT": "91",
            "SMORPH": "2,0",
            "SPR": "55",
            "SNP": "20",
            "SIM": "25",
        },
    },
    {
        "blood": {"TT": "8,7", "E2": "0,10", "SHBG": "26", "FSH": "6,0", "LH": "1,5"},
        "semen": {
            "SCONC": "320,0",
            "SVOL": "1,5",
            "SVIT": "90",
            "SMORPH": "1,5",
            "SPR": "62",
            "SNP": "21",
            "SIM": "17",
        },
    },
]
