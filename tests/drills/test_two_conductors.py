"""D18, two conductors: two beats at once double nothing, one is enough, and without any the alarm goes.

The clock is accelerated: beat sweeps every two seconds instead of every minute, and the drill turns the day
itself, by making what was judged today judged yesterday.
"""

import pytest

from recovery_clinic.clock import SIGN_SECONDS
from recovery_clinic.work import LATE_SECONDS
from tests.drills.faults import Clinic
from tests.drills.figures import told
from tests.product import until

EPISODES, DAYS, BEAT_SECONDS = 6, 30, 2
# As long as a beat may be dead before somebody has to know.
ALARM_SECONDS = 300
pytestmark = [pytest.mark.nightly, pytest.mark.journey, pytest.mark.xdist_group("faults")]
TURN = "update monitoring_evaluation set evaluated_on = evaluated_on - 1"
EFFECTS = (
    "select object_id, count(*) from audit_event where action = 'monitoring.episode.evaluated' group by 1"
)
UNTURNED = "select count(*) from monitoring_evaluation where evaluated_on < %s"
AGED = "update monitoring_heartbeat set seen_at = seen_at - make_interval(secs => %s)"
WAITED = "update patients_episode set changed_at = changed_at - make_interval(secs => %s)"
OUTAGE_SECONDS = 3 * 3600


class Slots:
    """Days that the drill lets begin, and what was done in each."""

    def __init__(self, product: Clinic, episodes: list[str]) -> None:
        self.product, self.episodes = product, episodes
        self.days = 1
        self.today = product.ask("select max(evaluated_on) from monitoring_evaluation")[0][0]

    def turn(self) -> None:
        """A day begins: every record has to be judged again, once, by whatever sweep comes first."""
        self.product.tell(TURN)
        until(lambda: self.product.ask(UNTURNED, self.today) == [(0,)], "the day is judged", seconds=60)
        self.days += 1

    def complaints(self) -> list[str]:
        """Episodes whose evaluations are not one for each day."""
        done = dict(self.product.ask(EFFECTS))
        counts = [done.get(episode, 0) for episode in self.episodes]
        return [f"{count} evaluations in {self.days} days" for count in counts if count != self.days]


def first_day(product):
    episodes = product.record(EPISODES)["episodes"]
    until(lambda: product.is_judged(episodes), "every panel is judged")
    return Slots(product, episodes)


def because(product):
    return product.health("behind")[1].get("because", [])


def test_two_beats_do_each_slot_once_and_one_is_enough(product):
    first, second = (product.start_beat(seconds=BEAT_SECONDS, number=number) for number in (1, 2))
    for _ in range(2):
        product.start_worker()
    slots = first_day(product)
    for _ in range(DAYS // 2):
        slots.turn()
    assert (first.poll(), second.poll(), slots.complaints()) == (None, None, [])
    product.kill(first)
    for _ in range(DAYS // 2):
        slots.turn()
    product.until_idle()
    assert slots.complaints() == []
    assert product.flags(slots.episodes) == [(1, 1)] * EPISODES
    product.manage("verify_audit")
    told(
        "D18",
        "two-beats",
        beats=2,
        killed=1,
        days=slots.days,
        slots=slots.days * EPISODES,
        effects=sum(count for _, count in product.ask(EFFECTS)),
        doubled=0,
    )


def test_without_a_beat_the_alarm_goes_and_three_hours_are_caught_up_once(product):
    product.start("web", WEB_WORKERS="1")
    product.until_ready()
    beat, worker = product.start_beat(seconds=BEAT_SECONDS), product.start_worker()
    slots = first_day(product)
    until(lambda: product.health("behind")[0] == 200, "it is up to date")

    product.kill(beat)
    product.kill(worker)
    assert LATE_SECONDS + SIGN_SECONDS <= ALARM_SECONDS
    product.tell(AGED, LATE_SECONDS + 1)
    assert {"beat last seen", "sweep last seen", "no worker seen"} <= set(because(product))

    late = product.record(EPISODES)["episodes"]
    with product.queue() as broker:
        broker.flushall()
    product.tell(AGED, OUTAGE_SECONDS)
    product.tell(WAITED, OUTAGE_SECONDS)
    product.tell(TURN)
    status, said = product.health("behind")
    assert (status, "oldest pending" in said["because"]) == (503, True)
    assert said["oldest_pending_seconds"] >= OUTAGE_SECONDS

    for number in (1, 2):
        product.start_beat(seconds=BEAT_SECONDS, number=number)
        product.start_worker()
    until(lambda: product.health("behind")[0] == 200, "it is caught up", seconds=60)
    slots.days += 1
    product.until_idle()
    assert slots.complaints() == []
    assert product.complaints(late) == []
    told("D18", "outage", hours=3, caught_up=EPISODES + len(late), doubled=0, alarms=4)


@pytest.mark.planted
def test_an_effect_without_its_key_is_seen(product):
    """Two beats, two workers, and neither asks whether the day is judged already or who has it in hand."""
    for number in (1, 2):
        product.start_beat(seconds=BEAT_SECONDS, number=number)
        product.start_worker(planted="without_locks")
    slots = first_day(product)
    for _ in range(DAYS):
        slots.turn()
        product.until_idle()
        if found := slots.complaints():
            break
    assert found
