"""The keyboard of the entry grid in a real Chromium: Enter goes down, a pasted block fills rows."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests import builders
from tests.labs.posting import new_url

SCRIPT = Path(__file__).resolve().parents[2] / "static" / "js" / "entry.js"
PASTE = """([box, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
  document.querySelector(box).dispatchEvent(event);
}"""


@pytest.fixture
def grid(client, ada) -> str:
    """The entry page of a patient whose laboratory has reported TT and LH before."""
    patient = builders.a_patient(ada)
    builders.a_panel(patient, by=ada, on=date(2026, 2, 2), TT="410", LH="4")
    client.force_login(ada)
    return client.get(new_url(patient)).content.decode()


@pytest.fixture
def page(grid: str, browser: Browser) -> Iterator[Page]:
    """That page in a browser, cut off from everything but its own script."""
    complaints: list[str] = []
    shown = browser.new_page()
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.route("**/*", lambda route: route.abort())
    shown.set_content(grid, wait_until="domcontentloaded")
    shown.add_script_tag(path=SCRIPT)
    yield shown
    shown.close()
    assert complaints == []


def focused(page: Page) -> Any:
    return page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")


def test_enter_goes_from_value_to_value_and_stops_at_an_open_unit(page):
    page.focus("#id_value-TT")
    page.keyboard.type("410")
    page.keyboard.press("Enter")
    assert focused(page) == "value-SHBG"
    page.keyboard.type("33")
    page.keyboard.press("Enter")
    assert focused(page) == "unit-SHBG"
    page.keyboard.press("Enter")
    assert focused(page) == "value-ALB"


def test_enter_in_the_last_row_leads_to_the_button_and_presses_nothing(page):
    page.evaluate("document.querySelector('#entry').addEventListener('submit', () => { window.sent = true })")
    page.focus("#id_value-AST")
    page.keyboard.press("Enter")
    assert focused(page) == "Finalise the panel"
    page.focus("#id_collected_time")
    page.keyboard.press("Enter")
    assert page.evaluate("window.sent") is None


def test_control_and_enter_sends_the_form(page):
    page.evaluate(
        "document.querySelector('#entry').addEventListener('submit', event => {"
        " event.preventDefault(); window.sent = event.submitter.textContent.trim() })"
    )
    page.focus("#id_value-TT")
    page.keyboard.press("Control+Enter")
    assert page.evaluate("window.sent") == "Finalise the panel"


def test_a_block_with_names_fills_its_rows_and_says_what_it_did_not_know(page):
    block = "Total testosterone\t16,8\tnmol/L\r\nLH\t<0.1\tfoo/L\r\nCortisol\t12\tnmol/L\r\nTG\t1.4\tmmol/L"
    page.evaluate(PASTE, ["#id_value-TT", block])
    assert page.input_value("#id_value-TT") == "16,8"
    assert page.input_value("#id_unit-TT") == "nmol/L"
    assert page.input_value("#id_value-LH") == "<0.1"
    # The proposed unit would be a guess where the report prints one that is not known.
    assert page.input_value("#id_unit-LH") == ""
    assert page.input_value("#id_value-TG") == "1.4"
    said = page.inner_text("[data-paste-result]")
    assert " ".join(said.split()) == "3 of 4 lines pasted. Not recognised: Cortisol 12 nmol/L"


def test_a_column_of_values_fills_the_rows_downwards(page):
    page.evaluate(PASTE, ["#id_value-SHBG", "33\n\n4.2\n5.1"])
    values = [page.input_value(f"#id_value-{key}") for key in ("TT", "SHBG", "ALB", "LH", "FSH")]
    assert values == ["", "33", "4.2", "5.1", ""]


def test_a_single_value_is_pasted_as_anywhere(page):
    ours = PASTE.replace("document.querySelector(box)", "return !document.querySelector(box)")
    assert page.evaluate(ours, ["#id_value-TT", "410"]) is False
    assert page.evaluate(ours, ["#id_value-TT", "410\n33"]) is True
