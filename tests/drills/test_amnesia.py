"""D17, amnesia: the broker emptied, away, full or restarted while everybody writes loses nothing."""

import os
import signal
import time
from contextlib import contextmanager
from statistics import quantiles

import pytest
import redis

from tests.builders import PASSWORD
from tests.drills.figures import told
from tests.drills.guessing import Browser
from tests.drills.visitor import Visitor
from tests.drills.writers import Crowd, Ledger
from tests.product import until

WRITERS, PAUSE_SECONDS = 3, 0.2
AWAY_SECONDS, FULL_SECONDS = 30, 10
EMPTIED, RESTARTS = 3, 5
# How many panels are stored before the first fault and in each, and how long the rest may take afterwards.
BEFORE, ENOUGH = 20, 5
DONE_SECONDS = 180
# More wrong passwords from one address are not looked at.
GUESSES = 5
pytestmark = [pytest.mark.nightly, pytest.mark.journey, pytest.mark.xdist_group("faults")]
SWEPT = "select 1 from monitoring_heartbeat where name = 'sweep:evaluations'"
PANELS = "select entry_key from labs_panel"
TWICE = (
    "select object_id, details ->> 'record_version' from audit_event"
    " where action = 'monitoring.episode.evaluated' group by 1, 2 having count(*) > 1"
)
MADE = (
    "select count(*), count(rendered_at), (select count(*) from audit_event"
    " where action = 'documents.document.rendered') from documents_document"
)


def present(product):
    return {key for (key,) in product.ask(PANELS)}


def undone(product, episodes, documents):
    """What is not done, or done twice, in words: one evaluation of a version, one PDF of a document."""
    judged = sum(product.is_judged([episode]) for episode in episodes)
    found = [] if judged == len(episodes) else [f"{judged} of {len(episodes)} judged"]
    found += [f"judged twice: {episode}" for episode in product.ask(TWICE)]
    [made] = product.ask(MADE)
    return found + (
        [] if made == (documents,) * 3 else [f"(documents, PDFs, times) are {made} of {documents}"]
    )


@contextmanager
def deaf(worker):
    """Its main process stands still; its child ends what it has in hand, and so holds nobody's record."""
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker.pid, signal.SIGCONT)


class Outsiders:
    """Whoever guessed too often and now has the password, and whoever logged out and kept his cookie."""

    def __init__(self, product, email):
        self.product, self.email, self.asked = product, email, 0
        ended = Browser(product)
        ended.log_in(email, PASSWORD)
        assert ended.is_in()
        self.cookies = dict(ended.cookies)
        ended.ask("/account/logout/", {})
        assert not ended.is_in()
        for number in range(GUESSES):
            Browser(product).log_in(email, f"wrong {number}")

    def let_in(self):
        """Who of them gets in now."""
        self.asked += 1
        guesser, old = Browser(self.product), Browser(self.product)
        guesser.log_in(self.email, PASSWORD)
        old.cookies = dict(self.cookies)
        return [name for name, each in {"guesser": guesser, "ended": old}.items() if each.is_in()]


class AtWork:
    """A clinic at work, with one worker that nobody kills and one that is; and the faults of its broker."""

    def __init__(self, product):
        self.product = product
        self.made, other = product.record(WRITERS), product.record(1)
        self.episodes = self.made["episodes"] + other["episodes"]
        self.before, self.documents = present(product), 0
        self.messages_lost = 0
        product.start("web", WEB_THREADS="8")
        self.lasting = [product.start_worker(), product.start_beat()]
        self.mortal = product.start_worker()
        product.until_ready()
        self.outsiders = Outsiders(product, other["clinician"])
        self.ada = Visitor(product.address)
        self.ada.fill("/account/login/", named="login", login=self.made["clinician"], password=PASSWORD)
        self.crowd = Crowd(product.address, Ledger(product.folder / "ledger"), pause=PAUSE_SECONDS)

    def goes_on(self, what):
        """While the broker is `what`: panels are stored, a document is asked for, no outsider gets in."""
        stored = len(self.crowd.ledger.keys("stored"))
        patient = self.made["patients"][0]
        road = f"/patients/{patient}/documents/"
        assert "/documents/" in self.ada.fill(
            f"{road}list/", named="kind", to=f"{road}new/", kind="lab_preparation"
        )
        self.documents += 1
        assert self.outsiders.let_in() == [], what
        until(
            lambda: len(self.crowd.ledger.keys("stored")) >= stored + ENOUGH,
            f"panels are stored while {what}",
        )
        assert [each.poll() for each in self.lasting] == [None, None], what

    def emptied(self):
        """FLUSHALL while no worker takes anything: what was nudged since then is gone."""
        with deaf(self.lasting[0]), deaf(self.mortal):
            self.goes_on("no worker takes anything")
            until(self.product.waiting, "messages wait")
            with self.product.queue() as broker:
                self.messages_lost += broker.llen("celery")
                broker.flushall()
        self.goes_on("emptied")

    def away(self):
        self.product.broker.stop()
        since = time.monotonic()
        self.goes_on("away")
        status, said = self.product.health("ready")
        assert (status, said["database"], said["broker"]) == (200, "answers", "OperationalError")
        until(lambda: time.monotonic() > since + AWAY_SECONDS, "it was away for long", 2 * AWAY_SECONDS)
        came_back = time.monotonic()
        self.product.broker.start()
        return sorted(taken for began, taken in self.crowd.saved if since < began < came_back)

    def full(self):
        with self.product.queue() as broker:
            broker.config_set("maxmemory", "1")
            since = time.monotonic()
            with pytest.raises(redis.exceptions.OutOfMemoryError):
                broker.lpush("drill", "x")
            self.goes_on("full")
            until(lambda: time.monotonic() > since + FULL_SECONDS, "it was full for long")
            assert [each.poll() for each in self.lasting] == [None, None]
            broker.config_set("maxmemory", "0")

    def restarted(self):
        """Broker and worker, the worker without a warning."""
        self.product.broker.stop()
        self.product.kill(self.mortal)
        self.goes_on("restarted")
        self.product.broker.start()
        self.mortal = self.product.start_worker()


