"""A dose that is typed while the session ends: no login in its page, no word lost, one order at the end."""

import pytest
from playwright.sync_api import expect

from tests.builders import PASSWORD
from tests.drills.late import CHECK_IT
from tests.journeys.seed import today
from tests.journeys.steps import save_order

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]
STORED = "select count(*) from protocols_dosestep where reason = %s"
# What a browser could have kept by itself.
IN_THE_BROWSER = "() => localStorage.length + sessionStorage.length"


def type_order(page, *, reason):
    page.locator("[name=amount]").fill("25")
    page.locator("[name=frequency]").select_option("every_other_day")
    page.locator("[name=starts_on]").fill(today().isoformat())
    page.locator("[name=reason]").fill(reason)


def log_in_again(page, email):
    expect(page.locator("#notices")).to_contain_text("What you typed is kept for one hour")
    log_in(page, email)


def log_in(page, email):
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def expect_order(page, *, reason):
    expect(page.locator("#notices")).to_contain_text(CHECK_IT)
    expect(page.locator("[name=amount]")).to_have_value("25")
    expect(page.locator("[name=frequency]")).to_have_value("every_other_day")
    expect(page.locator("[name=reason]")).to_have_value(reason)


def test_htmx_stays_on_the_page_and_what_is_sent_all_the_same_comes_back(ada, harbour):
    # Given a clinician with the form of a first dose before him, whose session ends
    page, reason = ada.page, "LH still low, typed with HTMX"
    page.goto(f"{harbour.charts['dan']}courses/new/?drug=clomiphene")
    form = page.url
    harbour.run("tests.journeys.end_sessions")

    # When he types, the check that asks by itself finds the end, and the page stays as it is
    type_order(page, reason=reason)
    expect(page.locator("#notices")).to_contain_text("Your session has ended")
    assert page.url == form
    assert page.locator("[name=password]").count() == 0
    expect(page.locator("[name=reason]")).to_have_value(reason)
    assert [each for each in ada.complaints if "401" not in each] == []
    ada.complaints.clear()
    ada.looks_right()

    # And when he sends it all the same, and logs in
    page.get_by_role("button", name="Read it back").click()
    log_in_again(page, harbour.people["ada"])

    # Then it is in its form, of which nothing is stored yet, here or in the browser
    expect_order(page, reason=reason)
    ada.looks_right()
    page.locator("#notices summary").click()
    expect(page.locator("#notices")).to_contain_text(reason)
    ada.looks_right()
    assert harbour.ask(STORED, reason) == [(0,)]
    assert page.evaluate(IN_THE_BROWSER) == 0

    # And one order is stored, where he saves it
    page.get_by_role("button", name="Read it back").click()
    save_order(page)
    expect(page.locator("#notices")).to_contain_text("Saved:")
    assert harbour.ask(STORED, reason) == [(1,)]


@pytest.fixture
def plain_page(browser, harbour):
    """A window in which no script runs; axe would be one."""
    context = browser.new_context(base_url=harbour.address, java_script_enabled=False)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_without_scripts_it_comes_back_too(plain_page, harbour):
    page, reason = plain_page, "LH still low, typed without scripts"
    page.goto("/")
    log_in(page, harbour.people["ada"])
    page.goto(f"{harbour.charts['eli']}courses/new/?drug=clomiphene")
    type_order(page, reason=reason)
    harbour.run("tests.journeys.end_sessions")
    page.get_by_role("button", name="Read it back").click()
    log_in_again(page, harbour.people["ada"])
    expect_order(page, reason=reason)
    page.reload()
    expect_order(page, reason=reason)
    page.get_by_role("button", name="Read it back").click()
    save_order(page)
    expect(page.locator("#notices")).to_contain_text("Saved:")
    assert harbour.ask(STORED, reason) == [(1,)]
