"""The main job from form to printed page: a panel, its flags, the retest, a dose, the story, the handout."""

import io
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from recovery_clinic.demo.people import CLINICIAN, PORTAL
from tests.journeys.conftest import PHONE

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]
TODAY = date.today()  # noqa: DTZ011 - the day of the machine whose browser types it
UNITS = {"TT": "nmol/L", "E2": "nmol/L", "SHBG": "nmol/L", "FSH": "[IU]/L", "LH": "[IU]/L"}
SEMEN_UNITS = {"SCONC": "10*6/mL", "SVOL": "mL"}
SOON = 15_000


def said(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def register(page: Page, number: int) -> str:
    """A new man whose last dose was 20 weeks ago; returns the address of his chart."""
    page.goto("/patients/new/")
    for name, typed in {
        "given_name": f"Visem{number}",
        "family_name": "Journey",
        "date_of_birth": f"198{number}-05-17",
        "mrn": f"J{number:04d}",
    }.items():
        page.locator(f"[name={name}]").fill(typed)
    page.get_by_role("button", name="Register").click()
    page.locator("[name=formulation]").select_option("testosterone_cypionate")
    page.locator("[name=started_on]").fill((TODAY - timedelta(days=700)).isoformat())
    page.locator("[name=last_dose_on]").fill((TODAY - timedelta(days=140)).isoformat())
    page.locator("[name=goal]").select_option("both")
    page.get_by_role("button", name="Begin the episode").click()
    expect(page.locator("h1")).to_contain_text(f"Visem{number} Journey")
    return page.url


def fill(page: Page, values: dict[str, str], units: dict[str, str]) -> None:
    for key, typed in values.items():
        page.locator(f"[name='value-{key}']").fill(typed)
        # An analyte with one unit has no choice to make.
        unit = page.locator(f"select[name='unit-{key}']")
        if unit.count():
            unit.select_option(units.get(key, "%"))


def collected(page: Page) -> None:
    page.locator("[name=laboratory]").select_option(label="City Laboratory")
    page.locator("[name=collected_on]").fill((TODAY - timedelta(days=1)).isoformat())
    page.locator("[name=collected_time]").fill("08:05")


def finalise(page: Page) -> None:
    """Finalise, and where the form asks about something unlikely, say that it was compared."""
    page.get_by_role("button", name="Finalise").click()
    page.wait_for_load_state()
    asks = page.get_by_label("I have checked these values against the report")
    if asks.count():
        asks.check()
        page.get_by_role("button", name="Finalise").click()
        page.wait_for_load_state()
    expect(page).not_to_have_url("**/panels/new/**")


@pytest.fixture
def ada(walker):
    clinician = walker()
    clinician.log_in(CLINICIAN.email)
    expect(clinician.page.locator("h1")).to_have_text("Worklist")
    return clinician


def test_three_men_are_entered_as_the_laboratory_wrote_them(ada, men):
    page = ada.page
    ada.looks_right()
    for number, man in enumerate(men, start=1):
        chart = register(page, number)
        page.goto(f"{chart}panels/new/blood/")
        collected(page)
        fill(page, man["blood"], UNITS)
        page.get_by_role("button", name="Finalise").click()
        # A decimal comma is refused with words that help, and stays as it was typed.
        helps = page.locator("body")
        expect(helps).to_contain_text(f'found "{man["blood"]["TT"]}"')
        expect(helps).to_contain_text(man["blood"]["TT"].replace(",", "."))
        expect(page.locator("[name='value-TT']")).to_have_value(man["blood"]["TT"])
        if number == 1:
            ada.looks_right()
        fill(page, {key: typed.replace(",", ".") for key, typed in man["blood"].items()}, UNITS)
        finalise(page)
        page.goto(f"{chart}panels/new/semen/")
        collected(page)
        page.locator("[name=sperm_seen][value=counted]").check()
        fill(page, {key: typed.replace(",", ".") for key, typed in man["semen"].items()}, SEMEN_UNITS)
        if number == 1:
            ada.looks_right()
        finalise(page)
        page.goto(chart)
        expect(page.locator("#findings")).to_contain_text("rulebook", timeout=SOON)
        expect(page.locator("#findings")).not_to_contain_text("Not yet evaluated")
        expect(page.locator("#findings")).to_contain_text("window")
        if number == 1:
            ada.looks_right()
            page.goto(f"{chart}labs/")
            expect(page.locator("table")).to_contain_text(man["blood"]["TT"].replace(",", "."))
            ada.looks_right()


def test_a_flag_appears_by_itself_and_less_than_stays_less_than(ada):
    page = ada.page
    chart = register(page, 4)
    page.goto(f"{chart}panels/new/blood/")
    collected(page)
    fill(page, {"TT": "8.2", "LH": "<0.1", "FSH": "<0.1", "HCT": "54.6"}, {**UNITS, "HCT": "%"})
    finalise(page)
    page.goto(chart)
    flag = page.locator("#findings").get_by_role("link", name="Hematocrit above 54")
    expect(flag).to_be_visible(timeout=SOON)
    for where in ("", "labs/", "timeline/"):
        page.goto(f"{chart}{where}")
        expect(page.locator("main")).to_contain_text("<0.1")
    page.goto(chart)
    page.locator("#findings").get_by_role("link", name="Hematocrit above 54").click()
    expect(page.locator("main")).to_contain_text("54.6 %")
    expect(page.locator("main")).to_contain_text("Source")
    ada.looks_right()
    page.get_by_label("What was done").fill("Phoned; venesection tomorrow")
    page.get_by_role("button", name="Acknowledge, to the chart").click()
    expect(page.locator("#findings")).not_to_contain_text("Hematocrit above 54", use_inner_text=True)


def test_a_dose_is_started_adjusted_told_and_printed(ada):
    page = ada.page
    chart = register(page, 5)
    page.goto(f"{chart}panels/new/blood/")
    collected(page)
    fill(page, {"TT": "8.2", "LH": "3.1", "FSH": "3.0"}, UNITS)
    finalise(page)
    page.goto(f"{chart}courses/new/?drug=clomiphene")
    order(ada, amount="25", frequency="every_other_day", reason="Secondary pattern, goal fertility")
    page.goto(f"{chart}treatment/")
    ada.looks_right()
    page.get_by_role("link", name="Adjust").first.click()
    order(ada, amount="25", frequency="daily", reason="Below target at four weeks")
    page.goto(f"{chart}timeline/")
    expect(page.locator("main")).to_contain_text("25 mg daily")
    expect(page.locator("main")).to_contain_text("Below target at four weeks")
    ada.looks_right()
    page.goto(f"{chart}documents/")
    page.locator("[name=kind]").select_option("clomiphene")
    ada.looks_right()
    page.get_by_role("button", name="Make the PDF").click()
    expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=SOON)
    ada.looks_right()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    pages = [each.extract_text() for each in PdfReader(io.BytesIO(download.value.path().read_bytes())).pages]
    for words in ("Visem5 Journey", "J0005", "17 May 1985"):
        assert all(words in each for each in pages)
    whole = " ".join(" ".join(pages).split())
    for words in ("Clomiphene", "25 mg daily", said(TODAY)):
        assert words in whole


