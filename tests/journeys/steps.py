"""What a clinician does with his hands, step by step; each step leaves him where the product leads him."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.journeys.seed import today
from tests.real_men import Values

LAB_UNITS = {
    "TT": "nmol/L",
    "E2": "nmol/L",
    "SHBG": "nmol/L",
    "FSH": "[IU]/L",
    "LH": "[IU]/L",
    "HCT": "%",
    "SCONC": "10*6/mL",
    "SVOL": "mL",
}
CHECKED = "I have checked these values against the report"
FINALISE = "Finalise the panel"


def said(days_ago: int = 0) -> str:
    """A day as the product writes it."""
    day = today() - timedelta(days=days_ago)
    return f"{day.day} {day:%b %Y}"


def register(
    page: Page, *, given_name: str, mrn: str, look: Callable[[], None], born: str = "1985-05-17"
) -> str:
    """A new man, 20 weeks after his last dose; `look` at each form. Returns the path of his chart.

    Two of one name and birthday would be asked about.
    """
    page.get_by_role("link", name="Patients", exact=True).click()
    look()
    page.get_by_role("link", name="Register a patient").first.click()
    person = {"given_name": given_name, "family_name": "Reyes", "date_of_birth": born, "mrn": mrn}
    for name, typed in person.items():
        page.locator(f"[name={name}]").fill(typed)
    look()
    page.get_by_role("button", name="Register").click()
    page.locator("[name=formulation]").select_option("testosterone_cypionate")
    page.locator("[name=started_on]").fill((today() - timedelta(days=700)).isoformat())
    page.locator("[name=last_dose_on]").fill((today() - timedelta(days=140)).isoformat())
    page.locator("[name=goal]").select_option("both")
    look()
    page.get_by_role("button", name="Begin the episode").click()
    expect(page.locator("h1")).to_contain_text(f"{given_name} Reyes")
    expect(page.get_by_role("navigation", name="Chart")).to_be_visible()
    return urlsplit(page.url).path


def open_entry(page: Page, chart: str, kind: str, *, days_ago: int = 1) -> None:
    page.goto(f"{chart}panels/new/{kind}/")
    page.locator("[name=laboratory]").select_option(label="City Laboratory")
    page.locator("[name=collected_on]").fill((today() - timedelta(days=days_ago)).isoformat())
    page.locator("[name=collected_time]").fill("08:05")
    if kind == "semen":
        page.locator("[name=sperm_seen][value=counted]").check()


def type_values(page: Page, values: Values) -> None:
    for key, typed in values.items():
        page.locator(f"[name='value-{key}']").fill(typed)
        unit = page.locator(f"select[name='unit-{key}']")
        # An analyte with one unit leaves nothing to choose.
        if unit.count():
            unit.select_option(LAB_UNITS.get(key, "%"))


def finalise(page: Page) -> None:
    """Finalise; where the form asks about something unlikely, say that it was compared with the report."""
    with page.expect_response(is_answer):
        page.get_by_role("button", name=FINALISE).click()
    page.wait_for_load_state()
    if "/panels/new/" in page.url:
        page.get_by_label(CHECKED).check()
        page.get_by_role("button", name=FINALISE).click()
    expect(page.get_by_role("navigation", name="Chart")).to_be_visible()


def is_answer(response: Any) -> bool:
    """Whether this is the answer to a form that was sent."""
    return bool(response.request.method == "POST" and response.request.is_navigation_request())


def order(page: Page, *, amount: str, frequency: str, reason: str) -> None:
    page.locator("[name=amount]").fill(amount)
    page.locator("[name=frequency]").select_option(frequency)
    page.locator("[name=starts_on]").fill(today().isoformat())
    page.locator("[name=reason]").fill(reason)
    page.get_by_role("button", name="Read it back").click()


def save_order(page: Page) -> None:
    """Save what was read back, with a reason of his own where the checks ask for one."""
    override = page.locator("textarea[name=override_reason]")
    if override.count():
        override.fill("Discussed with the patient")
    page.get_by_role("button", name="Save").click()