def p95(seconds):
    return f"{1000 * quantiles(seconds, n=20)[-1]:.0f} ms"


def test_nothing_is_lost_whatever_the_broker_forgets(product):
    clinic = AtWork(product)
    crowd = clinic.crowd
    with crowd.at_work(clinic.made["clinician"], clinic.made["patients"]):
        until(lambda: len(crowd.saved) >= BEFORE, "panels are stored")
        clinic.goes_on("well")
        well = [taken for _, taken in crowd.saved]
        for _ in range(EMPTIED):
            clinic.emptied()
        away = clinic.away()
        clinic.full()
        for _ in range(RESTARTS):
            clinic.restarted()
        returned = time.monotonic()
        clinic.goes_on("back")
    until(
        lambda: undone(product, clinic.episodes, clinic.documents) == [], "all is done", seconds=DONE_SECONDS
    )
    taken = time.monotonic() - returned
    product.until_idle()
    assert undone(product, clinic.episodes, clinic.documents) == []
    assert crowd.ledger.complaints(present(product), before=clinic.before) == []
    stored = len(crowd.ledger.keys("stored"))
    assert (set(crowd.answers), len(crowd.saved)) == ({"200", "302"}, stored)
    assert clinic.messages_lost > 0
    told(
        "D17",
        "amnesia",
        emptied=EMPTIED,
        away=f"{AWAY_SECONDS} s",
        full=f"{FULL_SECONDS} s",
        restarts=RESTARTS,
        jobs=stored + clinic.documents,
        jobs_lost=0,
        doubled=0,
        messages_lost=clinic.messages_lost,
        nudges_refused=product.said("web").count("broker_unreachable"),
        refused_pages=0,
        p95_of_writes_before=p95(well),
        p95_of_writes_while_away=p95(away),
        slowest_write_while_away=f"{1000 * away[-1]:.0f} ms",
        outsiders_asked=2 * clinic.outsiders.asked,
        outsiders_let_in=0,
        done_after=f"{taken:.0f} s",
    )


@pytest.mark.planted
def test_work_that_only_the_broker_knows_is_seen(product):
    """A sweep that looks into no table: what was in the broker is gone with it."""
    episodes = product.record(1)["episodes"]
    with product.queue() as broker:
        broker.flushall()
    product.start_worker(planted="broker_only")
    product.sweep()
    until(lambda: product.ask(SWEPT), "a sweep ran")
    product.until_idle()
    assert undone(product, episodes, 0) == ["0 of 1 judged"]


@pytest.mark.planted
def test_counters_that_the_broker_forgets_are_seen(product):
    email = product.record(1)["clinician"]
    product.start("web", DJANGO_SETTINGS_MODULE="tests.drills.counters_in_the_broker")
    product.until_ready()
    outsiders = Outsiders(product, email)
    assert outsiders.let_in() == []
    with product.queue() as broker:
        broker.flushall()
    assert outsiders.let_in() == ["guesser"]


def test_a_page_tries_a_broker_that_is_away_once(settings):
    """One refused connection, not a row of them with waits between: a saved panel must not wait for it."""
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["max_retries"] == 0
    assert settings.CELERY_TASK_PUBLISH_RETRY is False


def test_a_worker_waits_for_its_broker_for_ever(settings):
    """However long it is away, and when it is there and full."""
    assert settings.CELERY_BROKER_CONNECTION_MAX_RETRIES is None
    assert settings.CELERY_BROKER_CHANNEL_ERROR_RETRY is True