def order(ada, *, amount: str, frequency: str, reason: str) -> None:
    """Fill the dose form, read it back, and save it; an override reason is given where one is asked for."""
    page = ada.page
    page.locator("[name=amount]").fill(amount)
    page.locator("[name=frequency]").select_option(frequency)
    page.locator("[name=starts_on]").fill(TODAY.isoformat())
    page.locator("[name=reason]").fill(reason)
    ada.looks_right()
    page.get_by_role("button", name="Read it back").click()
    expect(page.locator(".readback-change")).to_contain_text(f"{amount} mg")
    ada.looks_right()
    override = page.locator("textarea[name=override_reason], input[name=override_reason]:not([type=hidden])")
    if override.count():
        override.fill("Discussed with the patient")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state()


def test_the_patient_sees_his_released_story_on_a_phone(walker):
    cal = walker(viewport=PHONE, has_touch=True, is_mobile=True)
    cal.log_in(PORTAL.email)
    expect(cal.page.locator("h1").first).to_contain_text("Where I am")
    cal.looks_right()
    cal.page.goto("/my/results/")
    cal.looks_right()
    expect(cal.page.locator("main")).not_to_contain_text("Critical")
    cal.page.goto("/worklist/")
    expect(cal.page.locator("h1")).to_contain_text("not")
