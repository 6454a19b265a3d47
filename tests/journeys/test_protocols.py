"""A protocol from its draft, published by a second clinician, to a man who is started on it."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]


def test_a_protocol_is_drafted_reviewed_published_and_started(ada, walker, harbour):
    # Given a clinician who copies a shipped protocol
    page = ada.page
    page.goto("/protocols/")
    ada.looks_right()
    page.get_by_role("link", name="The founding article's combination").click()
    expect(page.locator("main")).to_contain_text("The label says not to combine them")
    ada.looks_right()
    page.get_by_role("link", name="All protocols").click()
    page.get_by_role("link", name="SERM alone").click()
    page.get_by_role("button", name="Copy into a draft").click()

    # When she changes a dose, adds a drug on a trigger, and sends it to review
    ada.looks_right()
    page.get_by_label("Name", exact=True).fill("SERM of the house")
    page.locator("[name=clomiphene-frequency]").select_option("daily")
    page.locator("summary", has_text="Anastrozole").click()
    page.locator("[name=anastrozole-include]").check()
    page.locator("[name=anastrozole-amount]").fill("0.5")
    page.locator("[name=anastrozole-frequency]").select_option("twice_weekly")
    page.locator("[name=anastrozole-starts]").select_option("trigger")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("alert").first).to_contain_text("found no trigger")
    ada.looks_right()
    page.locator("[name=anastrozole-trigger_analyte]").select_option("E2")
    page.locator("[name=anastrozole-trigger_value]").fill("60")
    page.locator("[name=anastrozole-trigger_draws]").select_option("2")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("main")).to_contain_text("add when estradiol is above 60 pg/mL on 2 draws")
    ada.looks_right()
    page.get_by_role("button", name="Send to review").click()
    expect(page.locator("#notices")).to_contain_text("Sent to review")
    version = page.url

    # Then she cannot publish it herself, and a second clinician can
    page.goto(f"{version}review/")
    expect(page.locator("main")).to_contain_text("Not yours to review")
    dora = walker("dora")
    dora.page.goto(version)
    dora.page.get_by_role("link", name="Review it").click()
    dora.looks_right()
    dora.page.get_by_label("Publish it").check()
    dora.page.get_by_label("What you say of it").fill("Read with care.")
    dora.page.get_by_role("button", name="Record the review").click()
    expect(dora.page.locator("#notices")).to_contain_text("Published")
    dora.looks_right()

    # And a man is started on it: checked, read back, saved
    page.goto(f"{harbour.charts['ivo']}treatment/")
    page.get_by_role("link", name="Start from a protocol").click()
    ada.looks_right()
    page.get_by_role("link", name="Choose SERM of the house").click()
    ada.looks_right()
    page.get_by_role("button", name="Read it back").click()
    expect(page.locator(".readback")).to_contain_text("Start Clomiphene citrate 25 mg daily")
    ada.looks_right()
    page.get_by_role("button", name="Save 1 order").click()
    expect(page.locator("main")).to_contain_text("From the protocol SERM of the house, version 1")
    expect(page.locator("main")).to_contain_text("Waiting for a trigger")
    ada.looks_right()
