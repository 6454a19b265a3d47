"""Through the button, the provider and back, in a real browser, whose policy lets a form lead there."""

import os

import pytest

from tests.journeys.walker import Walker
from tests.product import Product, a_product
from tests.provider import CLIENT_ID, CLIENT_SECRET, Provider

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("organisation_account")]


@pytest.fixture
def provider(free_port):
    with Provider(free_port, "") as found:
        yield found


@pytest.fixture
def walker(browser, provider, worker_id):
    with a_product(f"organisation_{worker_id}", Product) as running:
        running.start(
            "web",
            SITE_URL=running.address,
            OIDC_ISSUER=provider.issuer,
            OIDC_CLIENT_ID=CLIENT_ID,
            OIDC_CLIENT_SECRET=CLIENT_SECRET,
            OIDC_NAME="Harbour Hospital",
        )
        provider.person["email"] = running.run("tests.accounts.seed")["ben"]
        running.until_ready()
        window = Walker(browser, running.address)
        yield window
        window.context.close()
        assert "Traceback" not in running.said("web")


def press(walker):
    walker.page.goto("/")
    walker.looks_right()
    _keep(walker, "log-in")
    walker.page.get_by_role("button", name="Log in with Harbour Hospital").click()


def _keep(walker, name):
    """A picture of each page, where somebody wants to look at them."""
    if folder := os.environ.get("KEEP_SCREENS"):
        for width in (1280, 390):
            walker.page.set_viewport_size({"width": width, "height": 900})
            walker.page.screenshot(path=f"{folder}/{name}-{width}.png")


def test_a_member_comes_in_by_the_button(walker):
    press(walker)
    walker.page.wait_for_url("**/worklist/")
    walker.heard_nothing()


def test_whoever_is_not_known_reads_why_he_may_be_outside(walker, provider):
    provider.person["email"] = "nobody@harbour.example"
    press(walker)
    walker.page.get_by_role("heading", name="You are not logged in").wait_for()
    _keep(walker, "refused")
    walker.complaints = [each for each in walker.complaints if "403" not in each]
    walker.looks_right()
