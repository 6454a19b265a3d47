"""Whoever guesses: many browsers at once against the product's own processes, and what an answer takes."""

import http.client
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from statistics import median
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

from scipy.stats import ks_2samp

from accounts.counters import CounterCache
from tests.product import Product, a_product

Deed = Callable[[], Any]
TOKEN = "a" * 32
COOKIE = re.compile(r"(session)=([^;]*)")


class HeldByEverybody(CounterCache):
    """Whoever adds is told that he was first: what is read and written under such a lock is lost."""

    def add(self, *args: Any, **more: Any) -> bool:
        super().add(*args, **more)
        return True


class Browser:
    """Cookies, and a token against forgery that it brings itself."""

    def __init__(self, product: Product) -> None:
        self.product, self.cookies = product, {"csrf": TOKEN}

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it leads, and the page."""
        line = http.client.HTTPConnection("localhost", self.product.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is None:
            line.request("GET", path, headers=headers)
        else:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-CSRFToken": TOKEN,
                "Origin": self.product.address,
            }
            line.request("POST", path, urlencode(form), headers)
        answer = line.getresponse()
        page = answer.read().decode()
        for name, value in (
            found for each in answer.headers.get_all("Set-Cookie") or [] for found in COOKIE.findall(each)
        ):
            self.cookies[name] = value
        line.close()
        return answer.status, answer.headers.get("Location", ""), page

    def log_in(self, email: str, password: str) -> tuple[int, str, str]:
        return self.ask("/account/login/", {"login": email, "password": password})

    def is_in(self) -> bool:
        return self.ask("/worklist/")[0] == 200


@contextmanager
def a_guarded_product(name: str, settings: str) -> Iterator[tuple[Product, dict[str, str]]]:
    """web in four processes of four threads, and the people of tests/accounts/seed.py."""
    with a_product(name, Product) as running:
        running.start("web", WEB_WORKERS="4", WEB_THREADS="4", DJANGO_SETTINGS_MODULE=settings)
        people = running.run("tests.accounts.seed")
        running.until_ready()
        yield running, people


def all_at_once(deeds: list[Callable[[], Any]]) -> list[Any]:
    """What each returned; all of them begin at the same moment."""
    together = Barrier(len(deeds))

    def begin(deed: Callable[[], Any]) -> Any:
        together.wait()
        return deed()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(begin, deeds))


def passwords_looked_at(product: Product) -> int:
    """A wrong password that is compared with a digest leaves a row; one that is refused before does not."""
    asked = "select count(*) from audit_event where action = 'accounts.log_in.refused'"
    return int(product.ask(asked)[0][0])


def guessed(product: Product, email: str) -> list[int]:
    """The statuses of 4 x 50 wrong passwords for one person."""
    return [
        status
        for _ in range(4)
        for status, _, _ in all_at_once(
            [lambda number=number: Browser(product).log_in(email, f"wrong{number}") for number in range(50)]
        )
    ]


def interleaved(one: Deed, other: Deed, *, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds that each takes; by turns, so that a busy machine strikes both alike.

    Who is first is drawn by lot: in any fixed order, what happens every fourth time (memory that is given
    back, a page of a table that is full) would always strike the same one.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    lot = Random(13)
    for _ in range(times):
        for which, deed in lot.sample([(0, one), (1, other)], 2):
            began = time.perf_counter()
            deed()
            taken[which].append(1000 * (time.perf_counter() - began))
    return taken


def apart(one: list[float], other: list[float]) -> tuple[float, float]:
    """How far the medians are apart, and the p of Kolmogorov and Smirnov that both are the same."""
    return abs(median(one) - median(other)), float(ks_2samp(one, other).pvalue)
