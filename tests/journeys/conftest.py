"""gunicorn, worker, beat, PostgreSQL and Valkey with a small clinic in them, and a Chromium to walk it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.walker import Walker
from tests.product import Product, a_product


class Harbour(Product):
    """The product at work: its processes, who can log in, and where each man's chart is."""

    def open(self) -> None:
        self.start("web")
        self.worker = self.start("worker")
        self.start("beat")
        made = self.run("tests.journeys.seed")
        self.people: dict[str, str] = made["people"]
        self.charts: dict[str, str] = made["charts"]
        self.until_ready()

    def raised(self) -> str:
        """What any process has said since something was raised in it."""
        return "".join(self.said(name).partition("Traceback")[2] for name in ("web", "worker", "beat"))


@pytest.fixture(scope="session")
def harbour(worker_id: str) -> Iterator[Harbour]:
    with a_product(f"journey_{worker_id}", Harbour) as clinic:
        clinic.open()
        yield clinic


@pytest.fixture
def walker(browser: Browser, harbour: Harbour) -> Iterator[Callable[..., Walker]]:
    """Opens a window for somebody and logs him in; at the end neither browser nor server has complained."""
    opened: list[Walker] = []

    def open_window(who: str, **window: Any) -> Walker:
        opened.append(Walker(browser, harbour.address, **window))
        opened[-1].log_in(harbour.people[who])
        return opened[-1]

    before = harbour.raised()
    yield open_window
    for each in opened:
        each.context.close()
        each.heard_nothing()
    assert harbour.raised() == before


@pytest.fixture
def ada(walker: Callable[..., Walker]) -> Walker:
    """The clinician, logged in."""
    return walker("ada")
