"""The main job from form to printed page: panel, flags, retest, dose, story, handout, the patient's phone."""

import io
import re

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys import steps
from tests.journeys.steps import said
from tests.journeys.walker import PHONE
from tests.real_men import three_men

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]
# From the moment the worker may work until the chart, which nobody reloads, shows what it found.
SECONDS = 20_000
FINDINGS = [
    ("Low testosterone, secondary pattern", "Motility low"),
    ("Testosterone held up by a high LH", "Few sperm"),
    ("Low testosterone, secondary pattern", "Few normal forms"),
]


def stays(page: Page) -> None:
    """Mark the page as it is: a reload would lose the mark."""
    page.evaluate("window.isTheSame = true")


def stayed(page: Page) -> bool:
    return page.evaluate("window.isTheSame === true")


def with_points(values):
    return {key: typed.replace(",", ".") for key, typed in values.items()}


@pytest.mark.parametrize("man", range(3), ids=["first", "second", "third"])
def test_a_man_is_entered_as_the_laboratory_wrote_him(ada, harbour, man):
    # Given a man of whom nothing is known yet, and a report with decimal commas
    page, findings = ada.page, ada.page.locator("#findings")
    blood, semen = three_men()[man].blood, three_men()[man].semen
    chart = harbour.charts[["dan", "eli", "fin"][man]]
    # The pages of the second and third are the pages of the first with other numbers.
    look = ada.looks_right if man == 0 else ada.heard_nothing
    expect(page.locator("h1")).to_have_text("Worklist")
    look()

    # When it is typed as it is printed
    steps.open_entry(page, chart, "blood")
    steps.type_values(page, blood)
    page.get_by_role("button", name=steps.FINALISE).click()

    # Then nothing is stored, each comma is named with what to type instead, and what was typed stays
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Nothing is stored yet")
    for key, typed in blood.items():
        expect(page.locator(f"[name='value-{key}']")).to_have_value(typed)
        if "," in typed:
            expect(told).to_contain_text(f'({key}): found "{typed}"')
            expect(told).to_contain_text(typed.replace(",", "."))
    look()

    # When it is typed with points, while no worker works
    steps.type_values(page, with_points(blood))
    with harbour.paused(harbour.worker):
        steps.finalise(page)
        # Then the chart says that the rules have not spoken
        expect(findings).to_contain_text("Not yet evaluated")
        stays(page)
        look()
    # and shows their findings and the retest by itself as soon as they have
    expect(findings).to_contain_text(FINDINGS[man][0], timeout=SECONDS)
    expect(findings.locator(".retest").first).to_contain_text("window")
    assert stayed(page)
    if "Low testosterone" in FINDINGS[man][0]:
        first_low = findings.locator(".retest", has_text="A first low testosterone is repeated")
        expect(first_low).to_contain_text(f"window {said(1 - 7)} to {said(1 - 28)}")
    look()

    # When the semen analysis follows, then so do its findings, again without a reload
    steps.open_entry(page, chart, "semen")
    steps.type_values(page, with_points(semen))
    look()
    steps.finalise(page)
    stays(page)
    expect(findings).to_contain_text(FINDINGS[man][1], timeout=SECONDS)
    assert stayed(page)

    # And every number is shown as the laboratory sent it, in its own unit
    page.get_by_role("navigation", name="Chart").get_by_role("link", name="Labs").click()
    for typed in with_points(blood | semen).values():
        expect(
            page.get_by_role("cell", name=re.compile(rf"(^|\s){re.escape(typed)}\s")).first
        ).to_be_visible()
    look()


def test_less_than_stays_less_than_from_the_form_to_the_phone(ada, walker, harbour):
    # Given a report with values below what the laboratory can count
    page, chart = ada.page, harbour.charts["cal"]
    values = {"TT": "8,2", "LH": "<0.1", "FSH": "<0.1", "HCT": "54.6"}
    steps.open_entry(page, chart, "blood", days_ago=3)
    steps.type_values(page, values)

    # When the form refuses another value, is left as a draft and comes back, it still says so
    page.get_by_role("button", name=steps.FINALISE).click()
    expect(page.get_by_role("alert")).to_contain_text('found "8,2"')
    expect(page.locator("[name='value-LH']")).to_have_value("<0.1")
    page.locator("[name='value-TT']").fill("8.2")
    page.get_by_role("button", name="Save draft").click()
    page.goto(f"{chart}panels/new/blood/")
    expect(page.locator("[name='value-LH']")).to_have_value("<0.1")
    steps.finalise(page)
    stays(page)

    # Then the critical flag appears by itself, and its card and every page keep the sign
    flag = page.locator("#findings").get_by_role("link", name="Hematocrit above 54")
    expect(flag).to_be_visible(timeout=SECONDS)
    assert stayed(page)
    page.get_by_text("The same numbers as a table").click()
    keeps_the_sign(page.locator("#recovery-table"))
    for tab in ("Labs", "Timeline"):
        page.get_by_role("navigation", name="Chart").get_by_role("link", name=tab).click()
        keeps_the_sign(page.locator("main"))
    ada.looks_right()
    page.goto(f"{chart}panels/new/blood/")
    keeps_the_sign(page.locator("[data-analyte=LH]"))

    # When a later panel waits unread and only this one is released
    steps.open_entry(page, chart, "blood", days_ago=1)
    steps.type_values(page, {"TT": "7.7"})
    steps.finalise(page)
    page.get_by_role("navigation", name="Chart").get_by_role("link", name="Labs").click()
    page.get_by_role("link", name=said(3)).click()
    keeps_the_sign(page.locator("main"))
    ada.looks_right()
    page.get_by_label("Comment to the patient").fill("We repeat this in two weeks.")
    page.get_by_role("button", name="Review and release").click()
    expect(page.locator("main")).to_contain_text("Released by Ada")
    ada.looks_right()

    # Then the patient reads it on his phone as the laboratory wrote it, and nothing of the other
    cal = walker("cal", viewport=PHONE, has_touch=True, is_mobile=True)
    expect(cal.page.locator("h1").first).to_have_text("Where I am")
    cal.looks_right()
    cal.page.get_by_text("The same numbers as a table").tap()
    keeps_the_sign(cal.page.locator("#recovery-table"))
    shows_only_what_was_released(cal.page)
    cal.page.get_by_role("link", name="My results").tap()
    keeps_the_sign(cal.page.locator("main"))
    expect(cal.page.locator("main")).to_contain_text("We repeat this in two weeks.")
    shows_only_what_was_released(cal.page)
    cal.looks_right()


