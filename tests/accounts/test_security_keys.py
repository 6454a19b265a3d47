"""Security keys, in a real Chromium with an authenticator of its own."""

import re

import pytest
from playwright.sync_api import expect

from tests.builders import PASSWORD
from tests.journeys.walker import Walker
from tests.product import Product, a_product

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("keys")]
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# Where a password alone leads, whatever page is asked for.
PENDING = re.compile("/account/2fa/authenticate/")


@pytest.fixture
def product(worker_id):
    with a_product(f"keys_{worker_id}", Product) as running:
        running.start("web", WEB_WORKERS="1", MFA_MANDATORY="true")
        running.people = running.run("tests.accounts.seed")
        running.until_ready()
        yield running
        assert "Traceback" not in running.said("web")


@pytest.fixture
def window(browser, product):
    """ada's window, with a security key plugged in."""
    opened = Walker(browser, product.address)
    devtools = opened.context.new_cdp_session(opened.page)
    devtools.send("WebAuthn.enable")
    opened.key = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    opened.devtools = devtools
    yield opened
    opened.context.close()
    opened.heard_nothing()


def set_up_a_key(window, product, name):
    """A member without a second factor is led to set one up, and takes a key."""
    page = window.page
    window.log_in(product.people["ada"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("link", name="Use a security key instead").click()
    window.looks_right()
    page.get_by_label("What you call it").fill(name)
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def log_out(page):
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Log out").click()


def test_a_key_is_the_only_second_factor_that_a_member_needs(window, product):
    page = window.page
    set_up_a_key(window, product, "Desk key")
    window.looks_right()
    assert len(page.locator(".codes li").all_inner_texts()) == 10
    page.reload()
    expect(page.locator(".codes")).to_have_count(0)
    window.looks_right()
    page.goto("/")
    expect(page).to_have_url(re.compile("/worklist/$"))

    log_out(page)
    window.log_in(product.people["ada"])
    expect(page.get_by_role("button", name="Use my security key")).to_be_visible()
    window.looks_right()
    page.goto("/worklist/")
    expect(page).to_have_url(PENDING)
    page.get_by_role("button", name="Use my security key").click()
    expect(page).to_have_url(re.compile("/worklist/$"))


def test_another_key_does_not_open_the_door(window, product):
    page = window.page
    set_up_a_key(window, product, "Desk key")
    log_out(page)
    window.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": window.key})
    window.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    window.log_in(product.people["ada"])
    page.get_by_role("button", name="Use my security key").click()
    expect(page.get_by_role("alert")).to_contain_text("The key was not used")
    page.goto("/worklist/")
    expect(page).to_have_url(PENDING)


def test_a_key_is_renamed_and_removed(window, product):
    page = window.page
    set_up_a_key(window, product, "Desk key")
    page.goto("/account/2fa/")
    window.looks_right()
    page.get_by_role("link", name="Look after the keys").click()
    window.looks_right()
    page.get_by_role("link", name="Rename").click()
    window.looks_right()
    page.get_by_role("textbox", name="Name").fill("Key of the top drawer")
    page.get_by_role("button", name="Save the name").click()
    expect(page.get_by_role("heading", name="Key of the top drawer")).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    window.looks_right()
    page.get_by_role("button", name="Remove the key").click()
    page.goto("/worklist/")
    expect(page).to_have_url(re.compile("/account/2fa/totp/activate/"))
