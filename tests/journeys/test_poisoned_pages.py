"""D8 in a real Chromium: a man whose every text is poison is registered and noted, and nothing runs."""

import pytest
from playwright.sync_api import expect

from tests.drills.poison import PAYLOADS
from tests.journeys import steps

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]
# What any of the payloads would call, and a dialog, are counted.
COUNT = "window.ran = 0; window.pwned = () => { window.ran += 1 }; window.alert = window.pwned;"
TABS = [
    "",
    "labs/",
    "treatment/",
    "timeline/",
    "documents/",
    "notes/",
    "access/",
    "notes/new/",
    "notes/sign/",
]


def test_no_payload_runs_in_any_page(ada, harbour):
    page = ada.page
    page.add_init_script(COUNT)
    page.on("dialog", lambda dialog: dialog.accept())
    # Given a man whose names are markup, and a note that holds every payload
    named = {"given_name": "<img src=x onerror=pwned()>", "mrn": "'><svg onload=pwned()>"}
    steps.register(page, **named, look=lambda: None, born="1979-02-03")
    chart = page.url
    page.goto(f"{chart}notes/new/")
    page.get_by_label("Note", exact=True).fill("\n\n".join(PAYLOADS))
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#notices")).to_contain_text("Draft saved")

    # When each page that shows him is opened, and the note is signed
    ran = 0
    for tab in TABS:
        page.goto(f"{chart}{tab}")
        page.wait_for_load_state("networkidle")
        ran += page.evaluate("window.ran")
    page.get_by_role("button", name="Sign and lock").click()
    for address in (f"{chart}notes/", "/worklist/", "/patients/"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        ran += page.evaluate("window.ran")

    # Then nothing ran, nothing was asked of another host, and the policy had nothing to refuse
    assert ran == 0
    ada.heard_nothing()
