"""D17, amnesia: the broker emptied, restarted, full or away while panels are recorded loses nothing."""

import pytest

from tests.builders import PASSWORD
from tests.drills.figures import told
from tests.drills.visitor import Visitor
from tests.product import until

pytestmark = [pytest.mark.nightly, pytest.mark.journey, pytest.mark.xdist_group("faults")]
SWEPT = "select 1 from monitoring_heartbeat where name = 'sweep:evaluations'"
TYPED = {"collected_on": "2026-03-09", "collected_time": "08:05", "value-HCT": "54.9"}


def test_an_emptied_broker_loses_nothing(product):
    episodes = product.record(4)["episodes"]
    lost = product.waiting()
    assert lost > 0
    with product.queue() as broker:
        broker.flushall()
    product.start_worker()
    product.sweep()
    product.until_judged_once(episodes)
    told("D17", "emptied", jobs=4, messages_lost=lost, jobs_lost=0, doubled=0)


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
    assert "0 of 1 judged" in product.complaints(episodes)


def test_panels_are_stored_while_the_broker_is_away(product):
    made = product.record(2)
    product.start("web", WEB_WORKERS="1")
    product.start_worker()
    product.until_judged_once(made["episodes"])
    product.until_ready()
    ada = Visitor(product.address)
    ada.fill("/account/login/", named="login", login=made["clinician"], password=PASSWORD)

    product.broker.stop()
    for patient in made["patients"]:
        led_to = ada.fill(f"/patients/{patient}/panels/new/blood/", named="value-HCT", **TYPED)
        assert led_to == f"{product.address}/patients/{patient}/"
    assert product.ask("select count(*) from labs_panel") == [(4,)]
    assert not product.is_judged(made["episodes"])
    status, told = product.health("ready")
    assert (status, told["database"], told["broker"]) == (200, "answers", "OperationalError")

    # The worker finds the broker again by itself.
    product.broker.start()
    product.sweep()
    until(lambda: product.is_judged(made["episodes"]), "every panel is judged")
    assert product.flags(made["episodes"]) == [(2, 1)] * 2


def test_a_page_tries_a_broker_that_is_away_once(settings):
    """One refused connection, not a row of them with waits between: a saved panel must not wait for it."""
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["max_retries"] == 0
    assert settings.CELERY_TASK_PUBLISH_RETRY is False