def keeps_the_sign(part) -> None:
    """It says "<0.1", and nowhere 0.1 alone."""
    expect(part).to_contain_text("<0.1")
    assert re.search(r"(?<![<\d.])0\.1(?![\d.])", part.inner_text()) is None


def shows_only_what_was_released(page: Page) -> None:
    expect(page.locator("main")).to_contain_text("8.2")
    expect(page.locator("main")).not_to_contain_text("7.7")
    expect(page.locator("main")).not_to_contain_text("Hematocrit above 54")
    expect(page.locator("main")).not_to_contain_text("Critical")


def test_a_critical_flag_is_read_and_acknowledged(ada, harbour):
    # Given a man registered this morning with a hematocrit that needs somebody today
    page = ada.page
    chart = steps.register(page, given_name="Gil", mrn="J0004", look=ada.looks_right)
    expect(page.locator("#findings")).to_contain_text("rulebook", timeout=SECONDS)
    steps.open_entry(page, chart, "blood")
    steps.type_values(page, {"HCT": "54.6"})
    steps.finalise(page)
    flag = page.locator("#findings").get_by_role("link", name="Hematocrit above 54")
    expect(flag).to_be_visible(timeout=SECONDS)

    # When it is opened, then the card says which number, which threshold and which source
    flag.click()
    for words in ("54.6 %", "HCT > 54 %", "AUA 2018", "R45"):
        expect(page.locator("main")).to_contain_text(words)
    ada.looks_right()

    # and it is acknowledged with a word on what was done, not without
    page.get_by_role("button", name="Acknowledge, to the chart").click()
    expect(page.get_by_role("alert")).to_contain_text("needs a comment")
    ada.looks_right()
    page.get_by_label("What was done").fill("Phoned; venesection tomorrow")
    page.get_by_role("button", name="Acknowledge, to the chart").click()
    expect(page.locator("#findings")).to_contain_text("1 acknowledged")

    # and the worklist, which has other work of his, no longer asks for it
    page.get_by_role("link", name="Worklist", exact=True).click()
    expect(page.locator("main")).to_contain_text("Gil Reyes")
    ada.looks_right()


def test_a_dose_is_started_adjusted_told_and_printed(ada, harbour):
    # Given a man with a low testosterone
    page, tabs = ada.page, ada.page.get_by_role("navigation", name="Chart")
    chart = harbour.charts["hal"]
    steps.open_entry(page, chart, "blood")
    steps.type_values(page, {"TT": "8.2", "LH": "3.1", "FSH": "3.0"})
    steps.finalise(page)

    # When clomiphene is started, then what will be saved is read back first
    page.get_by_role("link", name="Start a drug").click()
    ada.looks_right()
    page.get_by_role("link", name="Clomiphene").first.click()
    ada.looks_right()
    steps.order(page, amount="25", frequency="every_other_day", reason="Secondary pattern, wants children")
    said_back = page.locator(".readback-change")
    expect(said_back.locator("ins")).to_have_text("Start Clomiphene citrate 25 mg every other day")
    ada.looks_right()
    steps.save_order(page)

    # When the dose is adjusted, then the change is read back, old beside new
    tabs.get_by_role("link", name="Treatment").click()
    page.get_by_role("link", name="Adjust Clomiphene").click()
    ada.looks_right()
    steps.order(page, amount="25", frequency="daily", reason="Below target at four weeks")
    expect(said_back.locator("del")).to_contain_text("25 mg every other day")
    expect(said_back.locator("ins")).to_have_text("25 mg daily")
    ada.looks_right()
    steps.save_order(page)
    tabs.get_by_role("link", name="Treatment").click()
    expect(page.locator("main")).to_contain_text("Below target at four weeks")
    ada.looks_right()

    # And the timeline tells both, with the reasons
    tabs.get_by_role("link", name="Timeline").click()
    for words in ("25 mg every other day", "25 mg daily", "Below target at four weeks"):
        expect(page.locator("#timeline-entries")).to_contain_text(words)
    ada.looks_right()

    # When the handout is asked for while no worker works, then its page waits, and is ready by itself
    tabs.get_by_role("link", name="Documents").click()
    page.locator("[name=kind]").select_option("clomiphene")
    ada.looks_right()
    with harbour.paused(harbour.worker):
        page.get_by_role("button", name="Make the PDF").click()
        expect(page.locator("progress")).to_be_visible()
        stays(page)
        ada.looks_right()
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=SECONDS)
    assert stayed(page)
    ada.looks_right()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    reads_as_it_should(download.value.path().read_bytes())


def reads_as_it_should(pdf: bytes) -> None:
    """Name, number and birth on every page; drug, dose and its first day in the text."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    for words in ("Hal Quinn", "J0005", "17 May 1988"):
        assert all(words in page for page in pages)
    whole = " ".join(" ".join(pages).split())
    for words in ("Clomiphene", "25 mg daily", f"from {said()}"):
        assert words in whole
