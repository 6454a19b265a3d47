"""One person's browser window, in which every page has to be accessible, whole and without complaint."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from tests.builders import PASSWORD

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# A refused form is answered with 422 on purpose, and Chromium says so.
REFUSED = 422
# Leaving a page breaks off what it was asking for, and htmx says so.
LEFT = ("net::ERR_ABORTED", "htmx:sendAbort", "htmx:afterRequest")
# What makes the page wider than its window, innermost last.
BEYOND = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter(each => each.getBoundingClientRect().right > width + 1)
    .map(each => `${each.tagName} ${each.id} ${each.getAttribute("class") || ""}`).slice(-12);
}"""
LISTEN = "addEventListener('securitypolicyviolation', e => console.error(`refused ${e.violatedDirective}`))"


class Walker:
    """A window, its page, and what browser or server complained of since it was opened."""

    def __init__(self, browser: Browser, address: str, **window: Any) -> None:
        self.context = browser.new_context(
            base_url=address, accept_downloads=True, **{"viewport": DESK, **window}
        )
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self.page.add_init_script(LISTEN)
        self.complaints: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def _complain(self, what: str) -> None:
        self.complaints.append(f"{self.page.url}: {what}")

    def _console(self, message: ConsoleMessage) -> None:
        is_expected = f"status of {REFUSED}" in message.text or message.text.startswith(LEFT)
        if message.type in {"error", "warning"} and not is_expected:
            self._complain(message.text)

    def _failed(self, request: Request) -> None:
        if not (request.failure or "").startswith(LEFT):
            self._complain(f"{request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status != REFUSED:
            self._complain(f"{response.url}: {response.status}")

    def log_in(self, email: str) -> None:
        self.page.goto("/")
        self.looks_right()
        self.page.locator("[name=login]").fill(email)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()

    def looks_right(self) -> None:
        """axe finds nothing and nothing runs out of the window, at either width; nobody complained."""
        before = self.page.viewport_size
        for size in (DESK, PHONE):
            self.page.set_viewport_size(size)
            found = Axe().run(self.page)
            where = f"{self.page.url} at {size['width']}"
            assert found.violations_count == 0, f"{where}: {found.generate_report()}"
            assert self.page.evaluate(BEYOND) == [], f"{where} is wider than its window"
        self.page.set_viewport_size(before)
        self.heard_nothing()

    def heard_nothing(self) -> None:
        """Neither a script, nor the policy, nor a request that failed has been complained of."""
        assert self.complaints == [], "\n".join(self.complaints)
